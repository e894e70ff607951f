//! `make check` on images that are wrong in one way each: it names the image and the fault, and fails.

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use boot256_images::formats::FORMATS;
use common::Build;

/// The file that is changed, how, and what is said of it.
type Fault = (&'static str, fn(&mut Vec<u8>), &'static str);

const FAULTS: [Fault; 42] = [
    ("boot.bin", |program| program.truncate(255), "boot.bin has 255 bytes instead of 256"),
    ("boot.bin", |program| program.fill(0), "holds no code"),
    ("boot.bin", |program| program.copy_within(0..2, 4), "would not boot on VirtualBox"),
    ("boot.img", |disk| disk[255] ^= 1, "does not begin with boot.bin"),
    ("boot.img", |disk| disk[511] = 0, "no boot signature"),
    ("boot.img", |disk| disk[446] = 0, "not the one active partition"),
    ("boot.img", |disk| disk[446..462].fill(0), "not the one active partition"),
    ("boot.img", |disk| disk.copy_within(446..462, 462), "not the one active partition"),
    ("boot.img", |disk| disk[0xF_FFFF] = 1, "more is used than the first sector and the file system"),
    // The name of the program, and a byte of it.
    ("boot.img", |disk| change(disk, 0x4000, b"BOOTX64 EFI", 0), "not found"),
    ("boot.img", |disk| change(disk, 0x4000, b"PE\0\0", 0), "another EFI/BOOT/BOOTX64.EFI than boot.efi"),
    ("boot-floppy.img", |disk| disk.truncate(1_474_048), "a disk of 1474048 bytes instead of 1474560"),
    ("boot-floppy.img", |disk| disk[446 + 4] = 1, "a floppy with partitions"),
    ("boot-floppy.img", |disk| disk[512] = 1, "more than one sector is used"),
    ("boot.iso", |cd| cd[446] = 0, "it does not begin as boot.img does"),
    // The copy that a CD boots, behind the one in the first sector; the boot catalog and its default entry.
    (
        "boot.iso",
        |cd| {
            let program = cd[..16].to_vec();
            change(cd, 512, &program, 0);
        },
        "the CD's boot image does not begin with boot.bin",
    ),
    (
        "boot.iso",
        |cd| change(cd, 0x8000, b"PE\0\0", 0),
        "the CD's boot image for UEFI is not the file system of boot.img",
    ),
    ("boot.iso", |cd| change(cd, 0, &FOR_UEFI, 1), "no entry for UEFI"),
    ("boot.iso", |cd| change(cd, 0, &FOR_UEFI, 38), "another number of sectors to load"),
    ("boot.iso", |cd| change(cd, 0, b"EL TORITO", 0), "no El Torito boot record"),
    ("boot.iso", |cd| change(cd, 0, &CATALOG, -2), "the catalog's checksum does not hold"),
    ("boot.iso", |cd| change(cd, 0, &CATALOG, 2), "the entry is not bootable"),
    ("boot.iso", |cd| change(cd, 0, &CATALOG, 3), "the entry wants a disk emulated"),
    ("boot.iso", |cd| change(cd, 0, &CATALOG, 8), "another number of sectors to load"),
    ("boot.qcow2", |image| image[7] = 2, "no qcow2 of version 3"),
    ("boot.qcow2", |image| image[15] = 1, "another file below it"),
    ("boot.qcow2", |image| change(image, 0, &[0x55, 0xAA], 0), "no boot signature"),
    ("boot.vmdk", |text| change(text, 0, b"boot-flat.vmdk", 0), "No such file"),
    ("boot-flat.vmdk", |disk| disk[300] = 1, "another content than boot.img"),
    ("boot-stream.vmdk", |vmdk| vmdk[65_536 + 100] ^= 0x10, "qemu-img: "),
    // The place of the directory, in the footer.
    ("boot-stream.vmdk", |vmdk| change(vmdk, 1024, b"KDMV", 56), "does not begin with boot.bin"),
    ("boot.vhd", |vhd| vhd[300] = 1, "another content than boot.img"),
    ("boot.vhd", |vhd| change(vhd, 1 << 20, b"conectix", 68), "the checksum does not hold"),
    ("boot.vdi", |vdi| vdi[0x188..0x198].fill(0), "VirtualBox refuses a VDI whose UUIDs are zero"),
    ("boot.vdi", |vdi| vdi[0x1C8] = 2, "another geometry"),
    ("boot.vdi", |vdi| change(vdi, 0, &[0x55, 0xAA], 0), "no boot signature"),
    ("boot.ova", |ova| change(ova, 0, b"Virtual disks", 0), "the manifest does not hold"),
    ("boot.ova", |ova| change(ova, 0, b"KDMV", 65_536 + 100), "the manifest does not hold"),
    ("boot-oci.tar", |tar| change(tar, 0, b"\x1F\x8B", 100), "has another content"),
    ("boot-oci.tar", |tar| change(tar, 0, b"[{\"Config\":\"blobs/sha256/", 30), "Docker's is another image"),
    ("boot-gce.tar.gz", |archive| archive.truncate(100), "incomplete deflate stream"),
    ("boot256.xml", |text| change(text, 0, b"<acpi/>", 1), "instead of acpi"),
];

/// The end of the entry that validates a boot catalog, and the start of the default entry.
const CATALOG: [u8; 3] = [0x55, 0xAA, 0x88];

/// The header of the other entries. Its first entry is 32 bytes behind it.
const FOR_UEFI: [u8; 4] = [0x91, 0xEF, 1, 0];

/// Changes the byte `offset` bytes from the first `part` that is after `from`.
fn change(content: &mut [u8], from: usize, part: &[u8], offset: isize) {
    let at = content[from..].windows(part.len()).position(|bytes| bytes == part).expect("the part is there") + from;
    content[at.strict_add_signed(offset)] ^= 0x10;
}

/// What it says of the images of a build, where the content of one is another: whether all is well, and the lines.
fn check(build: &Build, other: Option<(&str, Vec<u8>)>) -> (bool, Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in FORMATS.iter().map(|format| format.file) {
        match &other {
            Some((changed, content)) if *changed == name => fs::write(folder.path().join(name), content),
            _ => symlink(build.file(name), folder.path().join(name)),
        }
        .expect("room for a file");
    }
    let mut check = Command::new(env!("CARGO_BIN_EXE_boot256-images"));
    let output = check.arg("check").arg(folder.path()).output().expect("it was built");
    let lines = String::from_utf8(output.stdout).expect("a text").lines().map(Into::into).collect();
    (output.status.success(), lines)
}

#[test]
fn each_fault_is_named_and_nothing_else_is_bad() {
    let build = Build::whole();
    let (good, lines) = check(&build, None);
    assert!(good && lines.iter().all(|line| line.contains(" ok   ")), "{lines:#?}");
    for format in FORMATS {
        assert!(lines.iter().any(|line| line.starts_with(&format!("{} ", format.file))), "{}: {lines:#?}", format.file);
    }
    for (name, fault, said) in FAULTS {
        let mut content = fs::read(build.file(name)).expect("an image");
        fault(&mut content);
        let (good, lines) = check(&build, Some((name, content)));
        let bad: Vec<&String> = lines.iter().filter(|line| line.contains(" BAD  ")).collect();
        let named = |line: &&String| line.starts_with(&format!("{name} ")) && line.contains(said);
        assert!(!good && bad.iter().any(named), "{name} with {said:?}: {lines:#?}");
        // All are compared with boot.img; boot.vmdk is the description of boot-flat.vmdk.
        let may = |line: &&String| line.starts_with(&format!("{name} ")) || line.starts_with("boot.vmdk ");
        assert!(name == "boot.img" || bad.iter().all(may), "{name} with {said:?}: {lines:#?}");
    }
}
