//! The footer of a fixed VHD: what qemu-img leaves random or vague.
//!
//! Source of every offset: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0,
//! section "Hard Disk Footer Format". All numbers are big-endian.

use anyhow::{Result, ensure};

use crate::disk::SECTOR;
use crate::identity::Identity;

const CURRENT_SIZE: usize = 48;
const TIME_STAMP: usize = 24;
const GEOMETRY: usize = 56;
const DISK_TYPE: usize = 60;
const CHECKSUM: usize = 64;
const UNIQUE_ID: usize = 68;

const FIXED: u32 = 2;

/// Seconds from 1970 to 2000, where a VHD's clock starts.
const EPOCH_2000: u32 = 946_684_800;

/// Gives a fixed VHD a UUID from its content, a given time, and its real geometry.
///
/// qemu-img writes a random UUID, the time of the day, and 65535/16/255 whatever the size.
/// VirtualBox takes the geometry from here (`src/VBox/Storage/VHD.cpp`, `vhdOpenImage`).
/// `time` is in seconds since 1970.
///
/// # Errors
///
/// The bytes are no fixed VHD whose size is what its footer says, or `time` is before 2000.
pub fn stamp(vhd: &mut [u8], identity: &Identity, time: u32) -> Result<()> {
    ensure!(
        vhd.len() > SECTOR && vhd.len().is_multiple_of(SECTOR),
        "no VHD: {} bytes are not whole sectors",
        vhd.len()
    );
    let (disk, footer) = vhd.split_at_mut(vhd.len() - SECTOR);
    ensure!(footer.starts_with(b"conectix"), "no VHD: the last sector is not a footer");
    ensure!(footer[DISK_TYPE..DISK_TYPE + 4] == FIXED.to_be_bytes(), "not a fixed VHD");
    ensure!(
        footer[CURRENT_SIZE..CURRENT_SIZE + 8] == (disk.len() as u64).to_be_bytes(),
        "the footer's size is not the disk's"
    );
    ensure!(time >= EPOCH_2000, "a VHD's clock starts in 2000");

    footer[TIME_STAMP..TIME_STAMP + 4].copy_from_slice(&(time - EPOCH_2000).to_be_bytes());
    footer[GEOMETRY..GEOMETRY + 4].copy_from_slice(&geometry(disk.len() / SECTOR));
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

/// Cylinders (two bytes), heads, sectors of a disk of so many sectors, by the appendix "CHS
/// Calculation" of the specification. They may describe a little less than the disk.
fn geometry(sectors: usize) -> [u8; 4] {
    let sectors = sectors.min(65535 * 16 * 255);
    let (heads, per_track) = if sectors >= 65535 * 16 * 63 {
        (16, 255)
    } else {
        // The narrowest of three track lengths that needs at most 1024 cylinders.
        let tracks = sectors / 17;
        let heads = tracks.div_ceil(1024).max(4);
        if tracks < heads * 1024 && heads <= 16 {
            (heads, 17)
        } else if sectors / 31 < 16 * 1024 {
            (16, 31)
        } else {
            (16, 63)
        }
    };
    let [high, low] = ((sectors / per_track / heads) as u16).to_be_bytes();
    [high, low, heads as u8, per_track as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Disks of whole cylinders as qemu-img makes them, and the largest of each track length or the smallest that is
    /// too large for it: sectors; cylinders, heads, sectors of a track.
    #[test]
    fn geometry_is_what_qemu_img_writes() {
        for (sectors, cylinders, heads, per_track) in [
            (68, 1u16, 4, 17),
            (34_816, 512, 4, 17),
            (69_700, 820, 5, 17),
            (508_032, 504, 16, 63),
            (66_059_280, 16_191, 16, 255),
            (17 * 4096 - 1, 1023, 4, 17),
            (17 * 4096, 140, 16, 31),
            (31 * 16 * 1024 - 1, 1023, 16, 31),
            (31 * 16 * 1024, 503, 16, 63),
            (65_535 * 16 * 63 - 1, 65_534, 16, 63),
            (65_536 * 16 * 255, 65_535, 16, 255),
        ] {
            let [high, low] = cylinders.to_be_bytes();
            assert_eq!(geometry(sectors), [high, low, heads, per_track], "{sectors}");
        }
    }
}
