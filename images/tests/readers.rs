//! Every image is opened by every reader that [`FORMATS`] names for it, and each finds the
//! content of `boot.img` and the size the format has. No reader here is QEMU's.

mod common;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use boot256_images::formats::FORMATS;
use boot256_readers::iso;
use boot256_readers::medium::Medium;
use common::{Build, run};

#[test]
fn every_reader_finds_the_same_disk() {
    let build = Build::whole();
    let mut failures = 0;
    for format in FORMATS {
        for reader in format.readers {
            // Each reader's own message is printed by its panic; the loop goes on to the next.
            let result = catch_unwind(AssertUnwindSafe(|| read(&build, format.file, reader)));
            let mark = if result.is_ok() { "ok" } else { "FAILED" };
            println!("{} by {reader}: {mark}", format.file);
            failures += usize::from(result.is_err());
        }
    }
    assert_eq!(failures, 0, "readers that disagree");
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
        "libqcow" => assert_prints("libqcow-utils", "qcowinfo", path, size),
        "libvhdi" => assert_prints("libvhdi-utils", "vhdiinfo", path, size),
        "libvmdk" if file == "boot.ova" => {
            let folder = tempfile::tempdir().unwrap();
            tar(&["-xf"], path, folder.path());
            libvmdk(&folder.path().join("boot256-disk1.vmdk"), disk);
        }
        "libvmdk" => libvmdk(path, disk),
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
        "boot.vhd" => "-tVHD",
        "boot.vdi" => "-tVDI",
        other => panic!("7-Zip is not asked about {other}"),
    };
    let list = list(kind);
    let line = format!("Size = {size}");
    assert!(list.lines().any(|found| found == line), "{line}: {list}");
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

/// A tool of the libyal family opens the image and prints its size.
fn assert_prints(package: &str, tool: &str, path: &Path, size: u64) {
    let text = run(package, Command::new(tool).arg(path));
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains(&format!("({size} bytes)")), "{text}");
}

/// libvmdk through its Python module, the only part of it that gives the content.
fn libvmdk(path: &Path, disk: &[u8]) {
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

/// libvirt's test driver takes the domain, and it names the qcow2.
fn virsh(path: &Path) {
    let virsh = |arguments: &[&str]| {
        let output =
            run("libvirt-clients", Command::new("virsh").args(["--connect", "test:///default"]).args(arguments));
        String::from_utf8(output).unwrap()
    };
    // The driver forgets when virsh ends, so both commands go to one virsh.
    let dump = virsh(&[&format!("define {}; dumpxml boot256", path.display())]);
    assert!(dump.contains("/boot.qcow2'"), "{dump}");
}
