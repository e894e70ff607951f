//! A disk as a guest would see it.

use std::io::Read;

use anyhow::{Context, Result};

/// How much of a disk [`Medium::start`] holds at most: all that any image has content in.
const START: u64 = 1 << 20;
/// Where the four partition entries of an MBR are, and the bytes of one.
const TABLE_AT: usize = 446;
const ENTRY: usize = 16;

/// What a reader has found in an image.
pub struct Medium {
    /// What opened the image.
    pub reader: &'static str,
    /// Bytes of the disk.
    pub size: u64,
    /// The first bytes of the disk, up to 1 MiB.
    pub start: Vec<u8>,
}

impl Medium {
    /// A disk of `size` bytes that begins as `source` does.
    pub fn of(reader: &'static str, size: u64, source: impl Read) -> Result<Self> {
        let mut start = Vec::new();
        source.take(START).read_to_end(&mut start)?;
        Ok(Self { reader, size, start })
    }

    /// The partition entries in use: 80h if it is the one to boot, type, first sector, number of sectors.
    pub fn partitions(&self) -> Vec<[u32; 4]> {
        let number = |entry: &[u8], at: usize| u32::from_le_bytes(std::array::from_fn(|index| entry[at + index]));
        let read = |entry: &[u8]| [entry[0].into(), entry[4].into(), number(entry, 8), number(entry, 12)];
        self.start[TABLE_AT..TABLE_AT + 4 * ENTRY].chunks(ENTRY).map(read).filter(|entry| entry[1] != 0).collect()
    }
}

/// `N` bytes of a file's content.
pub fn bytes<const N: usize>(content: &[u8], at: u64) -> Result<[u8; N]> {
    let rest = usize::try_from(at).ok().and_then(|at| content.get(at..));
    rest.and_then(|rest| rest.first_chunk()).copied().with_context(|| format!("it ends before byte {at}"))
}
