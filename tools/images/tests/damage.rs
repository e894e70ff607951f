//! The readers on images that others might have made: damaged, cut off, or nothing of the kind. A reader
//! may refuse any of them and may not panic, hang, or take more memory than the image could need.
//!
//! `PROPTEST_CASES` is how many there are of each image; a failure prints the damage, shrunk.

mod common;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::LazyLock;

use boot256_readers::machine::{of_appliance, of_domain};
use boot256_readers::medium::Medium;
use boot256_readers::{container, iso, stream_vmdk};
use common::Build;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most address space that this program may take: the libraries, the threads' stacks, and what a
/// reader may want for the largest image, some times over. A reader that believes a header's size ends it.
const MEMORY: u64 = 4 << 30;

static BUILD: LazyLock<Build> = LazyLock::new(|| {
    let build = Build::whole();
    let limit = Rlimit { current: Some(MEMORY), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, limit).expect("a process may limit itself");
    build
});

/// How often each image is damaged where nothing else is said.
const CASES: u32 = 64;

/// What happens to an image on its way.
#[derive(Clone, Debug)]
enum Damage {
    /// Other bytes at some places, given as parts of 65,536 of the length.
    Bytes(Vec<(u16, u8)>),
    /// Other bytes near the start, where headers are.
    Header(Vec<(u16, u8)>),
    /// Another number in a field of 8 bytes of the header, and in what may be its copy at the end: a VMDK's
    /// footer is the last sector but one.
    Number(usize, u64),
    /// The end is missing.
    Cut(u16),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        vec(any::<(u16, u8)>(), 1..8).prop_map(Damage::Bytes),
        vec((0u16..4096, any::<u8>()), 1..8).prop_map(Damage::Header),
        ((0usize..128).prop_map(|word| word * 4), prop_oneof![Just(0), Just(u64::MAX), any::<u64>()])
            .prop_map(|(at, number)| Damage::Number(at, number)),
        any::<u16>().prop_map(Damage::Cut),
    ]
}

impl Damage {
    fn to(&self, image: &[u8]) -> Vec<u8> {
        let mut image = image.to_vec();
        let part = |of: u16| image.len() * usize::from(of) / 65_536;
        match self {
            Self::Bytes(changes) => {
                let changes: Vec<_> = changes.iter().map(|(at, byte)| (part(*at), *byte)).collect();
                changes.into_iter().for_each(|(at, byte)| image[at] = byte);
            }
            Self::Header(changes) => {
                let length = image.len();
                changes.iter().for_each(|(at, byte)| image[usize::from(*at) % length] = *byte);
            }
            Self::Number(at, number) => {
                for sector in [Some(0), image.len().checked_sub(1024)].into_iter().flatten() {
                    if let Some(field) = image.get_mut(sector + at..sector + at + 8) {
                        field.copy_from_slice(&number.to_le_bytes());
                    }
                }
            }
            Self::Cut(at) => image.truncate(part(*at)),
        }
        image
    }
}

/// Every reader of this kind of file, on a file of that name.
fn look(path: &Path) {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("xml") => _ = of_domain(path),
        Some("ova") => _ = (of_appliance(path), Medium::open(path)),
        Some("iso") => _ = (iso::boot_entry(path), Medium::open(path)),
        Some("tar") => _ = (container::disk(path), Medium::open(path)),
        _ => _ = Medium::open(path).map(|medium| medium.partitions().is_ok()),
    }
}

/// Nothing is written into the tree: the message has the damage.
fn runner() -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Damages a copy of `name` over and over; `beside` is the file that it names, if it names one.
fn survives(name: &str, beside: Option<&str>) {
    let image = fs::read(BUILD.file(name)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    if let Some(beside) = beside {
        fs::copy(BUILD.file(beside), folder.path().join(beside)).unwrap();
    }
    runner()
        .run(&damage(), |damage| {
            fs::write(&path, damage.to(&image)).unwrap();
            prop_assert!(catch_unwind(|| look(&path)).is_ok(), "{name} makes a reader panic");
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

macro_rules! rows {
    ($($test:ident: $name:literal $(beside $beside:literal)?;)*) => {
        $(#[test]
        fn $test() {
            survives($name, [$($beside)?].first().copied());
        })*
    };
}

rows! {
    disk: "boot.img";
    cd: "boot.iso";
    qcow2: "boot.qcow2";
    vmdk: "boot.vmdk" beside "boot-flat.vmdk";
    vmdk_of_one_file: "boot-stream.vmdk";
    vdi: "boot.vdi";
    appliance: "boot.ova";
    container_image: "boot-oci.tar";
    google_cloud: "boot-gce.tar.gz";
    domain: "boot256.xml";
}

/// The VHD is 20 MiB, nearly all of it zeros: its footer alone is worth the work.
#[test]
fn vhd() {
    let image = fs::read(BUILD.file("boot.vhd")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boot.vhd");
    fs::write(&path, &image).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    runner()
        .run(&damage(), |damage| {
            let footer = damage.to(&image[image.len() - 512..]);
            std::os::unix::fs::FileExt::write_all_at(&file, &footer, (image.len() - 512) as u64).unwrap();
            file.set_len((image.len() - 512 + footer.len()) as u64).unwrap();
            prop_assert!(catch_unwind(|| look(&path)).is_ok(), "boot.vhd makes a reader panic");
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Bytes without any meaning, as the one reader that is all this project's own takes them.
#[test]
fn noise_is_no_vmdk() {
    runner()
        .run(&vec(any::<u8>(), 0..4096), |mut noise| {
            if noise.len() > 4 {
                noise[..4].copy_from_slice(b"KDMV");
            }
            prop_assert!(stream_vmdk::disk(&noise).is_err());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
