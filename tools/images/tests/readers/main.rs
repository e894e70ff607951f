//! Every image is opened by every reader that [`FORMATS`] names for it, and each finds the
//! content of `boot.img` and the size the format has. No reader is what made the image.

#[path = "../common/mod.rs"]
mod common;
mod containers;
mod openstack;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use boot256_images::formats::FORMATS;
use boot256_readers::iso;
use boot256_readers::medium::Medium;
use common::{Build, root, run};
use serde_json::Value;

#[test]
fn every_crate_finds_the_same_disk() {
    let failures = try_all(&Build::whole(), |reader| package(reader).is_none());
    assert_eq!(failures, 0, "readers that disagree");
}

/// Run by `make check-readers`; what is not installed is named and left out.
#[test]
#[ignore = "takes tools of many packages: make check-readers"]
fn every_tool_finds_the_same_disk() {
    let missing = |(command, package): &(&str, &str)| {
        let missing = !Command::new("sh").args(["-c", command]).current_dir(root()).output().unwrap().status.success();
        if missing {
            println!("skipped: {package} is missing");
        }
        missing
    };
    let skipped: Vec<&str> = TOOLS.iter().filter(|(_, tool)| missing(tool)).map(|(reader, _)| *reader).collect();
    let build = Build::whole();
    let failures = try_all(&build, |reader| package(reader).is_some() && !skipped.contains(&reader));
    if !skipped.contains(&"oslo.utils") {
        openstack::refuses_what_the_page_says(|name| build.file(name));
        bill_of_materials(&build.file("release/boot256.cdx.json"));
    }
    assert_eq!(failures, 0, "readers that disagree");
    println!("{} of {} tools are here and agree", TOOLS.len() - skipped.len(), TOOLS.len());
}

/// Where in a file one bit is to change.
type Place<'a> = &'a dyn Fn(&[u8]) -> usize;

/// A reader that would find nothing wrong with any file proves nothing.
#[test]
fn every_crate_finds_damage() {
    let find = |content: &[u8], text: &[u8]| content.windows(text.len()).position(|bytes| bytes == text).unwrap();
    let build = Build::whole();
    let boot = fs::read(build.file("boot.bin")).unwrap();
    let damages: [(&str, &str, &str, Place); 26] = [
        ("boot.img", "mbrman", "boot.img", &|_| 446 + 4),
        ("boot.img", "mbrman", "boot.img", &|_| 511),
        ("boot-floppy.img", "mbrman", "boot-floppy.img", &|_| 446 + 4),
        ("boot-flat.vmdk", "mbrman", "boot-flat.vmdk", &|_| 446),
        // The CD's own copy of the program, its boot catalog's checksum and entry.
        ("boot.iso", "boot256-readers", "boot.iso", &|iso| find(&iso[512..], &boot[..16]) + 512),
        ("boot.iso", "boot256-readers", "boot.iso", &|iso| find(iso, &[0x55, 0xAA, 0x88]) - 2),
        ("boot.iso", "boot256-readers", "boot.iso", &|iso| find(iso, &[0x55, 0xAA, 0x88]) + 3),
        ("boot.iso", "mbrman", "boot.iso", &|_| 446),
        ("boot.qcow2", "imago", "boot.qcow2", &|qcow2| find(qcow2, &boot[..16]) + 100),
        ("boot.vmdk", "imago", "boot-flat.vmdk", &|_| 100),
        ("boot.vmdk", "imago", "boot.vmdk", &|text| find(text, b"boot-flat.vmdk")),
        ("boot.vhd", "vhd", "boot.vhd", &|_| 100),
        ("boot.vhd", "vhd", "boot.vhd", &|vhd| vhd.len() - 512 + 68),
        ("boot.vdi", "vdi", "boot.vdi", &|vdi| find(vdi, &boot[..16]) + 100),
        ("boot.ova", "boot256-readers", "boot.ova", &|ova| find(ova, b"Virtual disks")),
        // Grains begin 64 KiB into the disk.
        ("boot.ova", "boot256-readers", "boot.ova", &|ova| find(ova, b"KDMV") + 65_536 + 100),
        ("boot.ova", "tar", "boot.ova", &|ova| find(ova, b"KDMV") + 65_536 + 100),
        ("boot-stream.vmdk", "boot256-readers", "boot-stream.vmdk", &|_| 65_536 + 100),
        // The footer's place of the directory, and the end of the stream.
        ("boot-stream.vmdk", "boot256-readers", "boot-stream.vmdk", &|vmdk| vmdk.len() - 1024 + 56),
        ("boot-stream.vmdk", "boot256-readers", "boot-stream.vmdk", &|vmdk| vmdk.len() - 512 + 12),
        ("boot-stream.vmdk", "qemu-img", "boot-stream.vmdk", &|_| 65_536 + 100),
        ("boot.vmdk", "qemu-img", "boot-flat.vmdk", &|_| 100),
        ("boot-oci.tar", "boot256-readers", "boot-oci.tar", &|tar| find(tar, b"\x1F\x8B") + 100),
        ("boot.ova", "qemu-img", "boot.ova", &|ova| find(ova, b"KDMV")),
        ("boot-gce.tar.gz", "boot256-readers", "boot-gce.tar.gz", &|gz| gz.len() / 4),
        ("boot-gce.tar.gz", "tar", "boot-gce.tar.gz", &|gz| gz.len() / 4),
    ];
    for (file, reader, damaged, place) in damages {
        let good = fs::read(build.file(damaged)).unwrap();
        let mut bad = good.clone();
        bad[place(&good)] ^= 0x10;
        fs::write(build.file(damaged), bad).unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| read(&build, file, reader)));
        assert!(result.is_err(), "{reader} found nothing wrong with {file} after byte {} changed", place(&good));
        fs::write(build.file(damaged), good).unwrap();
    }
    assert_eq!(try_all(&build, |reader| package(reader).is_none()), 0, "the damage was not undone");
}

/// The readers that are tools of Debian packages which neither the build nor the tests need: how
/// to find out whether each is there, and its package.
const TOOLS: [(&str, (&str, &str)); 13] = [
    ("7z", ("command -v 7z", "package p7zip-full or 7zip")),
    ("buildah", ("command -v buildah", "package buildah")),
    ("isoinfo", ("command -v isoinfo", "package genisoimage")),
    ("libqcow", ("command -v qcowinfo", "package libqcow-utils")),
    ("libvhdi", ("command -v vhdiinfo", "package libvhdi-utils")),
    (
        "libvmdk",
        ("command -v vmdkinfo && /usr/bin/python3 -c 'import pyvmdk'", "package libvmdk-utils or python3-libvmdk"),
    ),
    ("oslo.utils", ("test -x build/python/bin/python", "oslo.utils of PyPI (make check-readers installs it)")),
    ("podman", ("command -v podman", "package podman")),
    ("skopeo", ("command -v skopeo", "package skopeo")),
    ("virsh", ("command -v virsh", "package libvirt-clients")),
    ("virt-v2v", ("command -v virt-v2v", "package virt-v2v")),
    ("virt-xml-validate", ("command -v virt-xml-validate && command -v xmllint", "package libvirt-clients")),
    ("xmllint", ("command -v xmllint", "package libxml2-utils")),
];

/// The package of a tool; none for a crate, and for what every build has.
fn package(reader: &str) -> Option<&'static str> {
    TOOLS.iter().find(|(tool, _)| *tool == reader).map(|(_, (_, package))| *package)
}

/// Lets the chosen readers read every image that they are named for; gives how many disagreed.
fn try_all(build: &Build, chosen: impl Fn(&str) -> bool) -> usize {
    let mut failures = 0;
    for format in FORMATS {
        for reader in format.readers.iter().filter(|reader| chosen(reader)) {
            // Each reader's own message is printed by its panic; the loop goes on to the next.
            let result = catch_unwind(AssertUnwindSafe(|| read(build, format.file, reader)));
            println!("{} by {reader}: {}", format.file, if result.is_ok() { "ok" } else { "FAILED" });
            failures += usize::from(result.is_err());
        }
    }
    failures
}

/// Bytes of the disk that a guest sees.
fn disk_size(file: &str) -> u64 {
    match file {
        "boot-floppy.img" => 1_474_560,
        "boot.vhd" => 20 << 20,
        "boot-gce.tar.gz" => 1 << 30,
        _ => 1 << 20,
    }
}

fn read(build: &Build, file: &str, reader: &str) {
    let path = &build.file(file);
    let disk = &fs::read(build.file("boot.img")).unwrap();
    let size = disk_size(file);
    // The readers of a disk image are given the disk in the appliance.
    let unpacked = tempfile::tempdir().unwrap();
    let path = &match reader {
        "qemu-img" | "libvmdk" | "7z" | "oslo.utils" if file == "boot.ova" => {
            tar(&["-xf"], path, unpacked.path());
            unpacked.path().join("boot256-disk1.vmdk")
        }
        _ => path.clone(),
    };
    match reader {
        "boot256-readers" if file == "boot.iso" => {
            let entry = iso::boot_entry(path).unwrap();
            assert_eq!(entry.image[..512], disk[..512]);
            assert_eq!(entry.segment, 0);
        }
        "imago" | "vhd" | "vdi" | "boot256-readers" => {
            let medium = Medium::open(path).unwrap();
            assert_eq!(medium.size, size);
            assert!(medium.start == *disk, "another content than boot.img");
        }
        "mbrman" => partitions(path, disk, size),
        "7z" => seven_zip(path, file, disk, size),
        "isoinfo" => isoinfo(path, disk),
        "libqcow" => {
            let text = assert_prints("libqcow-utils", "qcowinfo", path, size);
            for part in ["Format version : 3", "Number of snapshots : 0"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
        "libvhdi" => {
            let text = assert_prints("libvhdi-utils", "vhdiinfo", path, size);
            let footer = fs::read(path).unwrap().split_off(usize::try_from(size).unwrap());
            let id = uuid::Uuid::from_slice(&footer[68..84]).unwrap();
            for part in [format!(": {id}"), ": Fixed".into()] {
                assert!(text.lines().any(|line| line.ends_with(&part)), "{part}: {text}");
            }
        }
        "libvmdk" if file == "boot.vmdk" => libvmdk(path, disk, "Monolithic flat"),
        "libvmdk" => libvmdk(path, disk, "Stream optimized"),
        "qemu-img" => qemu_img(path, &build.file("boot.img")),
        "oslo.utils" => openstack::accepts(path, file, size),
        "skopeo" => containers::skopeo(path, &build.file("boot.qcow2")),
        "podman" | "buildah" => containers::store(reader, path),
        "virt-v2v" => virt_v2v(path),
        "tar" if file == "boot.ova" => appliance(path),
        "tar" => google_cloud(path, disk, size),
        "xmllint" => {
            let folder = tempfile::tempdir().unwrap();
            tar(&["-xf"], path, folder.path());
            run(
                "libxml2-utils",
                Command::new("xmllint").args(["--noout", "--nonet"]).arg(folder.path().join("boot256.ovf")),
            );
        }
        "virt-xml-validate" => {
            run("libvirt-clients", Command::new("virt-xml-validate").arg(path).arg("domain"));
        }
        "virsh" => virsh(path),
        other => panic!("this test knows no reader {other:?}"),
    }
}

/// One active entry that ends with the disk; a floppy has none.
fn partitions(path: &Path, disk: &[u8], size: u64) {
    let medium = Medium::open(path).unwrap();
    assert_eq!(medium.size, size);
    let entries = medium.partitions().unwrap();
    if path.ends_with("boot-floppy.img") {
        assert_eq!(medium.start[..446], disk[..446]);
        assert!(entries.is_empty());
        return;
    }
    assert_eq!(medium.start[..512], disk[..512]);
    let [entry] = entries.as_slice() else {
        panic!("{} entries", entries.len());
    };
    assert!(entry.is_active());
    assert_eq!((entry.sys, entry.starting_lba, entry.sectors), (0xDA, 32, 2016));
}

fn seven_zip(path: &Path, file: &str, disk: &[u8], size: u64) {
    let list = |kind: &str| {
        let list = run("p7zip-full", Command::new("7z").args(["l", "-slt", kind]).arg(path));
        String::from_utf8(list).unwrap()
    };
    let extract = |arguments: &[&str], name: &[&str]| {
        run("p7zip-full", Command::new("7z").args(["e", "-so"]).args(arguments).arg(path).args(name))
    };
    let kind = match file {
        "boot.img" => {
            let list = list("-tMBR");
            for line in ["File System = 218", "Offset = 16384", "Size = 1032192"] {
                assert!(list.lines().any(|found| found == line), "{line}: {list}");
            }
            return;
        }
        "boot.iso" => {
            let image = extract(&["-tISO"], &["[BOOT]/Boot-NoEmul.img"]);
            assert_eq!(image, disk[..2048]);
            return;
        }
        "boot.qcow2" => "-tQCOW",
        "boot-stream.vmdk" | "boot.ova" => "-tVMDK",
        "boot.vhd" => "-tVHD",
        "boot.vdi" => "-tVDI",
        other => panic!("7-Zip is not asked about {other}"),
    };
    let list = list(kind);
    // 7-Zip shows what it acts on, and a warning where it finds something odd.
    let mut expected = vec![format!("Size = {size}")];
    match kind {
        "-tVHD" => expected.extend(["Created = 2023-11-14 22:13:20.0000000", "Method = Fixed"].map(Into::into)),
        "-tVMDK" => {
            expected.extend(["Method = \"streamOptimized\" zlib Marker", "Cluster Size = 65536"].map(Into::into));
        }
        "-tVDI" => expected.push("Method = Dynamic".into()),
        _ => {}
    }
    for line in expected {
        assert!(list.lines().any(|found| found == line), "{line}: {list}");
    }
    assert!(!list.contains("WARNING") && !list.contains("ERROR"), "{list}");
    let content = extract(&[kind], &[]);
    assert_eq!(content.len() as u64, size);
    assert!(content.starts_with(disk), "another content than boot.img");
    assert!(content[disk.len()..].iter().all(|byte| *byte == 0));
}

fn isoinfo(path: &Path, disk: &[u8]) {
    let isoinfo = |arguments: &[&str]| run("genisoimage", Command::new("isoinfo").arg("-i").arg(path).args(arguments));
    let list = String::from_utf8_lossy(&isoinfo(&["-d"])).into_owned();
    for line in ["Volume id: BOOT256", "Bootid 88 (bootable)", "Boot media 0 (No Emulation Boot)", "Nsect 4"] {
        assert!(list.lines().any(|found| found.trim() == line), "{line}: {list}");
    }
    assert_eq!(isoinfo(&["-x", "/BOOT.BIN;1"]), disk[..2048]);
}

/// What a tool printed, with one blank between two words, however it set its columns.
fn squeezed(output: &[u8]) -> String {
    let lines = String::from_utf8_lossy(output);
    lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// A tool of the libyal family opens the image and prints its size.
fn assert_prints(package: &str, tool: &str, path: &Path, size: u64) -> String {
    let text = run(package, Command::new(tool).arg(path));
    let text = squeezed(&text);
    assert!(text.contains(&format!("({size} bytes)")), "{text}");
    text
}

/// libvmdk, and its Python module, the only part of it that gives the content.
fn libvmdk(path: &Path, disk: &[u8], kind: &str) {
    let text = assert_prints("libvmdk-utils", "vmdkinfo", path, disk.len() as u64);
    for part in [kind, "Parent content identifier: 0xffffffff", "Number of extents: 1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    const PROGRAM: &str = "
import sys, pyvmdk
disk = pyvmdk.handle()
disk.open(sys.argv[1])
disk.open_extent_data_files()
sys.stdout.buffer.write(disk.read(disk.media_size))
";
    let content = run("python3-libvmdk", Command::new("/usr/bin/python3").args(["-c", PROGRAM]).arg(path));
    assert!(content == disk, "another content than boot.img");
}

fn tar(arguments: &[&str], path: &Path, folder: &Path) -> String {
    let output = run("tar", Command::new("tar").args(arguments).arg(path).arg("-C").arg(folder));
    String::from_utf8(output).unwrap()
}

/// qemu-img, which had no part in a VMDK, finds the same disk and nothing to repair, and shows the fields of
/// the descriptor that it acts on.
fn qemu_img(path: &Path, disk: &Path) {
    let qemu_img =
        |arguments: &[&str], paths: &[&Path]| run("qemu-utils", Command::new("qemu-img").args(arguments).args(paths));
    let info: Value = serde_json::from_slice(&qemu_img(&["info", "--output=json", "-f", "vmdk"], &[path])).unwrap();
    let data = &info["format-specific"]["data"];
    let [extent] = data["extents"].as_array().unwrap().as_slice() else { panic!("{info}") };
    let flat = path.ends_with("boot.vmdk");
    let kind = if flat { "monolithicFlat" } else { "streamOptimized" };
    assert_eq!((&info["virtual-size"], &data["create-type"]), (&(1 << 20).into(), &kind.into()), "{info}");
    // FFFFFFFFh: no parent. FFFFFFFEh and 0 are kept for others than a disk's own.
    assert_eq!(data["parent-cid"], 0xFFFF_FFFFu32);
    assert!((1..0xFFFF_FFFE).contains(&data["cid"].as_u64().unwrap()), "{info}");
    assert_eq!(extent["virtual-size"], 1 << 20);
    let (extent_of, compressed, cluster) = if flat {
        (path.with_file_name("boot-flat.vmdk"), Value::Null, Value::Null)
    } else {
        (path.to_path_buf(), true.into(), 65_536.into())
    };
    assert_eq!(extent["filename"].as_str().map(Path::new), Some(extent_of.as_path()));
    assert_eq!((&extent["compressed"], &extent["cluster-size"]), (&compressed, &cluster));
    qemu_img(&["compare", "-f", "vmdk", "-F", "raw"], &[path, disk]);
    qemu_img(&["check", "-f", "vmdk"], &[path]);
}

/// virt-v2v reads the appliance as it does one of VMware's, before it would convert the guest.
fn virt_v2v(path: &Path) {
    let mut command = Command::new("virt-v2v");
    command.args(["-i", "ova"]).arg(path).arg("--print-source");
    let text = squeezed(&run("virt-v2v", &mut command));
    for line in ["source name: boot256", "memory: 67108864 (bytes)", "nr vCPUs: 1", "firmware: bios", "0 [scsi]"] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

/// The order of the files, and the manifest by sha256sum.
fn appliance(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tar(&["-tf"], path, folder.path()), "boot256.ovf\nboot256.mf\nboot256-disk1.vmdk\n");
    tar(&["-xf"], path, folder.path());
    let manifest = fs::read_to_string(folder.path().join("boot256.mf")).unwrap();
    // `SHA256(name)= digits` is nearly, but not quite, what sha256sum --tag writes.
    let tagged = manifest.replace("SHA256(", "SHA256 (").replace(")= ", ") = ");
    fs::write(folder.path().join("tagged"), tagged).unwrap();
    run("coreutils", Command::new("sha256sum").args(["--check", "--strict", "tagged"]).current_dir(folder.path()));
}

fn google_cloud(path: &Path, disk: &[u8], size: u64) {
    let folder = tempfile::tempdir().unwrap();
    tar(&["-xzSf"], path, folder.path());
    let raw = folder.path().join("disk.raw");
    assert_eq!(fs::metadata(&raw).unwrap().len(), size);
    assert!(Medium::open(path).unwrap().start == *disk);
    let mut start = vec![0; disk.len()];
    std::os::unix::fs::FileExt::read_exact_at(&fs::File::open(&raw).unwrap(), &mut start, 0).unwrap();
    assert!(start == *disk, "another content than boot.img");
}

/// CycloneDX's own library holds the release's bill of materials against the schema, strictly.
fn bill_of_materials(path: &Path) {
    const PROGRAM: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()) or '') or None)
";
    run("python3-venv", Command::new(openstack::python()).args(["-c", PROGRAM]).arg(path));
}

/// libvirt's test driver takes the domain and says what it understood.
fn virsh(path: &Path) {
    // The driver forgets when virsh ends, so all goes to one virsh.
    let script = format!("define {}; dominfo boot256; domblklist boot256 --details", path.display());
    let output = run("libvirt-clients", Command::new("virsh").args(["--connect", "test:///default", &script]));
    let text = squeezed(&output);
    let disk = "file disk vda /var/lib/libvirt/images/boot.qcow2";
    for line in ["CPU(s): 1", "Max memory: 16384 KiB", disk] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}
