//! The stream-optimized VMDK, by its directory and tables.
//!
//! Source of the offsets: VMware, "Virtual Disk Format 5.0", `struct SparseExtentHeader`,
//! `struct GrainMarker` and `struct MetaDataMarker`.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use flate2::read::ZlibDecoder;

use crate::archive::{LIMIT, all};
use crate::medium::Medium;

const SECTOR: u64 = 512;
/// In the header, in place of the directory: the footer has it.
const AT_END: u64 = u64::MAX;

/// What a header or a footer says.
struct Header {
    flags: u32,
    capacity: u64,
    grain: u64,
    descriptor: (u64, u64),
    table_entries: u32,
    directory: u64,
}

impl Header {
    fn at(vmdk: &[u8], sector: u64) -> Result<Self> {
        let bytes = sectors(vmdk, sector, 1)?;
        ensure!(&bytes[..4] == b"KDMV", "no VMDK");
        Ok(Self {
            flags: le32(bytes, 8),
            capacity: le64(bytes, 12),
            grain: le64(bytes, 20),
            descriptor: (le64(bytes, 28), le64(bytes, 36)),
            table_entries: le32(bytes, 44),
            directory: le64(bytes, 56),
        })
    }
}

/// Reads the whole disk, grain by grain.
///
/// # Errors
///
/// No VMDK of this kind, one without a footer or the end of the stream, a grain of another place, a
/// disk of more than 16 MiB.
pub fn disk(vmdk: &[u8]) -> Result<Medium> {
    let header = Header::at(vmdk, 0)?;
    ensure!(header.flags & 0x3_0000 == 0x3_0000, "not compressed with markers");
    ensure!(header.directory == AT_END, "the directory is not at the end, where 7-Zip looks for it");
    let (at, size) = header.descriptor;
    let descriptor = String::from_utf8_lossy(sectors(vmdk, at, size)?).into_owned();
    ensure!(descriptor.contains("createType=\"streamOptimized\""), "the descriptor is of another kind");

    // The last three sectors: a marker of the footer (type 3), the footer, the end of the stream (type 0).
    let end = (vmdk.len() as u64 / SECTOR).checked_sub(3).context("no footer")?;
    let markers = [(end, 3), (end + 2, 0)];
    for (at, kind) in markers {
        let marker = sectors(vmdk, at, 1)?;
        ensure!(le32(marker, 8) == 0 && le32(marker, 12) == kind, "no marker {kind} at sector {at}");
    }
    let footer = Header::at(vmdk, end + 1)?;
    let (capacity, grain, entries) = (footer.capacity, footer.grain, u64::from(footer.table_entries));
    ensure!((capacity, grain) == (header.capacity, header.grain), "header and footer differ");
    ensure!((1..=LIMIT / SECTOR).contains(&capacity), "a disk of {capacity} sectors");
    ensure!((1..=2048).contains(&grain) && entries > 0, "grains of {grain} sectors, {entries} in a table");

    let mut start = Vec::new();
    for index in 0..capacity.div_ceil(grain) {
        let table = entry(vmdk, footer.directory, index / entries)?;
        let place = entry(vmdk, table, index % entries)?;
        let mut bytes = Vec::new();
        if place != 0 {
            let marker = sectors(vmdk, place, 1)?;
            ensure!(le64(marker, 0) == index * grain, "a grain of another place");
            let from = usize::try_from(place * SECTOR + 12)?;
            let packed = vmdk.get(from..from + le32(marker, 8) as usize).context("a grain beyond the end")?;
            bytes = all(&mut ZlibDecoder::new(packed).take(grain * SECTOR + 1))?;
        }
        ensure!(bytes.len() as u64 <= grain * SECTOR, "a grain of {} bytes", bytes.len());
        bytes.resize(usize::try_from(grain * SECTOR)?, 0);
        start.extend(bytes);
    }
    start.truncate(usize::try_from(capacity * SECTOR)?);
    Ok(Medium { reader: "tar, flate2", size: capacity * SECTOR, start })
}

/// A number of a directory or a table that begins at a sector.
fn entry(vmdk: &[u8], sector: u64, index: u64) -> Result<u64> {
    let at = sector.checked_mul(SECTOR).and_then(|at| at.checked_add(index * 4)).context("a table beyond the end")?;
    let at = usize::try_from(at)?;
    let bytes = vmdk.get(at..).and_then(|rest| rest.first_chunk()).context("a table beyond the end")?;
    Ok(u32::from_le_bytes(*bytes).into())
}

fn sectors(vmdk: &[u8], at: u64, count: u64) -> Result<&[u8]> {
    let range = at.checked_mul(SECTOR).zip(at.checked_add(count).and_then(|end| end.checked_mul(SECTOR)));
    let (from, to) = range.context("a sector beyond the end")?;
    vmdk.get(usize::try_from(from)?..usize::try_from(to)?).with_context(|| format!("sector {at} is beyond the end"))
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}
