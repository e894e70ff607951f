//! The footer of a fixed VHD: what qemu-img leaves random or vague.
//!
//! Source of every offset: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0,
//! section "Hard Disk Footer Format". All numbers are big-endian.

use anyhow::{Result, ensure};

use crate::archive::TIME;
use crate::disk::SECTOR;
use crate::identity::Identity;

const CURRENT_SIZE: usize = 48;
const TIME_STAMP: usize = 24;
const GEOMETRY_AT: usize = 56;
const DISK_TYPE: usize = 60;
const CHECKSUM: usize = 64;
const UNIQUE_ID: usize = 68;

const FIXED: u32 = 2;

/// Seconds from 1970 to 2000, where a VHD's clock starts.
const EPOCH_2000: u32 = 946_684_800;

/// Bytes of the one disk that is made a VHD: Azure wants whole MiB, and takes no smaller ones (docs/formats.md).
pub const SIZE: u64 = 20 << 20;
/// Its geometry by the appendix "CHS Calculation" of the specification: 602 cylinders in two bytes, 4 heads, 17
/// sectors. That is a little less than the disk.
const GEOMETRY: [u8; 4] = [0x02, 0x5A, 4, 17];

/// Gives the fixed VHD a UUID from its content, the date of all images, and its real geometry.
///
/// qemu-img writes a random UUID, the time of the day, and 65535/16/255 whatever the size.
/// VirtualBox takes the geometry from here (`src/VBox/Storage/VHD.cpp`, `vhdOpenImage`).
///
/// # Errors
///
/// The bytes are no fixed VHD of [`SIZE`] bytes and a footer that says so.
pub fn stamp(vhd: &mut [u8], identity: &Identity) -> Result<()> {
    ensure!(vhd.len() as u64 == SIZE + SECTOR as u64, "no VHD of {SIZE} bytes and a footer");
    let footer = &mut vhd[SIZE as usize..];
    ensure!(footer.starts_with(b"conectix"), "no VHD: the last sector is not a footer");
    ensure!(footer[DISK_TYPE..DISK_TYPE + 4] == FIXED.to_be_bytes(), "not a fixed VHD");
    ensure!(footer[CURRENT_SIZE..CURRENT_SIZE + 8] == SIZE.to_be_bytes(), "the footer's size is not the disk's");

    footer[TIME_STAMP..TIME_STAMP + 4].copy_from_slice(&(TIME - EPOCH_2000).to_be_bytes());
    footer[GEOMETRY_AT..GEOMETRY_AT + 4].copy_from_slice(&GEOMETRY);
    footer[UNIQUE_ID..UNIQUE_ID + 16].copy_from_slice(identity.uuid("vhd").as_bytes());
    let sum = checksum(footer);
    footer[CHECKSUM..CHECKSUM + 4].copy_from_slice(&sum.to_be_bytes());
    Ok(())
}

/// The one's complement of the sum of the footer's bytes, the checksum field left out.
fn checksum(footer: &[u8]) -> u32 {
    !footer
        .iter()
        .enumerate()
        .filter(|(at, _)| !(CHECKSUM..CHECKSUM + 4).contains(at))
        .map(|(_, byte)| u32::from(*byte))
        .sum::<u32>()
}
