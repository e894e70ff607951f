//! The appliance that VMware and VirtualBox import: OVF, manifest and disk in one tar file.
//!
//! Source: DMTF DSP0243 "Open Virtualization Format Specification" 1.1, and the sources that
//! `templates/boot256.ovf` names where a consumer wants more.

use anyhow::Result;
use tar::Header;

use crate::archive::{self, PUBLIC};
use crate::identity::{Identity, sha256};
use crate::vmdk_stream;

const OVF: &str = "boot256.ovf";
const MANIFEST: &str = "boot256.mf";
const DISK: &str = "boot256-disk1.vmdk";

/// The unit that the OVF gives the disk's size in.
const MIB: usize = 1 << 20;

/// Packs `disk` as an appliance.
///
/// # Errors
///
/// The disk has no form as a stream-optimized VMDK, see [`vmdk_stream::write`].
pub fn pack(disk: &[u8]) -> Result<Vec<u8>> {
    let vmdk = vmdk_stream::write(disk, DISK, &Identity::of(disk), "ova")?;
    let ovf = include_str!("../templates/boot256.ovf")
        .replace("{disk}", DISK)
        .replace("{file_size}", &vmdk.len().to_string())
        .replace("{capacity}", &(disk.len() / MIB).to_string())
        .replace("{version}", env!("CARGO_PKG_VERSION"));
    // `SHA256(file)= digits` and no other spelling: VMware refuses what OpenSSL 3 prints.
    let manifest = format!("SHA256({OVF})= {}\nSHA256({DISK})= {}\n", sha256(ovf.as_bytes()), sha256(&vmdk));

    // The OVF must come first, its manifest next, then the files in its order, all in the
    // ustar flavour (DSP0243, section 5.3).
    let mut ova = tar::Builder::new(Vec::new());
    for (name, content) in [(OVF, ovf.as_bytes()), (MANIFEST, manifest.as_bytes()), (DISK, &vmdk)] {
        archive::append(&mut ova, Header::new_ustar(), name, PUBLIC, content)?;
    }
    archive::finish(ova)
}
