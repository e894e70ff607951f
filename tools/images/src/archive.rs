//! Tar archives that say nothing of who made them, where and when.

use anyhow::Result;
use tar::Header;

/// Bytes of the record that tar pads an archive to.
const RECORD: usize = 20 * 512;

/// Appends one regular file with owner 0, mode 644 and a given time in seconds since 1970.
///
/// `header` comes with the archive's flavour (ustar, GNU) and, for a sparse file, its map.
///
/// # Errors
///
/// The name is too long for the flavour.
pub fn append(
    archive: &mut tar::Builder<Vec<u8>>,
    mut header: Header,
    name: &str,
    content: &[u8],
    time: u32,
) -> Result<()> {
    header.set_path(name)?;
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(time.into());
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
