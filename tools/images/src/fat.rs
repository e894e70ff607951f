//! The file system that a UEFI firmware looks into: `EFI/BOOT/BOOTX64.EFI` and nothing else.
//!
//! Written here because mkfs.fat makes none so small, and mtools one with its own version in it and a partition table.
//! Sources: Microsoft, "FAT: General Overview of On-Disk Format" 1.03; UEFI Specification 2.10, 3.5.1.1 and 13.3.

use anyhow::{Result, ensure};

use crate::disk::{HEADS, SECTOR, SECTORS_PER_TRACK};

/// Sectors of the file system: one track, so that it lies before the file system of the CD, in 32 KiB that are free there.
pub const SECTORS: usize = SECTORS_PER_TRACK;

// Where its parts are, in sectors: the boot sector, two file allocation tables, the root folder. Behind them are the
// clusters, of one sector each, the first of which is number 2.
const FATS: usize = 2;
const ROOT: usize = 1 + FATS;
const CLUSTERS: usize = ROOT + 1;
/// The first two clusters are the folders, the next are the program.
const EFI: u16 = 2;
const BOOT: u16 = 3;
const PROGRAM: u16 = 4;
const END_OF_CHAIN: u16 = 0xFFF;

const LABEL: &[u8; 11] = b"BOOT256    ";
const VOLUME: u8 = 0x08;
const FOLDER: u8 = 0x10;
const READ_ONLY: u8 = 0x01;
/// 1980-01-01, the first day of this file system's calendar.
const DATE: u16 = 1 << 5 | 1;

/// The file system for a partition that starts at sector `hidden`.
///
/// # Errors
///
/// The program is too long.
pub fn volume(program: &[u8], hidden: usize) -> Result<Vec<u8>> {
    let mut volume = vec![0; SECTORS * SECTOR];
    let length = program.len().div_ceil(SECTOR);
    let last = usize::from(PROGRAM) + length - 1;
    ensure!(last - 2 + CLUSTERS < SECTORS, "a program of {} bytes is too long for the partition", program.len());
    volume[..SECTOR].copy_from_slice(&boot_sector(hidden));
    let mut next = vec![0xFF8, END_OF_CHAIN, END_OF_CHAIN, END_OF_CHAIN];
    next.extend((usize::from(PROGRAM) + 1..=last).map(|cluster| cluster as u16));
    next.extend([END_OF_CHAIN, 0]);
    for fat in 1..=FATS {
        // Two numbers of 12 bits are three bytes.
        for (bytes, pair) in volume[fat * SECTOR..].chunks_mut(3).zip(next.chunks_exact(2)) {
            let bits = u32::from(pair[0]) | u32::from(pair[1]) << 12;
            bytes.copy_from_slice(&bits.to_le_bytes()[..3]);
        }
    }
    let mut write = |sector: usize, bytes: &[u8]| volume[sector * SECTOR..][..bytes.len()].copy_from_slice(bytes);
    let cluster = |number: u16| usize::from(number) - 2 + CLUSTERS;
    write(ROOT, &[entry(LABEL, VOLUME, 0, 0), entry(b"EFI        ", FOLDER, EFI, 0)].concat());
    write(cluster(EFI), &[dots(EFI, 0), entry(b"BOOT       ", FOLDER, BOOT, 0)].concat());
    let file = entry(b"BOOTX64 EFI", READ_ONLY, PROGRAM, program.len());
    write(cluster(BOOT), &[dots(BOOT, EFI), file].concat());
    write(cluster(PROGRAM), program);
    Ok(volume)
}

fn boot_sector(hidden: usize) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    let word = |number: usize| (number as u16).to_le_bytes();
    let start = [
        &[0xEB, 0x3C, 0x90][..], // a jump, by which the sector is known; nobody makes it
        b"MSWIN4.1",             // what the specification recommends
        &word(SECTOR),
        &[1],     // sector a cluster
        &word(1), // sector before the tables
        &[FATS as u8],
        &word(SECTOR / 32), // entries of the root folder
        &word(SECTORS),
        &[0xF8],  // a fixed disk
        &word(1), // sector a table
        &word(SECTORS_PER_TRACK),
        &word(HEADS),
        &(hidden as u32).to_le_bytes(),
        &[0; 4],
        &[0x80, 0, 0x29],          // BIOS drive; three fields follow:
        &[0x56, 0x02, 0x07, 0xB0], // the serial number, B007-0256
        LABEL,
        b"FAT12   ",
        // Where a BIOS runs this sector after all: INT 18h, "no boot device", and stop.
        &[0xCD, 0x18, 0xF4, 0xEB, 0xFD],
    ]
    .concat();
    sector[..start.len()].copy_from_slice(&start);
    sector[SECTOR - 2..].copy_from_slice(&[0x55, 0xAA]);
    sector
}

/// A folder's first two entries: itself and the one it is in.
fn dots(own: u16, parent: u16) -> Vec<u8> {
    [entry(b".          ", FOLDER, own, 0), entry(b"..         ", FOLDER, parent, 0)].concat()
}

fn entry(name: &[u8; 11], attributes: u8, cluster: u16, size: usize) -> Vec<u8> {
    let date = DATE.to_le_bytes();
    let zero = [0; 2];
    [
        &name[..],
        &[attributes, 0, 0],
        &zero, // time
        &date, // made
        &date, // last read
        &zero,
        &zero, // time
        &date, // last written
        &cluster.to_le_bytes(),
        &(size as u32).to_le_bytes(),
    ]
    .concat()
}
