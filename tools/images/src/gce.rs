//! The archive that Google Cloud makes an image of: `disk.raw` in a gzip-compressed tar file.
//!
//! The rules, each with where it was learnt (none was run on Google Cloud):
//! - the file is called `disk.raw`: "It should be named disk.raw" (lf-edge/eve, pull request 1289);
//! - its size is a multiple of 1 GB (rancher/os issue 1998 quotes the documentation;
//!   rancher/elemental-toolkit pull request 406 was tried);
//! - the tar flavour is old GNU, else "The tar archive is not a valid image"
//!   (google/netbsd-gce, pull request 4, which quotes the documentation's `tar --format=oldgnu -Sczf`);
//! - the archive's name ends in `.tar.gz` (`gcloud compute images create --help`, quoted in
//!   osbuild/image-builder, pull request 987).

use std::io::Write;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use crate::archive::{self, PUBLIC};

/// Bytes of `disk.raw`: the smallest multiple of 1 GiB. All but the first are a hole.
pub const DISK_RAW_SIZE: u64 = 1 << 30;

/// Packs `disk` as the start of a `disk.raw` of [`DISK_RAW_SIZE`] bytes.
///
/// The archive holds the disk and a map, as GNU tar's `--sparse` does: no file of 1 GiB is
/// ever written here.
///
/// # Errors
///
/// None in practice: everything is in memory.
pub fn pack(disk: &[u8]) -> Result<Vec<u8>> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNUSparse);
    let map = header.as_gnu_mut().context("a GNU header")?;
    map.sparse[0].set_offset(0);
    map.sparse[0].set_length(disk.len() as u64);
    // GNU tar closes the map of a file that ends in a hole by an empty piece at the end.
    map.sparse[1].set_offset(DISK_RAW_SIZE);
    map.sparse[1].set_length(0);
    map.set_real_size(DISK_RAW_SIZE);

    let mut tar = tar::Builder::new(Vec::new());
    archive::append(&mut tar, header, "disk.raw", PUBLIC, disk)?;
    let tar = archive::finish(tar)?;

    // No name and no time in the gzip header: the tar file has them.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&tar)?;
    Ok(gzip.finish()?)
}
