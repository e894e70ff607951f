//! The raw disk that every other image is made of, and the raw floppy.

use std::path::Path;

use anyhow::{Result, ensure};
use boot256_kit::file;

use crate::{fat, program};

/// Bytes of a sector, everywhere in this crate.
pub const SECTOR: usize = 512;

/// Bytes of the raw disk: one cylinder of [`HEADS`] heads and [`SECTORS_PER_TRACK`] sectors,
/// 2048 sectors in all.
///
/// SeaBIOS needs at least 1008 sectors (16 heads of 63): below that its translated geometry has
/// no cylinder and the boot sector of a SCSI, NVMe, USB or virtio disk cannot be read (SeaBIOS,
/// `src/block.c`, `setup_translation`).
pub const DISK_SIZE: usize = HEADS * SECTORS_PER_TRACK * SECTOR;

/// Heads of the raw disk's geometry, the one that ZIP drives, isohybrid and iPXE use.
pub const HEADS: usize = 64;

/// Sectors on a track of the raw disk.
pub const SECTORS_PER_TRACK: usize = 32;

/// Bytes of a 3.5 inch high density floppy: 80 cylinders, 2 heads, 18 sectors.
pub const FLOPPY_SIZE: usize = 80 * 2 * 18 * SECTOR;

/// Where a boot sector carries its signature, and the signature.
const SIGNATURE_AT: usize = 510;
const SIGNATURE: [u8; 2] = [0x55, 0xAA];

/// Where the first of the four partition entries is.
const ENTRY_AT: usize = 446;

/// The sector in which the partition starts.
const PARTITION: usize = SECTORS_PER_TRACK;

/// The one partition entry: active, from the second track to the end of the cylinder.
///
/// UEFI firmware finds its program there ([`fat`]). BIOSes exist that list a USB stick only when its table has exactly
/// one active entry of a type other than 0 (docs/formats.md names them). Both ends are given as cylinder, head, sector
/// and as a sector count, and agree.
const ENTRY: [u8; 16] = {
    const START: u32 = PARTITION as u32;
    let [s0, s1, s2, s3] = START.to_le_bytes();
    let [c0, c1, c2, c3] = ((DISK_SIZE / SECTOR) as u32 - START).to_le_bytes();
    let (last_head, last_sector) = (HEADS as u8 - 1, SECTORS_PER_TRACK as u8);
    // Active, from head 1, sector 1, cylinder 0; EF is an EFI system partition; to the end of cylinder 0.
    [0x80, 1, 1, 0, 0xEF, last_head, last_sector, 0, s0, s1, s2, s3, c0, c1, c2, c3]
};

/// A boot sector: the program, zeros, the signature. No partition.
fn sector(program: &[u8; program::SIZE]) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    sector[..program.len()].copy_from_slice(program);
    sector[SIGNATURE_AT..].copy_from_slice(&SIGNATURE);
    sector
}

/// The raw disk: [`DISK_SIZE`] bytes. Behind the first sector there is the program for UEFI, `efi`, and else zeros.
///
/// # Errors
///
/// `efi` is too long.
pub fn raw(program: &[u8; program::SIZE], efi: &[u8]) -> Result<Vec<u8>> {
    let mut disk = vec![0; DISK_SIZE];
    disk[..SECTOR].copy_from_slice(&sector(program));
    disk[ENTRY_AT..ENTRY_AT + ENTRY.len()].copy_from_slice(&ENTRY);
    let volume = fat::volume(efi, PARTITION)?;
    disk[PARTITION * SECTOR..][..volume.len()].copy_from_slice(&volume);
    Ok(disk)
}

/// The raw floppy: [`FLOPPY_SIZE`] bytes, all zero after the first sector.
///
/// It has no partition entry: a BIOS that finds one on a USB stick treats the stick as a hard
/// disk, and one was seen to corrupt a sector whose entry describes a floppy (docs/formats.md).
pub fn floppy(program: &[u8; program::SIZE]) -> Vec<u8> {
    let mut floppy = vec![0; FLOPPY_SIZE];
    floppy[..SECTOR].copy_from_slice(&sector(program));
    floppy
}

/// Reads the raw disk, and refuses what is none: another image, or half of one.
///
/// # Errors
///
/// The file is not [`DISK_SIZE`] bytes, or begins with no boot sector.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let disk = bootable(path)?;
    ensure!(
        disk.len() == DISK_SIZE,
        "{} is not the raw disk: it has {} bytes instead of {DISK_SIZE}",
        path.display(),
        disk.len()
    );
    Ok(disk)
}

/// Reads what a BIOS boots as it is: a disk, a floppy, a hybrid CD.
///
/// # Errors
///
/// The file begins with no boot sector, or has part of a sector at its end: it is an image in another
/// format, for another machine.
pub fn bootable(path: &Path) -> Result<Vec<u8>> {
    let disk = file::read(path)?;
    ensure!(
        disk.len().is_multiple_of(SECTOR) && disk.get(SIGNATURE_AT..SECTOR) == Some(&SIGNATURE),
        "{} is no raw disk: no boot sector at its start, or no whole number of sectors",
        path.display()
    );
    Ok(disk)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By cylinder, head and sector as by number. That SeaBIOS takes a disk of this size is in docs/formats.md.
    #[test]
    fn partition_ends_where_the_disk_does() {
        const { assert!(DISK_SIZE / SECTOR >= 16 * 63) };
        let disk = raw(&[0xF4; program::SIZE], b"MZ").unwrap();
        let entry = &disk[ENTRY_AT..ENTRY_AT + 16];
        let start = u32::from_le_bytes(entry[8..12].try_into().unwrap()) as usize;
        let count = u32::from_le_bytes(entry[12..16].try_into().unwrap()) as usize;
        assert_eq!((start + count) * SECTOR, DISK_SIZE);
        let chs = |at: usize| {
            (usize::from(entry[at + 2]) * HEADS + usize::from(entry[at])) * SECTORS_PER_TRACK
                + usize::from(entry[at + 1])
                - 1
        };
        assert_eq!((chs(1), chs(5)), (start, start + count - 1));
    }
}
