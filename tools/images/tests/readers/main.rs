//! Every image is opened by every tool of other people that [`FORMATS`] names for it, and each finds the content of
//! `boot.img` and the size the format has. No reader is what made the image.

#[path = "../common/mod.rs"]
mod common;
mod containers;
mod openstack;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use boot256_images::formats::{FORMATS, Format};
use common::{Build, root, run, text};
use serde_json::Value;

/// Run by `make check-readers`; what is not installed is named and left out.
#[test]
#[ignore = "takes tools of many packages: make check-readers"]
fn every_tool_finds_the_same_disk() {
    let missing = |(_, command, package): &&(&str, &str, &str)| {
        let found = Command::new("sh").args(["-c", command]).current_dir(root()).output().unwrap().status.success();
        if !found {
            println!("skipped: package {package} is missing");
        }
        !found
    };
    let skipped: Vec<&str> = TOOLS.iter().filter(missing).map(|(reader, ..)| *reader).collect();
    let build = Build::whole();
    let mut failures = Vec::new();
    for format in FORMATS {
        for reader in format.readers.iter().filter(|reader| !skipped.contains(reader)) {
            // Each reader's own message is printed by its panic; the loop goes on to the next.
            let good = catch_unwind(AssertUnwindSafe(|| read(&build, format, reader))).is_ok();
            println!("{} by {reader}: {}", format.file, if good { "ok" } else { "FAILED" });
            failures.extend((!good).then_some((format.file, reader)));
        }
    }
    if !skipped.contains(&"oslo.utils") {
        openstack::refuses_what_the_page_says(|name| build.file(name));
        bill_of_materials(&build.file("release/boot256.cdx.json"));
    }
    assert!(failures.is_empty(), "readers that disagree: {failures:?}");
    println!("{} of {} tools are here and agree", TOOLS.len() - skipped.len(), TOOLS.len());
}

/// The readers that neither the build nor the tests need: how to find out whether each is there, and its package.
const TOOLS: [(&str, &str, &str); 15] = [
    ("7z", "command -v 7z", "p7zip-full or 7zip"),
    ("buildah", "command -v buildah", "buildah"),
    ("ctr", "command -v ctr && command -v containerd && test $(id -u) = 0", "containerd, or root,"),
    ("fsck.fat", "command -v fsck.fat", "dosfstools"),
    ("isoinfo", "command -v isoinfo", "genisoimage"),
    ("libqcow", "command -v qcowinfo", "libqcow-utils"),
    ("libvhdi", "command -v vhdiinfo", "libvhdi-utils"),
    ("libvmdk", "command -v vmdkinfo && /usr/bin/python3 -c 'import pyvmdk'", "libvmdk-utils or python3-libvmdk"),
    ("oslo.utils", "test -x build/python/bin/python", "oslo.utils of PyPI (make check-readers installs it)"),
    ("podman", "command -v podman", "podman"),
    ("sfdisk", "command -v sfdisk", "fdisk"),
    ("skopeo", "command -v skopeo", "skopeo"),
    ("virsh", "command -v virsh", "libvirt-clients"),
    ("virt-v2v", "command -v virt-v2v", "virt-v2v"),
    ("virt-xml-validate", "command -v virt-xml-validate && command -v xmllint", "libvirt-clients"),
];

fn read(build: &Build, format: &Format, reader: &str) {
    let (file, size) = (format.file, format.disk);
    let path = &build.file(file);
    let disk = &fs::read(build.file("boot.img")).unwrap();
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
        "sfdisk" => sfdisk(path, size),
        "fsck.fat" => fsck_fat(disk),
        "7z" => seven_zip(path, file, disk, size),
        "isoinfo" => isoinfo(path, disk),
        "libqcow" => {
            let text = assert_prints("libqcow-utils", "qcowinfo", path, size);
            says(&text, &["Format version : 3", "Number of snapshots : 0"]);
        }
        "libvhdi" => {
            let text = assert_prints("libvhdi-utils", "vhdiinfo", path, size);
            let footer = fs::read(path).unwrap().split_off(usize::try_from(size).unwrap());
            let id = uuid::Uuid::from_slice(&footer[68..84]).unwrap();
            says(&text, &[&format!(": {id}\n"), ": Fixed\n"]);
        }
        "libvmdk" if file == "boot.vmdk" => libvmdk(path, disk, "Monolithic flat"),
        "libvmdk" => libvmdk(path, disk, "Stream optimized"),
        "qemu-img" => qemu_img(path, &build.file("boot.img")),
        "oslo.utils" => openstack::accepts(path, file, size),
        "skopeo" => containers::skopeo(path, &build.file("boot.qcow2")),
        "podman" | "buildah" => containers::store(reader, path),
        "ctr" => containers::ctr(path),
        "virt-v2v" => virt_v2v(path),
        "tar" if file == "boot.ova" => appliance(path),
        "tar" => google_cloud(path, disk, size),
        "virt-xml-validate" => {
            run("libvirt-clients", Command::new("virt-xml-validate").arg(path).arg("domain"));
        }
        "virsh" => virsh(path),
        other => panic!("this test knows no reader {other:?}"),
    }
}

/// One active entry that ends with the disk, and nothing to complain about.
fn sfdisk(path: &Path, size: u64) {
    let sfdisk = |argument: &str| run("fdisk", Command::new("sfdisk").arg(argument).arg(path));
    let table: Value = serde_json::from_slice(&sfdisk("--json")).unwrap();
    let [entry] = table["partitiontable"]["partitions"].as_array().unwrap().as_slice() else { panic!("{table}") };
    assert_eq!((&entry["bootable"], &entry["type"]), (&true.into(), &"ef".into()), "{table}");
    assert_eq!((&entry["start"], &entry["size"]), (&32.into(), &(size / 512 - 32).into()), "{table}");
    assert!(String::from_utf8_lossy(&sfdisk("--verify")).contains("No errors detected"));
}

/// It finds nothing to repair, and says how much is in use: two folders and the program's clusters, of 28.
fn fsck_fat(disk: &[u8]) {
    let partition = tempfile::NamedTempFile::new().unwrap();
    fs::write(&partition, &disk[32 * 512..]).unwrap();
    let output = run("dosfstools", Command::new("fsck.fat").arg("-n").arg(partition.path()));
    let text = String::from_utf8_lossy(&output);
    let clusters = 2 + fs::metadata(root().join("build/boot.efi")).unwrap().len().div_ceil(512);
    assert!(text.lines().count() == 2 && text.contains(&format!("4 files, {clusters}/28 clusters")), "{text}");
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
            says(&list, &["\nFile System = 239\n", "\nOffset = 16384\n", "\nSize = 1032192\n"]);
            let program = extract(&["-tMBR"], &[]); // partition 0
            assert!(program == disk[32 * 512..], "another partition than boot.img's");
            return;
        }
        "boot.iso" => {
            let image = |number| extract(&["-tISO"], &[&format!("[BOOT]/{number}-Boot-NoEmul.img")]);
            assert_eq!(image(1), disk[..2048]);
            assert_eq!(image(2), disk[16 << 10..32 << 10]);
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
    says(&list, &[&format!("\nSize = {size}\n")]);
    match kind {
        "-tVHD" => says(&list, &["\nCreated = 2023-11-14 22:13:20.0000000\n", "\nMethod = Fixed\n"]),
        "-tVMDK" => says(&list, &["\nMethod = \"streamOptimized\" zlib Marker\n", "\nCluster Size = 65536\n"]),
        "-tVDI" => says(&list, &["\nMethod = Dynamic\n"]),
        _ => {}
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
    says(&list, &["Volume id: BOOT256\n", "Bootid 88 (bootable)\n"]);
    says(&list, &["Boot media 0 (No Emulation Boot)\n", "Nsect 4\n"]);
    assert_eq!(isoinfo(&["-x", "/BOOT.BIN;1"]), disk[..2048]);
}

/// What a tool printed, with one blank between two words, however it set its columns.
fn squeezed(output: &[u8]) -> String {
    let lines = String::from_utf8_lossy(output);
    lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// A tool has printed each of `parts`.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
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
    says(&text, &[kind, "Parent content identifier: 0xffffffff", "Number of extents: 1"]);
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
    says(&text, &["source name: boot256\n", "memory: 67108864 (bytes)\n", "nr vCPUs: 1\n"]);
    says(&text, &["firmware: bios\n", "\n0 [scsi]\n"]);
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
    let mut start = vec![0; disk.len()];
    std::os::unix::fs::FileExt::read_exact_at(&fs::File::open(&raw).unwrap(), &mut start, 0).unwrap();
    assert!(start == *disk, "another content than boot.img");
}

/// CycloneDX's own library holds the release's bill of materials against the schema, strictly; sbomaudit finds what
/// the NTIA wants of one. The licences are left out of it: it knows no expression of SPDX.
fn bill_of_materials(path: &Path) {
    const PROGRAM: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()) or '') or None)
";
    let python = |arguments: &[&str]| {
        let mut python = Command::new(openstack::python());
        python.args(arguments).arg(path);
        python
    };
    run("python3-venv", &mut python(&["-c", PROGRAM]));
    // Its exit status is 1 where all is well, too.
    let audit =
        python(&["-m", "sbomaudit.cli", "--offline", "--disable-license-check", "--input-file"]).output().unwrap();
    assert!(text(&audit).contains("[x] NTIA Summary") && text(&audit).contains("Checks failed 0"), "{}", text(&audit));
}

/// libvirt's test driver takes the domain and says what it understood.
fn virsh(path: &Path) {
    // The driver forgets when virsh ends, so all goes to one virsh.
    let script = format!("define {}; dominfo boot256; domblklist boot256 --details", path.display());
    let output = run("libvirt-clients", Command::new("virsh").args(["--connect", "test:///default", &script]));
    let text = squeezed(&output);
    let disk = "file disk vda /var/lib/libvirt/images/boot.qcow2";
    says(&text, &["CPU(s): 1\n", "Max memory: 16384 KiB\n", disk]);
}
