//! What a hypervisor makes of the appliance and the libvirt domain: each field that it acts on, read
//! by XML readers that had no part in writing them.

mod common;

use std::fs;
use std::path::Path;

use anyhow::Result;
use boot256_readers::machine::{Machine, of_appliance, of_domain};
use common::Build;

#[test]
fn the_appliance_asks_for_a_bios_lsilogic_and_one_serial_port() {
    let build = Build::whole();
    let machine = of_appliance(&build.file("boot.ova")).unwrap();
    let expected = Machine {
        cpus: 1,
        memory: 64,
        firmware: Some("bios".into()),
        controller: "lsilogic".into(),
        disk: ("boot256-disk1.vmdk".into(), "streamOptimized".into()),
        serial_ports: vec![0],
    };
    assert_eq!(machine, expected);
}

#[test]
fn the_domain_asks_for_a_bios_virtio_and_a_console() {
    let build = Build::whole();
    let machine = of_domain(&build.file("boot256.xml")).unwrap();
    let expected = Machine {
        cpus: 1,
        memory: 16,
        firmware: None,
        controller: "virtio".into(),
        disk: ("/var/lib/libvirt/images/boot.qcow2".into(), "qcow2".into()),
        serial_ports: vec![0],
    };
    assert_eq!(machine, expected);
}

/// A description with one word changed is another machine, or none.
#[test]
fn no_field_can_change_unseen() {
    let build = Build::whole();
    let changed = |file: &str, read: &dyn Fn(&Path) -> Result<Machine>, pairs: &[(&str, &str)]| {
        let good = fs::read(build.file(file)).unwrap();
        let machine = read(&build.file(file)).unwrap();
        for (old, new) in pairs {
            assert_eq!(old.len(), new.len(), "{old}: the archive's offsets stay");
            let at =
                good.windows(old.len()).position(|bytes| bytes == old.as_bytes()).unwrap_or_else(|| panic!("{old}"));
            let mut bad = good.clone();
            bad[at..at + new.len()].copy_from_slice(new.as_bytes());
            fs::write(build.file(file), bad).unwrap();
            if let Ok(other) = read(&build.file(file)) {
                assert_ne!(other, machine, "{old} as {new}");
            }
        }
        fs::write(build.file(file), good).unwrap();
    };
    changed(
        "boot.ova",
        &of_appliance,
        &[
            ("Quantity>1<", "Quantity>2<"),
            ("Quantity>64<", "Quantity>32<"),
            ("byte * 2^20", "byte * 2^10"),
            ("lsilogic", "buslogic"),
            ("ResourceType>6<", "ResourceType>5<"),
            ("ResourceType>17<", "ResourceType>15<"),
            ("ResourceType>21<", "ResourceType>20<"),
            ("Parent>3<", "Parent>2<"),
            ("AddressOnParent>0<", "AddressOnParent>1<"),
            ("disk/vmdisk1", "disk/vmdisk2"),
            ("fileRef=\"file1", "fileRef=\"file2"),
            ("disk1.vmdk", "disk2.vmdk"),
            ("size=\"7", "size=\"8"),
            ("capacity=\"1", "capacity=\"2"),
            ("#streamOptimized", "#monolithicFlat_"),
            ("Item ovf:required=\"false\"", "Item ovf:required=\"true\" "),
            ("vmware.serialport", "vmware.parallport"),
            ("\"firmware\" vmw:value=\"bios\"", "\"firmware\" vmw:value=\"efi0\""),
        ],
    );
    changed(
        "boot256.xml",
        &of_domain,
        &[
            ("type='qemu'>", "type='kvm' >"),
            ("'MiB'>16<", "'KiB'>16<"),
            ("'MiB'>16<", "'MiB'>17<"),
            ("<vcpu>1<", "<vcpu>2<"),
            ("machine='pc'", "machine='xx'"),
            ("x86_64", "mips64"),
            ("dev='hd'", "dev='fd'"),
            ("<acpi/>", "<apic/>"),
            (">destroy<", ">restart<"),
            (">restart</on_reboot", ">destroy</on_reboot"),
            ("device='disk'", "device='disc'"),
            ("type='qcow2'", "type='raw'  "),
            ("boot.qcow2'/>", "boot.qcow3'/>"),
            ("bus='virtio'", "bus='scsi'  "),
            ("<serial type='pty'", "<serial type='tty'"),
            ("<target port='0'", "<target port='1'"),
            ("type='serial' port='0'", "type='serial' port='1'"),
            ("<graphics", "<graphicz"),
            ("model='none'", "model='nope'"),
        ],
    );
}
