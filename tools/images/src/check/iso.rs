//! What a BIOS loads from the CD.
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

/// What the BIOS loads by the default entry of the boot catalog, to the usual place.
///
/// # Errors
///
/// No boot record, a catalog whose checksum does not hold, an entry that is not bootable, wants a floppy or hard disk
/// emulated, or wants another place in memory.
pub fn boot_image(cd: &Medium) -> Result<&[u8]> {
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
    let entry = &catalog[DEFAULT_ENTRY..DEFAULT_ENTRY + 12];
    ensure!(entry[0] == 0x88, "the entry is not bootable");
    ensure!(entry[1] == 0, "the entry wants a disk emulated");
    // 0 stands for 07C0h.
    ensure!(word(DEFAULT_ENTRY + 2) == 0, "the entry wants another segment");
    // In units of 512 bytes: one sector of the CD (docs/formats.md).
    ensure!(word(DEFAULT_ENTRY + 6) == 4, "another number of sectors to load");
    sectors(u32::from_le_bytes(entry[8..12].try_into()?) as usize, SECTOR)
}
