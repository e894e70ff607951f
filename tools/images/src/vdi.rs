//! The header of a VDI: what qemu-img makes random, and what VirtualBox would add.
//!
//! Source of the offsets: VirtualBox, `src/VBox/Storage/VDICore.h`, `VDIPREHEADER` and
//! `VDIHEADER1PLUS`. All numbers are little-endian.

use anyhow::{Result, ensure};

use crate::disk::{DISK_SIZE, HEADS, SECTOR, SECTORS_PER_TRACK};
use crate::identity::Identity;

const SIGNATURE_AT: usize = 64;
const SIGNATURE: u32 = 0xBEDA_107F;
const VERSION_AT: usize = 68;
const VERSION_1_1: u32 = 0x0001_0001;
const HEADER_SIZE_AT: usize = 0x48;
/// Bytes of `VDIHEADER1` and `VDIHEADER1PLUS`, which has the logical geometry besides.
const HEADER_SIZE: u32 = 0x180;
const HEADER_SIZE_PLUS: u32 = 0x190;
const DISK_BYTES_AT: usize = 0x170;
const CREATE_UUID: usize = 0x188;
const MODIFY_UUID: usize = 0x198;
/// Cylinders, heads, sectors on a track, bytes of a sector: four words.
const LOGICAL_GEOMETRY_AT: usize = 0x1C8;
const HEADER_END: usize = LOGICAL_GEOMETRY_AT + 16;

/// Gives a VDI its two UUIDs from the content, and the header that VirtualBox leaves as it is.
///
/// VirtualBox refuses zeros in either UUID (`VDI.cpp`, `vdiValidateHeader`) and refuses to register
/// a second disk with a creation UUID it knows, so a constant would bite whoever updates.
///
/// qemu-img writes the shorter header. VirtualBox makes the longer one of it whenever it opens the
/// disk for writing, with no geometry, and fills that in when the machine starts (`VDI.cpp`,
/// `vdiImageReadHeader`). With both in place it changes nothing (tried with 7.2; neither alone is
/// enough). The geometry is [`crate::disk`]'s.
///
/// # Errors
///
/// The bytes are no VDI of version 1.1, with either header, of [`DISK_SIZE`] bytes.
pub fn stamp(vdi: &mut [u8], identity: &Identity) -> Result<()> {
    ensure!(
        vdi.len() >= HEADER_END
            && vdi[SIGNATURE_AT..SIGNATURE_AT + 4] == SIGNATURE.to_le_bytes()
            && vdi[VERSION_AT..VERSION_AT + 4] == VERSION_1_1.to_le_bytes(),
        "no VDI of version 1.1"
    );
    for (at, purpose) in [(CREATE_UUID, "vdi create"), (MODIFY_UUID, "vdi modify")] {
        // VirtualBox's RTUUID has its first three fields little-endian.
        vdi[at..at + 16].copy_from_slice(&identity.uuid(purpose).to_bytes_le());
    }
    let size = u32::from_le_bytes(array(vdi, HEADER_SIZE_AT));
    ensure!([HEADER_SIZE, HEADER_SIZE_PLUS].contains(&size), "a VDI header of {size:#x} bytes");
    vdi[HEADER_SIZE_AT..HEADER_SIZE_AT + 4].copy_from_slice(&HEADER_SIZE_PLUS.to_le_bytes());
    let bytes = u64::from_le_bytes(array(vdi, DISK_BYTES_AT));
    ensure!(bytes == DISK_SIZE as u64, "a disk of {bytes} bytes instead of {DISK_SIZE}");
    let geometry = [1, HEADS, SECTORS_PER_TRACK, SECTOR].map(|number| (number as u32).to_le_bytes());
    vdi[LOGICAL_GEOMETRY_AT..HEADER_END].copy_from_slice(geometry.as_flattened());
    Ok(())
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[at + index])
}
