//! What a BIOS loads from the CD, and a UEFI firmware.
//!
//! Source: Phoenix and IBM, "El Torito Bootable CD-ROM Format Specification" 1.0, figures 2 to
//! 7; ECMA-119 for the volume descriptors.

use anyhow::{Context, Result, ensure};

use super::medium::Medium;

/// Bytes of a CD sector.
const SECTOR: usize = 2048;
/// The CD sector of the boot record, which names the boot catalog.
const BOOT_RECORD: usize = 17;
/// Where the default entry is in the catalog, behind the entry that validates it.
const DEFAULT_ENTRY: usize = 32;
/// Where the header of the other entries is, and the first of them.
const HEADER: usize = 64;
const OTHER_ENTRY: usize = 96;
/// The last header, for UEFI, of one entry (UEFI Specification 2.10, 13.3.2.1).
const HEADER_FOR_UEFI: [u8; 4] = [0x91, 0xEF, 1, 0];

/// What the BIOS loads by the default entry of the boot catalog, to the usual place, and what UEFI opens by the other.
///
/// # Errors
///
/// No boot record, a catalog whose checksum does not hold, an entry that is not bootable, wants a floppy or hard disk
/// emulated, or wants another place in memory.
pub fn boot_images(cd: &Medium) -> Result<(&[u8], &[u8])> {
    let sectors =
        |at: usize, length: usize| cd.start.get(at * SECTOR..at * SECTOR + length).context("a sector beyond the end");
    let record = sectors(BOOT_RECORD, SECTOR)?;
    ensure!(record[..6] == *b"\0CD001" && record[7..30] == *b"EL TORITO SPECIFICATION", "no El Torito boot record");
    let catalog = sectors(u32::from_le_bytes(record[71..75].try_into()?) as usize, SECTOR)?;
    let word = |at: usize| u16::from_le_bytes([catalog[at], catalog[at + 1]]);
    ensure!(
        (0..16).fold(0u16, |sum, i| sum.wrapping_add(word(2 * i))) == 0 && word(30) == 0xAA55,
        "the catalog's checksum does not hold"
    );
    ensure!(catalog[HEADER..HEADER + 4] == HEADER_FOR_UEFI, "no entry for UEFI");
    let image = |at: usize, count: u16| {
        let entry = &catalog[at..at + 12];
        ensure!(entry[0] == 0x88, "the entry is not bootable");
        ensure!(entry[1] == 0, "the entry wants a disk emulated");
        // 0 stands for 07C0h.
        ensure!(word(at + 2) == 0, "the entry wants another segment");
        ensure!(word(at + 6) == count, "another number of sectors to load");
        sectors(u32::from_le_bytes(entry[8..12].try_into()?) as usize, usize::from(count) * 512)
    };
    // In units of 512 bytes: one sector of the CD (docs/formats.md), and the whole file system.
    Ok((image(DEFAULT_ENTRY, 4)?, image(OTHER_ENTRY, crate::fat::SECTORS as u16)?))
}
