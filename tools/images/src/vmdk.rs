//! The descriptor of a VMDK: the text that says what the disk is.
//!
//! A flat VMDK is this text in a file of its own beside the raw disk; a stream-optimized one
//! ([`crate::vmdk_stream`]) carries it inside.
//!
//! Source of the fields: VMware, "Virtual Disk Format 5.0", section "The Disk Descriptor File".

use anyhow::{Result, ensure};
use uuid::Uuid;

use crate::disk::{HEADS, SECTOR, SECTORS_PER_TRACK};
use crate::identity::Identity;

/// The most heads that VirtualBox takes for a disk's own geometry. With more it sets the geometry to
/// none and writes one of its making into the file (`src/VBox/Storage/VMDK.cpp`).
const PHYSICAL_HEADS: usize = 16;

/// The descriptor of a flat VMDK whose content is `extent`, a file of `disk_bytes` bytes beside it.
///
/// # Errors
///
/// - `extent` is more than a file's name: a path would break wherever the pair is moved to.
/// - `disk_bytes` are not whole cylinders.
pub fn flat(extent: &str, disk_bytes: usize, identity: &Identity) -> Result<String> {
    ensure!(!extent.contains(['/', '"', '\n']), "{extent:?} is not the name of a file beside the descriptor");
    let line = format!("RW {} FLAT \"{extent}\" 0", disk_bytes / SECTOR);
    descriptor("monolithicFlat", &line, disk_bytes, identity, "vmdk")
}

/// A descriptor of one extent. `purpose` tells the disks of one content apart: see [`Identity`].
///
/// Three things are there for VirtualBox, which otherwise writes them into the file when it opens it
/// and cannot describe or clone the disk before (tried with 7.2): the four UUIDs, a geometry of at most
/// 16 heads, and the geometry that the BIOS shows, which is [`crate::disk`]'s.
///
/// # Errors
///
/// `disk_bytes` are not whole cylinders of either geometry.
pub(crate) fn descriptor(
    create_type: &str,
    extent: &str,
    disk_bytes: usize,
    identity: &Identity,
    purpose: &str,
) -> Result<String> {
    let cylinder = |heads: usize| heads * SECTORS_PER_TRACK * SECTOR;
    ensure!(
        disk_bytes > 0 && disk_bytes.is_multiple_of(cylinder(HEADS)),
        "a disk of {disk_bytes} bytes is no whole number of cylinders of {} bytes",
        cylinder(HEADS)
    );
    Ok(format!(
        r#"# Disk DescriptorFile
version=1
CID={cid:08x}
parentCID=ffffffff
createType="{create_type}"

# Extent description
{extent}

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "4"
ddb.adapterType = "lsilogic"
ddb.geometry.cylinders = "{cylinders}"
ddb.geometry.heads = "{PHYSICAL_HEADS}"
ddb.geometry.sectors = "{SECTORS_PER_TRACK}"
ddb.geometry.biosCylinders = "{bios_cylinders}"
ddb.geometry.biosHeads = "{HEADS}"
ddb.geometry.biosSectors = "{SECTORS_PER_TRACK}"
ddb.uuid.image = "{image}"
ddb.uuid.modification = "{modification}"
ddb.uuid.parent = "{none}"
ddb.uuid.parentmodification = "{none}"
"#,
        cid = identity.number(purpose),
        cylinders = disk_bytes / cylinder(PHYSICAL_HEADS),
        bios_cylinders = disk_bytes / cylinder(HEADS),
        image = identity.uuid(&format!("{purpose} image")),
        modification = identity.uuid(&format!("{purpose} modification")),
        none = Uuid::nil(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::DISK_SIZE;

    /// What qemu-img, which reads the rest in `make check`, does not act on and VirtualBox does.
    #[test]
    fn both_geometries_are_the_whole_disk() {
        let text = flat("boot-flat.vmdk", DISK_SIZE, &Identity::of(b"x")).unwrap();
        let number = |key: &str| {
            let start = format!("ddb.geometry.{key} = \"");
            let number =
                text.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"')?.parse::<usize>().ok());
            number.unwrap_or_else(|| panic!("no {key} in {text}"))
        };
        for keys in [["cylinders", "heads", "sectors"], ["biosCylinders", "biosHeads", "biosSectors"]] {
            assert_eq!(keys.map(number).iter().product::<usize>() * SECTOR, DISK_SIZE);
        }
    }
}
