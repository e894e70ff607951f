//! `make check` on images that are wrong in one way each: it names the image and the fault, and fails.

mod common;

use std::process::Command;

use boot256_kit::root;
use boot256_readers::program;
use common::{Images, find, image};

/// Every file that it looks at.
const FILES: [&str; 15] = [
    "boot.elf",
    "boot.bin",
    "boot.img",
    "boot-floppy.img",
    "boot.iso",
    "boot.qcow2",
    "boot.vmdk",
    "boot-flat.vmdk",
    "boot-stream.vmdk",
    "boot.vhd",
    "boot.vdi",
    "boot.ova",
    "boot-oci.tar",
    "boot-gce.tar.gz",
    "boot256.xml",
];
/// The lines that it prints: an image each, and a machine each for an appliance and a domain.
const LINES: usize = 15;

/// What it says of the images: the exit code and the lines.
fn check(images: &Images) -> (Option<i32>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_boot256-check")).arg(images.path("")).output().expect("it was built");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("a text").lines().map(Into::into).collect();
    (output.status.code(), lines)
}

#[test]
fn good_images_pass_and_each_is_named() {
    let (code, lines) = check(&Images::of(&FILES));
    assert_eq!((code, lines.len()), (Some(0), LINES), "{lines:#?}");
    for name in FILES.into_iter().skip(1) {
        let lines: Vec<&String> = lines.iter().filter(|line| line.starts_with(&format!("{name} "))).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains(" ok   ")), "{name}: {lines:?}");
    }
    let of = |name: &str| lines.iter().find(|line| line.starts_with(name)).expect("a line");
    let used = 256 - program::padding(&root().join("build/boot.elf")).expect("symbols").len();
    assert!(of("boot.bin ").contains(&format!("256 bytes, {used} of them code and data")), "{}", of("boot.bin "));
    assert!(of("boot.vhd ").contains("20972032 bytes, a disk of   20971520 that begins"), "{}", of("boot.vhd "));
    assert!(of("boot.iso ").ends_with("; so does its CD boot image"), "{}", of("boot.iso "));
    assert!(lines[LINES - 1].contains("a machine of 16 MiB, 1 CPU, qcow2 on virtio, serial port [0]"), "{lines:#?}");
}

/// One image is changed; its line says so, all others are as good as before.
#[test]
fn a_bad_image_is_named_with_its_fault() {
    /// What is changed, how, and what is said of it.
    type Fault = (&'static str, fn(&mut Vec<u8>), &'static str);
    let faults: [Fault; 12] = [
        ("boot-floppy.img", |disk| disk.truncate(1_474_048), "a disk of 1474048 bytes instead of 1474560"),
        ("boot-floppy.img", |disk| disk[0] ^= 1, "does not begin with boot.bin"),
        ("boot-floppy.img", |disk| disk[255] ^= 1, "does not begin with boot.bin"),
        ("boot-flat.vmdk", |disk| disk[510] = 0, "no boot signature"),
        ("boot-flat.vmdk", |disk| disk[511] = 0, "no boot signature"),
        ("boot-flat.vmdk", |disk| disk[300] = 1, "the first sector is not that of boot.img"),
        ("boot-flat.vmdk", |disk| disk[512] = 1, "more than one sector is used"),
        ("boot-flat.vmdk", |disk| disk[0xF_FFFF] = 1, "more than one sector is used"),
        // The copy that a CD boots, behind the one in the first sector.
        ("boot.iso", |disk| *at_again(disk) ^= 1, "the CD's boot image does not begin with boot.bin"),
        ("boot.qcow2", |disk| disk[0] = 0, "boot.qcow2"),
        ("boot-gce.tar.gz", |archive| archive.truncate(100), "boot-gce.tar.gz"),
        ("boot256.xml", |text| text.truncate(100), "boot256.xml"),
    ];
    for (name, change, fault) in faults {
        let images = Images::of(&FILES);
        images.change(name, change);
        let (code, lines) = check(&images);
        assert_eq!((code, lines.len()), (Some(1), LINES), "{name}: {lines:#?}");
        // boot.vmdk is the description of boot-flat.vmdk.
        let names = if name == "boot-flat.vmdk" { vec!["boot.vmdk", name] } else { vec![name] };
        for line in &lines {
            let (of, said) = line.split_once(' ').expect("a name and more");
            let bad = said.trim_start().starts_with("BAD  ");
            assert_eq!(bad, names.contains(&of), "{name}, {fault}: {line}");
            assert!(!bad || said.contains(fault) || of == "boot256.xml", "{name}: {line}");
        }
    }
}

/// The first byte of the second copy of the program in a CD.
fn at_again(disk: &mut [u8]) -> &mut u8 {
    let program = disk[..256].to_vec();
    let at = find(&disk[512..], &program) + 512;
    &mut disk[at]
}

/// What all are compared with is looked at, too.
#[test]
fn a_bad_disk_of_which_all_are_made_is_found() {
    for (change, fault) in [
        ((|disk| disk[446] = 0) as fn(&mut Vec<u8>), "1 partition entries instead of 1 active one"),
        (|disk| disk[446..462].fill(0), "0 partition entries instead of 1 active one"),
        (|disk| disk.copy_within(446..462, 462), "2 partition entries instead of 1 active one"),
    ] {
        let images = Images::of(&FILES);
        images.change("boot.img", change);
        let (code, lines) = check(&images);
        assert_eq!(code, Some(1));
        assert!(lines.iter().any(|line| line.starts_with("boot.img ") && line.contains(fault)), "{lines:#?}");
        let line = lines.iter().find(|line| line.starts_with("boot.qcow2 ")).expect("a line");
        assert!(line.contains("the first sector is not that of boot.img"), "{line}");
    }
}

#[test]
fn a_program_of_another_size_or_with_something_in_its_free_bytes_ends_the_check() {
    let free = program::padding(&root().join("build/boot.elf")).expect("symbols");
    let boot = image("boot.bin");
    let mut faults = vec![
        (boot[..255].to_vec(), "255 bytes instead of 256".to_owned()),
        ([&boot[..], &[0]].concat(), "257 bytes instead of 256".to_owned()),
    ];
    for at in free.clone() {
        let mut boot = boot.clone();
        boot[at] = 1;
        faults.push((boot, format!("the free bytes at {free:?} are not zero")));
    }
    for (boot, fault) in faults {
        let images = Images::of(&FILES);
        images.change("boot.bin", |content| *content = boot);
        let (code, lines) = check(&images);
        assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
        assert!(lines[0].contains(&format!("BAD  {fault}")), "{lines:?}");
    }
}

/// What lies where, by the symbols of an ELF that has none, or in a file that is none.
#[test]
fn a_program_without_its_symbols_is_refused() {
    let images = Images::of(&FILES);
    images.change("boot.elf", |elf| {
        let at = elf.windows(10).position(|bytes| bytes == b"__code_end").expect("the symbol's name");
        elf[at] = b'x';
    });
    let (code, lines) = check(&images);
    assert_eq!(code, Some(1));
    assert!(lines[0].contains("BAD  no symbol __code_end in the ELF"), "{lines:?}");
    images.change("boot.elf", Vec::clear);
    assert_eq!(check(&images).0, Some(1));
}

#[test]
fn without_a_folder_it_says_what_it_wants() {
    let output = Command::new(env!("CARGO_BIN_EXE_boot256-check")).output().expect("it was built");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: boot256-check <BUILD>"), "{output:?}");
}
