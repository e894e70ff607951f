//! What a hypervisor makes of the appliance and the libvirt domain: each field that it acts on, read
//! by an XML reader that had no part in writing them.

mod common;

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use boot256_readers::machine::{Machine, of_appliance, of_domain};
use common::{Images, find};
use roxmltree::Document;

#[test]
fn the_appliance_asks_for_a_bios_lsilogic_and_one_serial_port() {
    let images = Images::of(&["boot.ova"]);
    let expected = Machine {
        name: "boot256".into(),
        family: "vmx-10".into(),
        guest: Some("otherGuest".into()),
        cpus: 1,
        memory: 64,
        firmware: Some("bios".into()),
        controller: "lsilogic".into(),
        disk: ("boot256-disk1.vmdk".into(), "streamOptimized".into()),
        serial_ports: vec![0],
    };
    assert_eq!(of_appliance(&images.path("boot.ova")).unwrap(), expected);
}

#[test]
fn the_domain_asks_for_a_bios_virtio_and_a_console() {
    let images = Images::of(&["boot256.xml"]);
    let expected = Machine {
        name: "boot256".into(),
        family: "pc".into(),
        guest: None,
        cpus: 1,
        memory: 16,
        firmware: None,
        controller: "virtio".into(),
        disk: ("/var/lib/libvirt/images/boot.qcow2".into(), "qcow2".into()),
        serial_ports: vec![0],
    };
    assert_eq!(of_domain(&images.path("boot256.xml")).unwrap(), expected);
}

/// Values of which nothing depends: texts for people, a name that nothing refers to, and the number of the section
/// and of the last item, which need only be nobody else's.
const UNREAD_IN_OVF: [&str; 8] =
    ["Annotation", "Description", "ElementName", "Info", "InstanceID", "Product", "Version", "VirtualSystemIdentifier"];
/// A text for people.
const UNREAD_IN_DOMAIN: [&str; 1] = ["description"];

/// Every value of a description in turn gets another last character. It is then another machine, or none; but for
/// those values that no hypervisor acts on.
#[test]
fn no_field_can_change_unseen() {
    let changed = |file: &str, read: &dyn Fn(&Path) -> Result<Machine>, text: &str, at: usize| {
        let images = Images::of(&[file]);
        let machine = read(&images.path(file)).unwrap();
        let good = fs::read(images.path(file)).unwrap();
        let mut unseen: Vec<String> = Vec::new();
        for (name, range) in values(text) {
            let mut bad = good.clone();
            let last = &mut bad[at + range.end - 1];
            *last = if *last == b'5' { b'7' } else { b'5' };
            fs::write(images.path(file), bad).unwrap();
            if read(&images.path(file)).is_ok_and(|other| other == machine) {
                unseen.push(name);
            }
        }
        unseen.sort();
        unseen.dedup();
        unseen
    };
    let ova = common::image("boot.ova");
    let at = find(&ova, b"<?xml");
    let end = find(&ova, b"</Envelope>\n") + b"</Envelope>\n".len();
    let ovf = std::str::from_utf8(&ova[at..end]).unwrap();
    assert_eq!(changed("boot.ova", &of_appliance, ovf, at), UNREAD_IN_OVF);
    let domain = String::from_utf8(common::image("boot256.xml")).unwrap();
    assert_eq!(changed("boot256.xml", &of_domain, &domain, 0), UNREAD_IN_DOMAIN);
}

/// Each attribute and each text of a document: a name for it, and where its value is.
fn values(text: &str) -> Vec<(String, Range<usize>)> {
    let document = Document::parse(text).unwrap();
    let mut values = Vec::new();
    for node in document.descendants() {
        let element = |node: roxmltree::Node| node.tag_name().name().to_owned();
        for attribute in node.attributes() {
            values.push((format!("{}/@{}", element(node), attribute.name()), attribute.range_value()));
        }
        if node.is_text() && node.text().is_some_and(|text| !text.trim().is_empty()) {
            values.push((element(node.parent().unwrap()), node.range()));
        }
    }
    values
}

/// What a hypervisor needs and would not miss aloud.
#[test]
fn nothing_that_is_needed_can_be_left_out() {
    let left_out = |file: &str, read: &dyn Fn(&Path) -> Result<Machine>, parts: &[(&str, &str)]| {
        for (part, why) in parts {
            let images = Images::of(&[file]);
            images.change(file, |content| {
                let at = find(content, part.as_bytes());
                content[at..at + part.len()].fill(b' ');
            });
            let error = read(&images.path(file)).expect_err(part);
            assert!(format!("{error:#}").contains(why), "{part}: {error:#}");
        }
    };
    left_out(
        "boot256.xml",
        &of_domain,
        &[
            ("<acpi/>", "no power button"),
            ("<on_poweroff>destroy</on_poweroff>", "no on_poweroff"),
            ("<boot dev='hd'/>", "no boot"),
            ("<graphics type='vnc' autoport='yes'/>", "no screen"),
            ("<model type='vga'/>", "no video card"),
            ("<target port='0'/>", "a serial port of no number"),
            ("<target type='serial' port='0'/>", "no console"),
            ("<memballoon model='none'/>", "no memballoon"),
            ("<driver name='qemu' type='qcow2'/>", "no driver"),
            ("<target dev='vda' bus='virtio'/>", "no target"),
        ],
    );
    left_out(
        "boot.ova",
        &of_appliance,
        &[
            ("<rasd:VirtualQuantity>1</rasd:VirtualQuantity>", "no number for CPUs"),
            ("<rasd:AddressOnParent>0</rasd:AddressOnParent>", "not the controller's first"),
            ("<rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>", "no disk named"),
            ("<rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>", "a controller of no type"),
            ("ovf:fileRef=\"file1\"", "the disk has no file"),
            ("ovf:required=\"false\"", "the serial port is required"),
        ],
    );
}

#[test]
fn another_document_is_no_domain() {
    let images = Images::of(&["boot256.xml"]);
    images.change("boot256.xml", |text| {
        for tag in [&b"<domain "[..], b"</domain>"] {
            let at = find(text, tag) + tag.len() - 7;
            text[at..at + 6].copy_from_slice(b"volume");
        }
    });
    let error = of_domain(&images.path("boot256.xml")).expect_err("no domain");
    assert_eq!(error.to_string(), "no libvirt domain");
}

/// Two of what there must be one of.
#[test]
fn nothing_can_be_there_twice() {
    for (part, why) in [("<acpi/>", "more than one acpi"), ("<boot dev='hd'/>", "more than one boot")] {
        let images = Images::of(&["boot256.xml"]);
        images.change("boot256.xml", |content| {
            let at = find(content, part.as_bytes());
            content.splice(at..at, part.bytes());
        });
        let error = format!("{:#}", of_domain(&images.path("boot256.xml")).expect_err(part));
        assert!(error.contains(why), "{error}");
    }
}
