//! The stream-optimized VMDK: a disk in one compressed file, which an OVA, a content library,
//! `govc import.vmdk` and an image service take.
//!
//! qemu-img writes one too, but its bytes hang on the zlib it was built with, and it leaves out what
//! the format has for readers of a stream. The layout is the format's own: header, descriptor,
//! grains, and behind them, each after a marker, grain table, grain directory and footer, then the
//! end of the stream. The header says that the directory is at the end; the footer says where.
//!
//! Source: VMware, "Virtual Disk Format 5.0", section "Stream-Optimized Compressed Sparse
//! Extents". All numbers are little-endian, and all positions and sizes are in sectors.

use std::io::Write;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::disk::SECTOR;
use crate::identity::Identity;
use crate::vmdk;

/// Sectors of a grain, the unit of compression: 64 KiB, the format's default.
const GRAIN: usize = 128;
/// Entries of a grain table, 4 bytes each.
const TABLE_ENTRIES: usize = 512;
const TABLE_SECTORS: usize = TABLE_ENTRIES * 4 / SECTOR;

const DESCRIPTOR_AT: usize = 1;
/// As VMware writes it: room for twenty sectors of text.
const DESCRIPTOR_SIZE: usize = 20;
/// Where the first grain is: grains begin at whole multiples of their own size.
const GRAINS_AT: usize = GRAIN;

/// In the header, in the place of the directory: it is at the end, see the footer.
const DIRECTORY_AT_END: u64 = u64::MAX;

/// What a marker says is behind it.
#[derive(Clone, Copy)]
enum Marker {
    EndOfStream = 0,
    GrainTable = 1,
    GrainDirectory = 2,
    Footer = 3,
}

/// Writes the raw disk as a stream-optimized VMDK that calls itself `name`.
///
/// # Errors
///
/// None in practice: everything is in memory.
pub fn write(disk: &[u8], name: &str, identity: &Identity, purpose: &str) -> Result<Vec<u8>> {
    let sectors = disk.len() / SECTOR;
    let extent = format!("RW {sectors} SPARSE \"{name}\"");
    let descriptor = vmdk::descriptor("streamOptimized", &extent, identity, purpose);
    ensure!(descriptor.len() <= DESCRIPTOR_SIZE * SECTOR, "the descriptor is too long");
    let mut image = header(sectors, DIRECTORY_AT_END);
    image.extend(descriptor.as_bytes());
    image.resize(GRAINS_AT * SECTOR, 0);

    let mut table = vec![0; TABLE_ENTRIES];
    for (index, grain) in disk.chunks(GRAIN * SECTOR).enumerate() {
        // A grain of zeros has no place in the file; its table entry stays 0.
        if grain.iter().all(|byte| *byte == 0) {
            continue;
        }
        table[index] = position(&image);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(grain)?;
        let packed = encoder.finish()?;
        image.extend(((index * GRAIN) as u64).to_le_bytes());
        image.extend(number(packed.len()).to_le_bytes());
        image.extend(packed);
        fill_sector(&mut image);
    }

    mark(&mut image, Marker::GrainTable, TABLE_SECTORS);
    let table_at = position(&image);
    image.extend(table.iter().flat_map(|entry| entry.to_le_bytes()));
    mark(&mut image, Marker::GrainDirectory, 1);
    let directory_at = position(&image);
    image.extend(table_at.to_le_bytes());
    fill_sector(&mut image);
    mark(&mut image, Marker::Footer, 1);
    image.extend(header(sectors, directory_at.into()));
    mark(&mut image, Marker::EndOfStream, 0);
    Ok(image)
}

/// The sparse extent header, `struct SparseExtentHeader`: a sector. The footer is another of them.
fn header(capacity: usize, directory: u64) -> Vec<u8> {
    const NEWLINE_TEST: u32 = 1;
    const COMPRESSED: u32 = 1 << 16;
    const MARKERS: u32 = 1 << 17;
    let le64 = |number: usize| (number as u64).to_le_bytes();
    let mut header = Vec::new();
    header.extend(b"KDMV");
    header.extend(3u32.to_le_bytes()); // version of a compressed extent; 1 is "too old" for VMware's importers
    header.extend((NEWLINE_TEST | COMPRESSED | MARKERS).to_le_bytes());
    header.extend(le64(capacity));
    header.extend(le64(GRAIN));
    header.extend(le64(DESCRIPTOR_AT));
    header.extend(le64(DESCRIPTOR_SIZE));
    header.extend(number(TABLE_ENTRIES).to_le_bytes());
    header.extend(le64(0)); // no redundant directory
    header.extend(directory.to_le_bytes());
    header.extend(le64(GRAINS_AT));
    header.push(0); // shut down cleanly
    header.extend(b"\n \r\n"); // shows whether a transfer took the file for a text
    header.extend([1, 0]); // deflate
    header.resize(SECTOR, 0);
    header
}

/// A marker, `struct MetaDataMarker`: a sector that says what the next `sectors` are.
fn mark(image: &mut Vec<u8>, marker: Marker, sectors: usize) {
    image.extend((sectors as u64).to_le_bytes());
    image.extend(0u32.to_le_bytes()); // no size: not a grain
    image.extend((marker as u32).to_le_bytes());
    fill_sector(image);
}

fn fill_sector(image: &mut Vec<u8>) {
    image.resize(image.len().next_multiple_of(SECTOR), 0);
}

/// The sector that what is appended next begins with.
fn position(image: &[u8]) -> u32 {
    number(image.len() / SECTOR)
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("no more than 32 MiB and their tables")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::DISK_SIZE;

    /// What qemu-img reads past and a reader of a stream goes by: the markers, the footer. That only grains with
    /// content are in the file, too.
    #[test]
    fn behind_the_grains_come_table_directory_footer_and_end() {
        let mut disk = vec![0; DISK_SIZE];
        disk[2 * GRAIN * SECTOR] = 1;
        let image = write(&disk, "disk.vmdk", &Identity::of(&disk), "test").unwrap();
        let end = image.len() / SECTOR;
        let sector = |at: usize| &image[at * SECTOR..][..SECTOR];
        for (at, kind, sectors) in [(end - 10, 1u8, 4u8), (end - 5, 2, 1), (end - 3, 3, 1), (end - 1, 0, 0)] {
            let mut marker = [0; SECTOR];
            (marker[0], marker[12]) = (sectors, kind);
            assert_eq!(sector(at), marker, "marker {kind}");
        }
        let word = |at: usize, n: usize| u32::from_le_bytes(sector(at)[n * 4..][..4].try_into().unwrap()) as usize;
        assert_eq!(word(end - 4, 0), end - 9, "the directory's table");
        assert_eq!([0, 1, 2, 3].map(|n| word(end - 9, n)), [0, 0, GRAINS_AT, 0]);
        assert_eq!(sector(GRAINS_AT)[..8], (2 * GRAIN as u64).to_le_bytes());
        // Nothing but the place of the directory is another in the footer than in the header.
        let mut expected = sector(0).to_vec();
        assert_eq!(expected[56..64], [0xFF; 8]);
        expected[56..64].copy_from_slice(&((end - 4) as u64).to_le_bytes());
        assert_eq!(sector(end - 2), expected);
    }

    /// `struct SparseExtentHeader` of 2048 sectors: version 3; the newline test, compressed grains, markers; grains of
    /// 128; descriptor at 1, of 20; tables of 512; the directories' places; 128 of overhead; text test, deflate.
    #[test]
    fn header_says_what_a_streams_reader_acts_on() {
        const HEADER: [u64; 10] = [3 << 32 | 0x564D_444B, 0x3_0001, 2048, 128, 1, 20, 512, 0, 0x0102, 128];
        let header = header(2048, 0x0102);
        let (mut at, mut found) = (0, [0; 10]);
        for (field, size) in found.iter_mut().zip([8, 4, 8, 8, 8, 8, 4, 8, 8, 8]) {
            *field = header[at..at + size].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            at += size;
        }
        assert_eq!(found, HEADER);
        assert_eq!(header[72..79], *b"\0\n \r\n\x01\0");
        assert!(header[79..].iter().all(|byte| *byte == 0));
    }
}
