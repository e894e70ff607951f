//! What a BIOS loads from the CD.
//!
//! Source: Phoenix and IBM, "El Torito Bootable CD-ROM Format Specification" 1.0, figures 2 to
//! 7; ECMA-119 for the volume descriptors.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::medium::bytes_at;

/// Bytes of a CD sector.
const SECTOR: usize = 2048;
/// The CD sector of the boot record, which names the boot catalog.
const BOOT_RECORD: u64 = 17;

/// The boot entry of a CD.
pub struct BootEntry {
    /// Bytes that the BIOS loads.
    pub image: Vec<u8>,
    /// The segment it loads to; 0 stands for 07C0h.
    pub segment: u16,
}

/// Reads the default entry of the boot catalog.
///
/// # Errors
///
/// No boot record, a catalog whose checksum does not hold, an entry that is not bootable or
/// that wants a floppy or hard disk emulated.
pub fn boot_entry(path: &Path) -> Result<BootEntry> {
    read(path).with_context(|| path.display().to_string())
}

fn read(path: &Path) -> Result<BootEntry> {
    let mut file = File::open(path)?;
    let mut sector = |number: u64, length: usize| bytes_at(&mut file, number * SECTOR as u64, length);
    let record = sector(BOOT_RECORD, SECTOR)?;
    ensure!(record[..6] == *b"\0CD001" && record[7..30] == *b"EL TORITO SPECIFICATION", "no El Torito boot record");
    let catalog = u32::from_le_bytes(record[71..75].try_into()?);
    let catalog = sector(catalog.into(), SECTOR)?;
    let word = |at: usize| u16::from_le_bytes([catalog[at], catalog[at + 1]]);
    ensure!(
        (0..16).fold(0u16, |sum, i| sum.wrapping_add(word(2 * i))) == 0 && word(30) == 0xAA55,
        "the catalog's checksum does not hold"
    );
    let entry = 32;
    ensure!(catalog[entry] == 0x88, "the entry is not bootable");
    ensure!(catalog[entry + 1] == 0, "the entry wants a disk emulated");
    let sectors = usize::from(word(entry + 6));
    // VirtualBox takes 1 to 1024 (src/VBox/Devices/PC/BIOS/eltorito.c).
    ensure!((1..=1024).contains(&sectors), "{sectors} sectors to load");
    let at = u32::from_le_bytes(catalog[entry + 8..entry + 12].try_into()?);
    Ok(BootEntry { image: sector(at.into(), sectors * 512)?, segment: word(entry + 2) })
}
