//! Tar archives that say nothing of who made them, where and when.

use anyhow::{Context, Result};
use tar::Header;

/// Bytes of the record that tar pads an archive to.
const RECORD: usize = 20 * 512;

/// What an archive says of one of its files.
pub struct Entry<'a> {
    /// Its path, relative, with `/` at the end for a folder.
    pub name: &'a str,
    /// Its permission bits.
    pub mode: u32,
    /// Its user and its group.
    pub owner: u64,
    /// When it was last changed, in seconds since 1970.
    pub time: u32,
}

impl<'a> Entry<'a> {
    /// A file that everybody may read, of owner 0.
    pub fn public(name: &'a str, time: u32) -> Self {
        Self { name, mode: 0o644, owner: 0, time }
    }
}

/// Appends one file or folder.
///
/// `header` comes with the archive's flavour (ustar, GNU), with another type than a regular file's
/// if it is none, and, for a sparse file, with its map.
///
/// # Errors
///
/// The name is too long for the flavour.
pub fn append(archive: &mut tar::Builder<Vec<u8>>, mut header: Header, entry: &Entry, content: &[u8]) -> Result<()> {
    header.set_path(entry.name).with_context(|| format!("no name for a file in an archive: {:?}", entry.name))?;
    header.set_size(content.len() as u64);
    header.set_mode(entry.mode);
    header.set_uid(entry.owner);
    header.set_gid(entry.owner);
    header.set_mtime(entry.time.into());
    header.set_cksum();
    archive.append(&header, content)?;
    Ok(())
}

/// Ends the archive, padded to whole records as GNU tar does.
///
/// # Errors
///
/// None in practice: the archive is in memory.
pub fn finish(archive: tar::Builder<Vec<u8>>) -> Result<Vec<u8>> {
    let mut bytes = archive.into_inner()?;
    bytes.resize(bytes.len().next_multiple_of(RECORD), 0);
    Ok(bytes)
}
