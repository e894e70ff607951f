//! The machine that a description asks a hypervisor for: an appliance's OVF, a libvirt domain.
//!
//! Each attribute and each text of the description is compared with a list, but for those that only people read: nothing
//! that a hypervisor acts on can change, go missing or be there twice unseen.
//!
//! Sources: DMTF DSP0243 "Open Virtualization Format Specification" 1.1, with the resource types of
//! CIM_ResourceAllocationSettingData; libvirt, "Domain XML format".

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use boot256_kit::file;
use roxmltree::{Document, Node};

use super::container::files;
use crate::disk::DISK_SIZE;
use crate::identity::sha256;

/// Elements whose text is for people.
const FOR_PEOPLE: [&str; 8] = [
    "Annotation",
    "Description",
    "ElementName",
    "Info",
    "Product",
    "Version",
    "VirtualSystemIdentifier",
    "description",
];

/// The machine of the appliance; `{size}` and `{capacity}`, in MiB, are those of the disk.
const APPLIANCE: &str = "
File@href=boot256-disk1.vmdk File@id=file1 File@size={size}
Disk@capacity={capacity} Disk@capacityAllocationUnits=byte*2^20 Disk@diskId=vmdisk1 Disk@fileRef=file1
Disk@format=http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized
VirtualSystem@id=boot256 Name=boot256 OperatingSystemSection@id=1 OperatingSystemSection@osType=otherGuest
InstanceID=0 VirtualSystemType=vmx-10
AllocationUnits=hertz*10^6 InstanceID=1 ResourceType=3 VirtualQuantity=1
AllocationUnits=byte*2^20 InstanceID=2 ResourceType=4 VirtualQuantity=64
Address=0 InstanceID=3 ResourceSubType=lsilogic ResourceType=6
AddressOnParent=0 HostResource=ovf:/disk/vmdisk1 InstanceID=4 Parent=3 ResourceType=17
Item@required=false AutomaticAllocation=false InstanceID=5 ResourceSubType=vmware.serialport.device ResourceType=21
Config@required=false Config@key=yieldOnPoll Config@value=false
Config@required=false Config@key=firmware Config@value=bios";

/// The machine of the domain.
const DOMAIN: &str = "
domain@type=qemu name=boot256 memory@unit=MiB memory=16 vcpu=1
type@arch=x86_64 type@machine=pc type=hvm boot@dev=hd acpi on_poweroff=destroy on_reboot=restart
disk@type=file disk@device=disk driver@name=qemu driver@type=qcow2 source@file=/var/lib/libvirt/images/boot.qcow2
target@dev=vda target@bus=virtio
serial@type=pty target@port=0 console@type=pty target@type=serial target@port=0
graphics@type=vnc graphics@autoport=yes model@type=vga memballoon@model=none";

/// Looks at the appliance at `path`: the order of its files, its manifest, its machine.
///
/// # Errors
///
/// What is another than it should be.
pub fn appliance(path: &Path) -> Result<()> {
    let files = files(File::open(path)?)?;
    let (_, disk) = disk_of(&files)?;
    let ovf = str::from_utf8(&files[0].1)?;
    let expected =
        APPLIANCE.replace("{size}", &disk.len().to_string()).replace("{capacity}", &(DISK_SIZE >> 20).to_string());
    compare(ovf, &expected)
}

/// Name and content of the disk in an appliance's files, after its manifest was found to hold.
///
/// # Errors
///
/// Other files, or in another order, or a file whose SHA-256 the manifest does not give.
pub fn disk_of(files: &[(String, Vec<u8>)]) -> Result<(&str, &[u8])> {
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    ensure!(names == ["boot256.ovf", "boot256.mf", "boot256-disk1.vmdk"], "other files in the appliance: {names:?}");
    let manifest = String::from_utf8_lossy(&files[1].1);
    let line = |index: usize| format!("SHA256({})= {}\n", names[index], sha256(&files[index].1));
    ensure!(manifest == line(0) + &line(2), "the manifest does not hold");
    Ok((names[2], &files[2].1))
}

/// Looks at the libvirt domain at `path`.
///
/// # Errors
///
/// What is another than it should be.
pub fn domain(path: &Path) -> Result<()> {
    compare(&file::read_text(path)?, DOMAIN)
}

/// Compares what a description says with a list of it, whose words have no blanks in them.
fn compare(text: &str, expected: &str) -> Result<()> {
    let document = Document::parse(text)?;
    let found: Vec<String> = document.descendants().filter(Node::is_element).flat_map(values).collect();
    let mut expected = expected.split_whitespace();
    for found in &found {
        let expected = expected.next().with_context(|| format!("{found} is too much"))?;
        ensure!(found == expected, "{found} instead of {expected}");
    }
    ensure!(expected.next().is_none(), "something is missing at the end");
    Ok(())
}

/// What an element says: its attributes, its text, or that it is there, where that is all it has to say.
fn values(node: Node) -> Vec<String> {
    let name = node.tag_name().name();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let attribute = |of: roxmltree::Attribute| format!("{name}@{}={}", of.name(), squeezed(of.value()));
    let mut values: Vec<String> = node.attributes().map(attribute).collect();
    let text = node.text().map(squeezed).filter(|text| !text.is_empty() && !FOR_PEOPLE.contains(&name));
    values.extend(text.map(|text| format!("{name}={text}")));
    if values.is_empty() && !node.has_children() {
        values.push(name.into());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ova;

    /// Every value in turn gets another first letter: all but those for people are noticed.
    #[test]
    fn no_field_can_change_unseen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("boot.ova");
        std::fs::write(&path, ova::pack(&vec![1; DISK_SIZE]).unwrap()).unwrap();
        appliance(&path).unwrap();
        let disk = files(File::open(&path).unwrap()).unwrap().pop().unwrap().1.len();
        let ovf = files(File::open(&path).unwrap()).unwrap().remove(0).1;
        let appliance = APPLIANCE.replace("{size}", &disk.to_string()).replace("{capacity}", "1");
        let domain = include_str!("../../templates/boot256.xml");
        for (text, expected) in [(str::from_utf8(&ovf).unwrap(), appliance.as_str()), (domain, DOMAIN)] {
            compare(text, expected).unwrap();
            for node in Document::parse(text).unwrap().descendants() {
                let of_text = node.is_text() && !FOR_PEOPLE.contains(&node.parent().unwrap().tag_name().name());
                let text_at = of_text.then(|| node.range()).filter(|range| !text[range.clone()].trim().is_empty());
                for range in node.attributes().map(|attribute| attribute.range_value()).chain(text_at) {
                    let mut other = text.to_string();
                    other.replace_range(range.start..range.start + 1, "#");
                    assert!(compare(&other, expected).is_err(), "{}", &text[range]);
                }
            }
        }
        assert!(compare(&domain.replace("<acpi/>", ""), DOMAIN).is_err());
        assert!(compare(&domain.replace("<acpi/>", "<acpi/><acpi/>"), DOMAIN).is_err());
        assert!(compare(&domain.replace("<memballoon model='none'/>", ""), DOMAIN).is_err());
    }
}
