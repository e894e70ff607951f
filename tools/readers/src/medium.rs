//! The disk inside an image file, whatever the format.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use imago::{FormatAccess, FormatDriverBuilder, PermissiveImplicitOpenGate};
use mbrman::{MBRHeader, MBRPartitionEntry};

use crate::{appliance, archive, container, stream_vmdk};

/// How much of a disk [`Medium::start`] holds at most: all that any image has content in.
const START: usize = 1 << 20;

/// A disk as a guest would see it.
pub struct Medium {
    /// What opened the image: a crate or the name of a module here.
    pub reader: &'static str,
    /// Bytes of the disk.
    pub size: u64,
    /// The first bytes of the disk, up to 1 MiB.
    pub start: Vec<u8>,
}

impl Medium {
    /// Opens an image by the name that `make all` gives its format.
    ///
    /// # Errors
    ///
    /// An unknown name, or whatever the reader objects to: a wrong signature, a header
    /// checksum that does not hold, a missing second file.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = name.rsplit('.').next().unwrap_or_default();
        match extension {
            "img" | "iso" => raw(path),
            "qcow2" => qcow2(path),
            "vmdk" if name.ends_with("-flat.vmdk") => raw(path),
            "vmdk" if name.ends_with("-stream.vmdk") => stream_vmdk::disk(&archive::all(&mut File::open(path)?)?),
            "vmdk" => vmdk(path),
            "vhd" => vhd(path),
            "vdi" => vdi(path),
            "ova" => appliance::disk(path),
            "tar" => container::disk(path),
            "gz" => gce(path),
            _ => bail!("no reader for this name"),
        }
        .with_context(|| path.display().to_string())
    }

    /// The partition entries in use, by mbrman.
    ///
    /// The header alone: for a whole MBR the crate computes an alignment too, and panics where an entry
    /// begins at sector 0.
    ///
    /// # Errors
    ///
    /// The first sector has no boot signature.
    pub fn partitions(&self) -> Result<Vec<MBRPartitionEntry>> {
        let header = MBRHeader::read_from(&mut std::io::Cursor::new(&self.start))?;
        Ok(header.iter().map(|(_, entry)| entry.clone()).filter(MBRPartitionEntry::is_used).collect())
    }
}

/// A raw file: the file is the disk.
fn raw(path: &Path) -> Result<Medium> {
    let mut file = File::open(path)?;
    Ok(Medium { reader: "file", size: file.metadata()?.len(), start: head(&mut file)? })
}

fn qcow2(path: &Path) -> Result<Medium> {
    let image =
        imago::qcow2::Qcow2::<imago::file::File>::builder_path(path).open(PermissiveImplicitOpenGate::default())?;
    by_imago(FormatAccess::new(image))
}

/// A descriptor and the flat extent it names.
fn vmdk(path: &Path) -> Result<Medium> {
    let image =
        imago::vmdk::Vmdk::<imago::file::File>::builder_path(path).open(PermissiveImplicitOpenGate::default())?;
    by_imago(FormatAccess::new(image))
}

fn by_imago(image: FormatAccess<imago::file::File>) -> Result<Medium> {
    let size = image.size();
    let mut start = vec![0; START.min(usize::try_from(size)?)];
    image.read(&mut start, 0)?;
    Ok(Medium { reader: "imago", size, start })
}

/// A fixed VHD; the crate compares the footer's checksum.
fn vhd(path: &Path) -> Result<Medium> {
    let mut image = vhd::VhdReader::open(path)?;
    ensure!(image.disk_type() == vhd::DiskType::Fixed, "not a fixed VHD: Azure takes no other");
    Ok(Medium { reader: "vhd", size: image.virtual_disk_size(), start: head(&mut image)? })
}

/// A dynamic VDI.
///
/// The crate believes the header, divides by the block size and makes room for all the blocks that it names. So
/// both are looked at first (VirtualBox, `VDICore.h`: the blocks' size at 178h, their number at 180h).
fn vdi(path: &Path) -> Result<Medium> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let header = bytes_at(&mut file, 0, 0x190)?;
    let number = |at: usize| u64::from(u32::from_le_bytes(std::array::from_fn(|index| header[at + index])));
    let (size, blocks) = (number(0x178), number(0x180));
    ensure!(
        blocks * 4 <= length && (512..=archive::LIMIT).contains(&size),
        "{blocks} blocks of {size} bytes in {length} bytes"
    );
    let mut image = vdi::VdiDisk::open(Box::new(File::open(path)?))?;
    ensure!(
        !image.header.uuid_image.is_nil() && !image.header.uuid_last_snap.is_nil(),
        "VirtualBox refuses a VDI whose UUIDs are zero"
    );
    Ok(Medium { reader: "vdi", size: image.header.disk_size, start: head(&mut image)? })
}

/// The sparse `disk.raw` in a compressed archive.
fn gce(path: &Path) -> Result<Medium> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path)?));
    let mut entry = archive.entries()?.next().context("an empty archive")??;
    ensure!(entry.path()?.as_os_str() == "disk.raw", "Google Cloud wants a file named disk.raw");
    ensure!(entry.header().as_gnu().is_some(), "Google Cloud wants the GNU flavour of tar");
    let size = entry.header().as_gnu().context("a GNU header")?.real_size()?;
    Ok(Medium { reader: "flate2, tar", size, start: head(&mut entry)? })
}

/// The first [`START`] bytes, or fewer if there are no more.
pub(crate) fn head(source: &mut impl Read) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    source.take(START as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads exactly `length` bytes at `offset`.
pub(crate) fn bytes_at(source: &mut (impl Read + Seek), offset: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    source.seek(SeekFrom::Start(offset))?;
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}
