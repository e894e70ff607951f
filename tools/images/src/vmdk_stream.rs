//! The stream-optimized VMDK, the only disk format that an OVA may carry.
//!
//! qemu-img writes one too, but not the end-of-stream marker that the format asks for, and its
//! bytes hang on the zlib it was built with. The layout here is the one of VMware's open-vmdk:
//! header, descriptor, grain directory, one grain table, grains, end of stream.
//!
//! Source: VMware, "Virtual Disk Format 5.0", section "Stream-Optimized Compressed Sparse
//! Extents". All numbers are little-endian, and all positions and sizes are in sectors.

use std::io::Write;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::disk::{HEADS, SECTOR, SECTORS_PER_TRACK};
use crate::identity::Identity;

/// Sectors of a grain, the unit of compression: 64 KiB, the format's default.
const GRAIN: usize = 128;
/// Entries of a grain table, 4 bytes each.
const TABLE_ENTRIES: usize = 512;

const DESCRIPTOR_AT: usize = 1;
const DESCRIPTOR_SIZE: usize = 20;
const DIRECTORY_AT: usize = DESCRIPTOR_AT + DESCRIPTOR_SIZE;
const TABLE_AT: usize = DIRECTORY_AT + 1;
const GRAINS_AT: usize = TABLE_AT + TABLE_ENTRIES * 4 / SECTOR;

/// Writes `disk` as a stream-optimized VMDK that calls itself `name`.
///
/// # Errors
///
/// `disk` is not a whole number of grains, or more than one table holds (32 MiB).
pub fn write(disk: &[u8], name: &str, identity: &Identity) -> Result<Vec<u8>> {
    ensure!(
        disk.len().is_multiple_of(GRAIN * SECTOR) && disk.len() <= TABLE_ENTRIES * GRAIN * SECTOR,
        "{} bytes are not a disk of 1 to {TABLE_ENTRIES} grains",
        disk.len()
    );
    let mut image = vec![0; GRAINS_AT * SECTOR];
    put(&mut image, 0, &header(disk.len() / SECTOR));
    let descriptor = descriptor(disk.len() / SECTOR, name, identity);
    ensure!(descriptor.len() <= DESCRIPTOR_SIZE * SECTOR, "the descriptor is too long");
    put(&mut image, DESCRIPTOR_AT * SECTOR, descriptor.as_bytes());
    put(&mut image, DIRECTORY_AT * SECTOR, &le32(TABLE_AT));
    for (index, grain) in disk.chunks(GRAIN * SECTOR).enumerate() {
        // A grain of zeros has no place in the file; its table entry stays 0.
        if grain.iter().all(|byte| *byte == 0) {
            continue;
        }
        let sector = image.len() / SECTOR;
        put(&mut image, TABLE_AT * SECTOR + index * 4, &le32(sector));
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(grain)?;
        let packed = encoder.finish()?;
        image.extend(((index * GRAIN) as u64).to_le_bytes());
        image.extend(le32(packed.len()));
        image.extend(packed);
        image.resize(image.len().next_multiple_of(SECTOR), 0);
    }
    // End of stream: a marker of no size and type 0, which is a sector of zeros.
    image.resize(image.len() + SECTOR, 0);
    Ok(image)
}

/// The sparse extent header, `struct SparseExtentHeader`.
fn header(capacity: usize) -> Vec<u8> {
    const NEWLINE_TEST: usize = 1;
    const COMPRESSED: usize = 1 << 16;
    const MARKERS: usize = 1 << 17;
    let le64 = |number: usize| (number as u64).to_le_bytes();
    let mut header = Vec::new();
    header.extend(b"KDMV");
    header.extend(le32(3)); // version of a compressed extent; 1 is "too old" for VMware's importers
    header.extend(le32(NEWLINE_TEST | COMPRESSED | MARKERS));
    header.extend(le64(capacity));
    header.extend(le64(GRAIN));
    header.extend(le64(DESCRIPTOR_AT));
    header.extend(le64(DESCRIPTOR_SIZE));
    header.extend(le32(TABLE_ENTRIES));
    header.extend(le64(0)); // no redundant directory
    header.extend(le64(DIRECTORY_AT));
    header.extend(le64(GRAINS_AT));
    header.push(0); // shut down cleanly
    header.extend(b"\n \r\n"); // shows whether a transfer took the file for a text
    header.extend([1, 0]); // deflate
    header
}

/// The descriptor, with the geometry of [`crate::disk`].
fn descriptor(sectors: usize, name: &str, identity: &Identity) -> String {
    let cid = identity.number("ova");
    let cylinders = sectors / HEADS / SECTORS_PER_TRACK;
    format!(
        "# Disk DescriptorFile
version=1
CID={cid:08x}
parentCID=ffffffff
createType=\"streamOptimized\"

# Extent description
RW {sectors} SPARSE \"{name}\"

# The Disk Data Base
#DDB

ddb.virtualHWVersion = \"4\"
ddb.geometry.cylinders = \"{cylinders}\"
ddb.geometry.heads = \"{HEADS}\"
ddb.geometry.sectors = \"{SECTORS_PER_TRACK}\"
ddb.adapterType = \"lsilogic\"
"
    )
}

fn le32(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("32 MiB have no such sector").to_le_bytes()
}

fn put(image: &mut [u8], at: usize, bytes: &[u8]) {
    image[at..at + bytes.len()].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(disk: &[u8]) -> Vec<u8> {
        write(disk, "disk.vmdk", &Identity::of(disk)).unwrap()
    }

    #[test]
    fn header_has_the_formats_length_up_to_its_padding() {
        // 12 fields of the structure before `pad[433]`.
        assert_eq!(header(2048).len(), SECTOR - 433);
    }

    #[test]
    fn only_grains_with_content_are_in_the_file() {
        let mut disk = vec![0; 4 * GRAIN * SECTOR];
        assert_eq!(stream(&disk).len(), (GRAINS_AT + 1) * SECTOR);
        disk[2 * GRAIN * SECTOR] = 1;
        let image = stream(&disk);
        let entry = |n: usize| {
            let at = TABLE_AT * SECTOR + n * 4;
            u32::from_le_bytes(image[at..at + 4].try_into().unwrap()) as usize
        };
        assert_eq!([entry(0), entry(1), entry(2), entry(3)], [0, 0, GRAINS_AT, 0]);
        let marker = GRAINS_AT * SECTOR;
        assert_eq!(image[marker..marker + 8], (2 * GRAIN as u64).to_le_bytes());
    }

    #[test]
    fn ends_with_an_end_of_stream_marker() {
        let image = stream(&vec![0xA5; GRAIN * SECTOR]);
        assert_eq!(image.len() % SECTOR, 0);
        assert_eq!(image[image.len() - SECTOR..], [0; SECTOR]);
    }

    #[test]
    fn refuses_a_disk_it_has_no_table_for() {
        let identity = Identity::of(b"");
        assert!(write(&vec![0; SECTOR], "d", &identity).is_err());
        assert!(write(&vec![0; (TABLE_ENTRIES + 1) * GRAIN * SECTOR], "d", &identity).is_err());
    }
}
