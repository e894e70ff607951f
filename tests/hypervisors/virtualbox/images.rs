//! Each image boots, and none of them is written to.

use std::fs;

use boot256_facts::BANNER;
use boot256_tests::virtualbox::{Machine, Registry};

/// Banner, a line from each of the two inputs, the button.
#[track_caller]
fn works(machine: &Machine) {
    let mut running = machine.starts();
    running.types(b"hello\r");
    running.types_on_keyboard("stressed\r");
    let screen = running.screen();
    assert!(
        screen.ends_with(&format!("{BANNER}\n$ hello\nolleh\n$ stressed\ndesserts\n$")),
        "on the screen:\n{screen}"
    );
    running.powers_off();
}

/// Attaches a copy, runs it twice, and compares it with what was built: after each step.
#[track_caller]
fn boots_and_stays((name, kind, chipset): (&str, &str, &str)) {
    let registry = Registry::empty();
    let machine = registry.machine(chipset);
    let image = registry.copy(name);
    let content = || [&image, &image.with_file_name("boot-flat.vmdk")].map(|file| fs::read(file).ok());
    let built = content();
    machine.attach(kind, &image);
    for when in ["attached", "run once"] {
        assert!(content() == built, "{name} is not what it was when it is {when}");
        works(&machine);
    }
    assert!(content() == built, "{name} is not what it was when it is run twice");
}

rows! {
    boots_and_stays;
    vdi: ("boot.vdi", "hdd", "piix3");
    vdi_on_ich9: ("boot.vdi", "hdd", "ich9");
    vmdk: ("boot.vmdk", "hdd", "piix3");
    vmdk_of_one_file: ("boot-stream.vmdk", "hdd", "piix3");
    vhd: ("boot.vhd", "hdd", "piix3");
    iso: ("boot.iso", "dvddrive", "piix3");
    iso_on_ich9: ("boot.iso", "dvddrive", "ich9");
    floppy: ("boot-floppy.img", "fdd", "piix3");
}

/// VirtualBox does not know version 3 of qcow2 and makes it a 2 when it opens the file for writing: one byte.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn qcow2() {
    let registry = Registry::empty();
    let machine = registry.machine("piix3");
    let image = registry.copy("boot.qcow2");
    let before = fs::read(&image).unwrap();
    machine.attach("hdd", &image);
    works(&machine);
    works(&machine);
    let after = fs::read(&image).unwrap();
    let differ = |(at, (a, b)): (usize, (&u8, &u8))| (a != b).then_some((at, *a, *b));
    let changes: Vec<_> = before.iter().zip(&after).enumerate().filter_map(differ).collect();
    assert_eq!(before.len(), after.len());
    assert!(changes.is_empty() || changes == [(7, 3, 2)], "what changed: {changes:?}");
}

#[test]
#[ignore = "run by `make test-virtualbox`"]
fn ova() {
    let registry = Registry::empty();
    works(&registry.import(&registry.copy("boot.ova")));
}

/// A raw disk is taken for a floppy and refused; converted, it is a disk.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn raw() {
    let registry = Registry::empty();
    let machine = registry.machine("piix3");
    let image = registry.copy("boot.img");
    let refused = machine.try_attach("hdd", &image).expect_err("a raw disk is attached");
    assert!(refused.contains("detected floppy"), "{refused}");
    let disk = image.with_file_name("converted.vdi");
    registry.runs(&["convertfromraw", image.to_str().unwrap(), disk.to_str().unwrap(), "--format", "VDI"]);
    machine.attach("hdd", &disk);
    works(&machine);
}

/// `showmediuminfo` finds nothing wrong, and the disk, known by then, can be cloned: to the same content.
#[track_caller]
fn is_known_and_cloned(name: &str) {
    let registry = Registry::empty();
    let image = registry.copy(name);
    let before = fs::read(&image).unwrap();
    let image = image.to_str().unwrap();
    let info = registry.runs(&["showmediuminfo", "disk", image]);
    let state = info.lines().find_map(|line| line.strip_prefix("State:")).unwrap_or_default().trim();
    assert!(!info.contains("Access Error") && state == "created", "{info}");
    let clone = registry.folder().join("clone.img");
    registry.runs(&["clonemedium", "disk", image, clone.to_str().unwrap(), "--format", "RAW"]);
    let disk = fs::read(boot256_qemu::image::built("boot.img")).unwrap();
    let clone = fs::read(clone).unwrap();
    assert!(clone.starts_with(&disk) && clone[disk.len()..].iter().all(|&byte| byte == 0), "the clone is another disk");
    assert!(fs::read(image).unwrap() == before, "{name} was written to");
}

rows! {
    is_known_and_cloned;
    vdi_is_cloned: "boot.vdi";
    vmdk_is_cloned: "boot.vmdk";
    vmdk_of_one_file_is_cloned: "boot-stream.vmdk";
    vhd_is_cloned: "boot.vhd";
}

/// The disk that an import makes.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn disk_of_the_appliance_is_cloned() {
    let registry = Registry::empty();
    registry.import(&registry.copy("boot.ova"));
    let list = registry.run("list hdds --long");
    let disk = list.lines().find_map(|line| line.strip_prefix("Location:")).expect("a disk").trim();
    let info = registry.runs(&["showmediuminfo", "disk", disk]);
    assert!(!info.contains("Access Error"), "{info}");
    let clone = registry.folder().join("clone.vdi");
    registry.runs(&["clonemedium", "disk", disk, clone.to_str().unwrap()]);
}

/// What the guide says of a second copy.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn second_copy_of_a_disk_is_refused() {
    let registry = Registry::empty();
    let machine = registry.machine("piix3");
    let first = registry.copy("boot.vdi");
    let second = first.with_file_name("second.vdi");
    fs::copy(&first, &second).unwrap();
    machine.attach("hdd", &first);
    let refused = machine.try_attach("hdd", &second).expect_err("the second copy is attached");
    assert!(refused.contains("already exists"), "{refused}");
    registry.run("storageattach boot256 --storagectl ide --port 0 --device 0 --medium none");
    registry.runs(&["closemedium", "disk", first.to_str().unwrap()]);
    machine.attach("hdd", &second);
    works(&machine);
}
