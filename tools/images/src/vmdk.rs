//! The descriptor of a VMDK: the text that says what the disk is.
//!
//! A flat VMDK is this text in a file of its own beside the raw disk; a stream-optimized one
//! ([`crate::vmdk_stream`]) carries it inside.
//!
//! Source of the fields: VMware, "Virtual Disk Format 5.0", section "The Disk Descriptor File".

use anyhow::{Result, ensure};
use uuid::Uuid;

use crate::disk::{DISK_SIZE, HEADS, SECTOR, SECTORS_PER_TRACK};
use crate::identity::Identity;

/// The most heads that VirtualBox takes for a disk's own geometry. With more it sets the geometry to
/// none and writes one of its making into the file (`src/VBox/Storage/VMDK.cpp`).
const PHYSICAL_HEADS: usize = 16;
/// Cylinders by these; by [`HEADS`], which the BIOS shows, it is one.
const CYLINDERS: usize = DISK_SIZE / (PHYSICAL_HEADS * SECTORS_PER_TRACK * SECTOR);

/// The descriptor of a flat VMDK whose content, the raw disk, is the file `extent` beside it.
///
/// # Errors
///
/// `extent` is more than a file's name: a path would break wherever the pair is moved to.
pub fn flat(extent: &str, identity: &Identity) -> Result<String> {
    ensure!(!extent.contains(['/', '"', '\n']), "{extent:?} is not the name of a file beside the descriptor");
    let line = format!("RW {} FLAT \"{extent}\" 0", DISK_SIZE / SECTOR);
    Ok(descriptor("monolithicFlat", &line, identity, "vmdk"))
}

/// A descriptor of one extent. `purpose` tells the disks of one content apart: see [`Identity`].
///
/// Three things are there for VirtualBox, which otherwise writes them into the file when it opens it
/// and cannot describe or clone the disk before (tried with 7.2): the four UUIDs, a geometry of at most
/// 16 heads, and the geometry that the BIOS shows, which is [`crate::disk`]'s.
pub(crate) fn descriptor(create_type: &str, extent: &str, identity: &Identity, purpose: &str) -> String {
    format!(
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
ddb.geometry.cylinders = "{CYLINDERS}"
ddb.geometry.heads = "{PHYSICAL_HEADS}"
ddb.geometry.sectors = "{SECTORS_PER_TRACK}"
ddb.geometry.biosCylinders = "1"
ddb.geometry.biosHeads = "{HEADS}"
ddb.geometry.biosSectors = "{SECTORS_PER_TRACK}"
ddb.uuid.image = "{image}"
ddb.uuid.modification = "{modification}"
ddb.uuid.parent = "{none}"
ddb.uuid.parentmodification = "{none}"
"#,
        cid = identity.number(purpose),
        image = identity.uuid(&format!("{purpose} image")),
        modification = identity.uuid(&format!("{purpose} modification")),
        none = Uuid::nil(),
    )
}
