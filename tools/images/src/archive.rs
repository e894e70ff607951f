//! Tar archives that say nothing of who made them, where and when.

use anyhow::{Context, Result};
use tar::Header;

/// Bytes of the record that tar pads an archive to.
const RECORD: usize = 20 * 512;

/// The date in all images, in seconds since 1970 (`STAMP` of make/images.mk), and the same in the words of RFC 3339.
pub const TIME: u32 = 1_700_000_000;
/// See [`TIME`].
pub const DATE: &str = "2023-11-14T22:13:20Z";

/// Permission bits and owner of a file that everybody may read.
pub const PUBLIC: (u32, u64) = (0o644, 0);

/// Appends one file, or the folder whose `name` ends with `/`, with its permission bits and its user and group.
///
/// `header` comes with the archive's flavour (ustar, GNU), with another type than a regular file's
/// if it is none, and, for a sparse file, with its map.
///
/// # Errors
///
/// The name is too long for the flavour.
pub fn append(
    archive: &mut tar::Builder<Vec<u8>>,
    mut header: Header,
    name: &str,
    (mode, owner): (u32, u64),
    content: &[u8],
) -> Result<()> {
    header.set_path(name).with_context(|| format!("no name for a file in an archive: {name:?}"))?;
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mtime(TIME.into());
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
