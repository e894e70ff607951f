//! The appliance: its manifest and the stream-optimized disk inside.
//!
//! Source of the offsets: VMware, "Virtual Disk Format 5.0", `struct SparseExtentHeader` and
//! `struct GrainMarker`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::ZlibDecoder;
use sha2::{Digest, Sha256};

use crate::medium::{Medium, bytes_at};

const SECTOR: u64 = 512;

/// The disk of the appliance, after its manifest was found to hold.
///
/// # Errors
///
/// No OVF as the first file, a file that the manifest does not name or whose SHA-256 is
/// another, a disk that is no stream-optimized VMDK.
pub fn disk(path: &Path) -> Result<Medium> {
    let mut files = BTreeMap::new();
    let mut first = None;
    for entry in tar::Archive::new(File::open(path)?).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        first.get_or_insert_with(|| name.clone());
        files.insert(name, content);
    }
    ensure!(first.is_some_and(|name| name.ends_with(".ovf")), "the OVF is not the first file of the appliance");
    let manifest = files
        .iter()
        .find(|(name, _)| name.ends_with(".mf"))
        .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
        .context("no manifest")?;
    for (name, content) in files.iter().filter(|(name, _)| !name.ends_with(".mf")) {
        let digits: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("SHA256({name})= {digits}");
        ensure!(manifest.lines().any(|found| found == line), "the manifest has no line {line:?}");
    }
    let vmdk = files.iter().find(|(name, _)| name.ends_with(".vmdk")).map(|(_, content)| content).context("no disk")?;
    stream_optimized(vmdk)
}

/// Reads a stream-optimized VMDK grain by grain through its directory and tables.
fn stream_optimized(vmdk: &[u8]) -> Result<Medium> {
    let mut file = Cursor::new(vmdk);
    let header = bytes_at(&mut file, 0, SECTOR as usize)?;
    let le32 = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("4 bytes"));
    let le64 = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("8 bytes"));
    ensure!(&header[..4] == b"KDMV", "no VMDK");
    ensure!(le32(8) & 0x3_0000 == 0x3_0000, "not compressed with markers");
    let (capacity, grain_sectors, directory) = (le64(12), le64(20), le64(56));
    let entries = u64::from(le32(44));

    let mut start = Vec::new();
    for grain in 0..capacity.div_ceil(grain_sectors) {
        let entry = |file: &mut Cursor<_>, offset: u64| -> Result<u64> {
            let bytes = bytes_at(file, offset, 4)?;
            Ok(u32::from_le_bytes(bytes.try_into().expect("4 bytes")).into())
        };
        let table = entry(&mut file, directory * SECTOR + grain / entries * 4)?;
        let sector = entry(&mut file, table * SECTOR + grain % entries * 4)?;
        let mut bytes = Vec::new();
        if sector != 0 {
            let marker = bytes_at(&mut file, sector * SECTOR, 12)?;
            let lba = u64::from_le_bytes(marker[..8].try_into().expect("8 bytes"));
            let size = u32::from_le_bytes(marker[8..].try_into().expect("4 bytes"));
            ensure!(lba == grain * grain_sectors, "a grain of another place");
            let packed = bytes_at(&mut file, sector * SECTOR + 12, size as usize)?;
            ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes)?;
        }
        bytes.resize((grain_sectors * SECTOR) as usize, 0);
        start.extend(bytes);
    }
    ensure!(vmdk[vmdk.len() - SECTOR as usize..].iter().all(|byte| *byte == 0), "no end-of-stream marker");
    Ok(Medium { reader: "tar, flate2", size: capacity * SECTOR, start })
}
