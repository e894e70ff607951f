//! A run leaves an image file as it was, byte for byte, also where the machine may write to it.

use std::fs;
use std::path::Path;

use boot256_qemu::image::{Image, built};
use boot256_qemu::machine::Machine;
use sha2::{Digest, Sha256};

/// Boots a copy of the files `names` of `build/` from the first of them, which QEMU may write to.
#[track_caller]
fn stays_as_it_was((names, device): (&[&str], &str)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        fs::copy(built(name), folder.path().join(name)).expect("room for a copy");
    }
    let before = digests(folder.path(), names);
    let image = Image::at(folder.path().join(names[0]));
    let mut vm = Machine::pc().backend(&image, "snapshot=off,readonly=off").device(device).boot();
    vm.types(b"hello\r");
    vm.powers_off(); // the machine has ended then, and QEMU has closed its files
    assert_eq!(digests(folder.path(), names), before);
}

#[track_caller]
fn digests(folder: &Path, names: &[&str]) -> Vec<Vec<u8>> {
    let digest = |name: &&str| Sha256::digest(fs::read(folder.join(name)).expect("the image can be read")).to_vec();
    names.iter().map(digest).collect()
}

rows! {
    stays_as_it_was;
    boot_img: (&["boot.img"], "ide-hd,drive=boot");
    boot_qcow2: (&["boot.qcow2"], "ide-hd,drive=boot");
    boot_vmdk: (&["boot.vmdk", "boot-flat.vmdk"], "ide-hd,drive=boot");
    boot_vhd: (&["boot.vhd"], "ide-hd,drive=boot");
    boot_vdi: (&["boot.vdi"], "ide-hd,drive=boot");
    boot_iso_as_a_disk: (&["boot.iso"], "ide-hd,drive=boot");
    boot_floppy: (&["boot-floppy.img"], "floppy,drive=boot");
}
