//! The machine that a description asks a hypervisor for: an appliance's OVF, a libvirt domain.
//!
//! Sources: DMTF DSP0243 "Open Virtualization Format Specification" 1.1, with the resource types of
//! CIM_ResourceAllocationSettingData; libvirt, "Domain XML format".

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use roxmltree::{Document, Node};

use crate::archive;

/// What a hypervisor acts on.
#[derive(Debug, PartialEq)]
pub struct Machine {
    /// Its name in the hypervisor.
    pub name: String,
    /// The hardware it is to be: VMware's version of it, QEMU's machine type.
    pub family: String,
    /// VMware's name for the kind of guest; libvirt asks for none.
    pub guest: Option<String>,
    /// Processors.
    pub cpus: u32,
    /// Memory in MiB.
    pub memory: u64,
    /// As the description spells it: `bios`, or nothing where that is the default.
    pub firmware: Option<String>,
    /// What the disk hangs on, as the description spells it.
    pub controller: String,
    /// The disk's file, and its format.
    pub disk: (String, String),
    /// Serial ports, by number.
    pub serial_ports: Vec<u32>,
}

/// The machine of an appliance.
///
/// # Errors
///
/// No OVF, a part that is missing or there twice, a disk that no file is named for, a file of another
/// size, a serial port that is required: VirtualBox imports no such appliance.
pub fn of_appliance(path: &Path) -> Result<Machine> {
    let files = archive::files(File::open(path)?)?;
    let ovf = files.iter().find(|file| file.name.ends_with(".ovf")).context("no OVF")?;
    let text = std::str::from_utf8(&ovf.content)?;
    let document = Document::parse(text)?;
    let items: Vec<Node> = elements(&document, "Item").collect();
    let of_type =
        |kind: &'static str| items.iter().copied().filter(move |item| child(*item, "ResourceType") == Some(kind));
    let one = |kind, what| only(of_type(kind), what);

    for item in &items {
        let id = child(*item, "InstanceID").context("an item of no ID")?;
        only(items.iter().copied().filter(|item| child(*item, "InstanceID") == Some(id)), "item of one ID")?;
    }
    // Words of VMware's, past which any other reader has to read.
    for config in elements(&document, "Config") {
        ensure!(attribute(config, "required") == Some("false"), "a part that only VMware knows is required");
    }
    let system = only(elements(&document, "VirtualSystem"), "virtual system")?;
    // VMware takes the name, VirtualBox the id.
    let title = child(system, "Name").context("no name")?;
    ensure!(attribute(system, "id") == Some(title), "two names");
    let kind = only(elements(&document, "OperatingSystemSection"), "kind of guest")?;
    ensure!(attribute(kind, "id") == Some("1"), "another kind of guest than CIM's \"Other\"");

    let cpu = one("3", "CPU")?;
    ensure!(child(cpu, "AllocationUnits") == Some("hertz * 10^6"), "the CPU in another unit than MHz");
    let memory = one("4", "memory")?;
    ensure!(child(memory, "AllocationUnits") == Some("byte * 2^20"), "memory in another unit than MiB");
    let controller = one("6", "SCSI controller")?;
    ensure!(child(controller, "Address") == Some("0"), "not the first controller");
    let disk = one("17", "disk")?;
    ensure!(child(disk, "Parent") == child(controller, "InstanceID"), "the disk hangs on no controller");
    ensure!(child(disk, "AddressOnParent") == Some("0"), "the disk is not the controller's first");

    // From the item to the disk to the file.
    let id = child(disk, "HostResource").and_then(|text| text.strip_prefix("ovf:/disk/")).context("no disk named")?;
    let disk = only(elements(&document, "Disk").filter(|disk| attribute(*disk, "diskId") == Some(id)), "disk")?;
    let id = attribute(disk, "fileRef").context("the disk has no file")?;
    let file = only(elements(&document, "File").filter(|file| attribute(*file, "id") == Some(id)), "file")?;
    let name = attribute(file, "href").context("the file has no name")?;
    let content = &files.iter().find(|file| file.name == name).with_context(|| format!("no file {name}"))?.content;
    ensure!(number(attribute(file, "size"), "size")? == content.len() as u64, "{name} has another size");
    let capacity = number(attribute(disk, "capacity"), "capacity")?;
    ensure!(capacity == crate::stream_vmdk::disk(content)?.size, "the disk in {name} has another size");
    let format = attribute(disk, "format").and_then(|text| text.rsplit('#').next()).context("no format")?;

    let ports = of_type("21").enumerate().map(|(index, port)| {
        ensure!(attribute(port, "required") == Some("false"), "the serial port is required");
        ensure!(child(port, "ResourceSubType") == Some("vmware.serialport.device"), "another port");
        ensure!(child(port, "AutomaticAllocation") == Some("false"), "the port is connected to nothing it names");
        let yields = port.children().find(|child| attribute(*child, "key") == Some("yieldOnPoll"));
        ensure!(
            yields.and_then(|config| attribute(config, "value")) == Some("false"),
            "a look at the port's state costs the CPU"
        );
        Ok(u32::try_from(index)?)
    });
    let firmware = elements(&document, "Config").find(|config| attribute(*config, "key") == Some("firmware"));
    Ok(Machine {
        name: title.into(),
        family: only(elements(&document, "VirtualSystemType"), "hardware")?.text().unwrap_or_default().into(),
        guest: attribute(kind, "osType").map(Into::into),
        cpus: number(child(cpu, "VirtualQuantity"), "CPUs")?.try_into()?,
        memory: number(child(memory, "VirtualQuantity"), "memory")?,
        firmware: firmware.and_then(|config| attribute(config, "value")).map(Into::into),
        controller: child(controller, "ResourceSubType").context("a controller of no type")?.into(),
        disk: (name.into(), format.into()),
        serial_ports: ports.collect::<Result<_>>()?,
    })
}

/// The machine of a libvirt domain.
///
/// # Errors
///
/// No domain, a part that is missing or there twice, a machine without the power button that
/// `virsh shutdown` presses, one that starts again when it is off, one with no screen.
pub fn of_domain(path: &Path) -> Result<Machine> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let document = Document::parse(&text)?;
    let domain = document.root_element();
    ensure!(domain.has_tag_name("domain"), "no libvirt domain");
    ensure!(domain.attribute("type") == Some("qemu"), "not for a host without KVM");
    let one = |name: &str| only(elements(&document, name), name);
    let memory = one("memory")?;
    ensure!(memory.attribute("unit") == Some("MiB"), "memory in another unit than MiB");
    let kind = only(elements(&document, "type").filter(|kind| kind.text() == Some("hvm")), "machine type")?;
    ensure!(kind.attribute("arch") == Some("x86_64"), "another processor");
    ensure!(one("boot")?.attribute("dev") == Some("hd"), "it boots from no disk");
    one("acpi").context("no power button")?;
    ensure!(one("on_poweroff")?.text() == Some("destroy"), "it starts again when it is off");
    ensure!(one("on_reboot")?.text() == Some("restart"), "a restart ends it");
    let screen = one("graphics").context("no screen")?;
    ensure!(
        (screen.attribute("type"), screen.attribute("autoport")) == (Some("vnc"), Some("yes")),
        "a screen that not every libvirt has, or at a port that may be taken"
    );
    let video = one("video")?;
    let card = only(video.children().filter(|child| child.has_tag_name("model")), "video card")?;
    ensure!(card.attribute("type") == Some("vga"), "a video card whose BIOS may have no text mode");
    ensure!(one("memballoon")?.attribute("model") == Some("none"), "a balloon that nobody drives");

    let disk = one("disk")?;
    ensure!((disk.attribute("type"), disk.attribute("device")) == (Some("file"), Some("disk")), "no disk in a file");
    let source = one("source")?.attribute("file").context("the disk has no file")?;
    let drivers = elements(&document, "driver").filter(|driver| driver.parent() == Some(disk));
    let driver = only(drivers, "driver")?;
    ensure!(driver.attribute("name") == Some("qemu"), "another driver of the disk");
    let format = driver.attribute("type").context("the disk has no format")?;
    let target = only(elements(&document, "target").filter(|target| target.parent() == Some(disk)), "target")?;
    ensure!(target.attribute("dev") == Some("vda"), "the disk is not the first of its bus");
    let ports = elements(&document, "serial").map(|port| {
        ensure!(port.attribute("type") == Some("pty"), "virsh console opens only a pty");
        let target = port.children().find(|child| child.has_tag_name("target"));
        Ok(target.and_then(|target| target.attribute("port")).context("a serial port of no number")?.parse()?)
    });
    // The console is the serial port under another name.
    let console = one("console")?;
    ensure!(console.attribute("type") == Some("pty"), "virsh console opens only a pty");
    let console = console.children().find(|child| child.has_tag_name("target")).context("no console")?;
    ensure!(
        (console.attribute("type"), console.attribute("port")) == (Some("serial"), Some("0")),
        "virsh console opens another port"
    );
    Ok(Machine {
        name: one("name")?.text().context("no name")?.into(),
        family: kind.attribute("machine").context("no machine type")?.into(),
        guest: None,
        cpus: number(one("vcpu")?.text(), "CPUs")?.try_into()?,
        memory: number(memory.text(), "memory")?,
        firmware: elements(&document, "loader").next().and_then(|loader| loader.text()).map(Into::into),
        controller: target.attribute("bus").context("a disk on no bus")?.into(),
        disk: (source.into(), format.into()),
        serial_ports: ports.collect::<Result<_>>()?,
    })
}

/// Elements of a name, whatever its name space.
fn elements<'a>(document: &'a Document<'a>, name: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.is_element() && node.tag_name().name() == name)
}

/// The text of the child of a name.
fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)?.text()
}

/// An attribute, whatever its name space.
fn attribute<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

fn only<'a>(mut nodes: impl Iterator<Item = Node<'a, 'a>>, what: &str) -> Result<Node<'a, 'a>> {
    match (nodes.next(), nodes.next()) {
        (Some(node), None) => Ok(node),
        (None, _) => bail!("no {what}"),
        _ => bail!("more than one {what}"),
    }
}

fn number(text: Option<&str>, what: &str) -> Result<u64> {
    text.with_context(|| format!("no number for {what}"))?
        .trim()
        .parse()
        .with_context(|| format!("{what} is no number"))
}
