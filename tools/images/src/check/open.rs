//! The disk inside an image file, whatever the format.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use boot256_kit::file;
use flate2::read::GzDecoder;

use super::container;
use super::machine;
use super::medium::{Medium, bytes};

/// Opens an image by the name that `make all` gives its format.
///
/// # Errors
///
/// An unknown name, or whatever the reader objects to: a wrong signature, a header checksum that does not hold, a
/// missing second file.
pub fn open(path: &Path) -> Result<Medium> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.rsplit('.').next().unwrap_or_default() {
        "img" | "iso" => raw(path),
        "vmdk" if name.ends_with("-flat.vmdk") => raw(path),
        "vmdk" => vmdk(path),
        "qcow2" => qcow2(&file::read(path)?),
        "vhd" => vhd(&file::read(path)?),
        "vdi" => vdi(&file::read(path)?),
        "ova" => appliance(path),
        "tar" => qcow2(&container::file(path)?),
        "gz" => gce(path),
        _ => bail!("no reader for this name"),
    }
}

/// A raw file: the file is the disk.
fn raw(path: &Path) -> Result<Medium> {
    let file = File::open(path)?;
    Medium::of("std", file.metadata()?.len(), file)
}

/// Both kinds of VMDK, by qemu-img.
fn vmdk(path: &Path) -> Result<Medium> {
    let folder = tempfile::tempdir()?;
    let disk = folder.path().join("disk.raw");
    let mut convert = Command::new("qemu-img");
    convert.args(["convert", "-f", "vmdk", "-O", "raw"]).args([path, &disk]);
    let output = convert.output().context("qemu-img is missing (package qemu-utils): run 'make setup'")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(Medium { reader: "qemu-img", ..raw(&disk)? })
}

/// The disk of an appliance.
fn appliance(path: &Path) -> Result<Medium> {
    let files = container::files(File::open(path)?)?;
    let (name, content) = machine::disk_of(&files)?;
    let folder = tempfile::tempdir()?;
    let disk = folder.path().join(name);
    std::fs::write(&disk, content)?;
    Ok(Medium { reader: "tar, qemu-img", ..vmdk(&disk)? })
}

/// A qcow2 of version 3, by QEMU's `docs/interop/qcow2.rst`: two levels of tables. All numbers are big-endian.
fn qcow2(image: &[u8]) -> Result<Medium> {
    const OFFSET: u64 = 0x00FF_FFFF_FFFF_FE00;
    const COMPRESSED: u64 = 1 << 62;
    let number = |at: u64| Ok::<_, anyhow::Error>(u64::from_be_bytes(bytes(image, at)?));
    ensure!(bytes(image, 0)? == *b"QFI\xFB\0\0\0\x03", "no qcow2 of version 3");
    ensure!(number(8)? == 0 && number(72)? == 0, "another file below it, or features that a reader has to know");
    let (cluster, size, top) = (1u64 << (number(16)? & 0x1F), number(24)?, number(40)?);
    let mut start = Vec::new();
    for index in 0..size.div_ceil(cluster) {
        let (table, place) = (index / (cluster / 8), index % (cluster / 8));
        let table = number(top + 8 * table)? & OFFSET;
        let entry = if table == 0 { 0 } else { number(table + 8 * place)? };
        ensure!(entry & COMPRESSED == 0, "a compressed cluster");
        piece(&mut start, image, (entry & OFFSET != 0).then_some(entry & OFFSET), cluster)?;
    }
    Medium::of("its specification", size, start.as_slice())
}

/// A dynamic VDI, by VirtualBox's `VDICore.h`. All numbers are little-endian.
fn vdi(image: &[u8]) -> Result<Medium> {
    let word = |at: u64| Ok::<_, anyhow::Error>(u32::from_le_bytes(bytes(image, at)?));
    let uuid = |at: u64| bytes::<16>(image, at);
    ensure!([word(64)?, word(68)?, word(0x48)?] == [0xBEDA_107F, 0x1_0001, 0x190], "no VDI 1.1 with a long header");
    ensure!([word(0x4C)?, word(0x50)?] == [1, 0], "not dynamic");
    let (create, modify, none) = (uuid(0x188)?, uuid(0x198)?, [0; 16]);
    ensure!(create != none && modify != none && create != modify, "VirtualBox refuses a VDI whose UUIDs are zero");
    ensure!(uuid(0x1A8)? == none && uuid(0x1B8)? == none, "a disk below it");
    let geometry = [word(0x1C8)?, word(0x1CC)?, word(0x1D0)?, word(0x1D4)?];
    ensure!(geometry == [1, 64, 32, 512], "another geometry: {geometry:?}");
    let (map, data, sector, size) =
        (word(0x154)?, word(0x158)?, word(0x168)?, u64::from_le_bytes(bytes(image, 0x170)?));
    let (block, extra, blocks, used) = (word(0x178)?, word(0x17C)?, word(0x180)?, word(0x184)?);
    ensure!([sector, block, extra, blocks, used] == [512, 1 << 20, 0, 1, 1], "not one block of 1 MiB");
    let mut start = Vec::new();
    let place = u64::from(data) + u64::from(word(map.into())?) * u64::from(block);
    piece(&mut start, image, Some(place), block.into())?;
    Medium::of("VDICore.h", size, start.as_slice())
}

/// Appends a piece of a disk that is `place` bytes into its image, or zeros.
fn piece(disk: &mut Vec<u8>, image: &[u8], place: Option<u64>, length: u64) -> Result<()> {
    let (from, length) = (usize::try_from(place.unwrap_or_default())?, usize::try_from(length)?);
    match place {
        Some(_) => disk.extend(image.get(from..from + length).context("a piece of the disk is missing")?),
        None => disk.resize(disk.len() + length, 0),
    }
    Ok(())
}

/// A fixed VHD, by Microsoft's "Virtual Hard Disk Image Format Specification" 1.0. All numbers are big-endian.
fn vhd(image: &[u8]) -> Result<Medium> {
    let (disk, footer) = image.split_last_chunk::<512>().context("no footer")?;
    let sum = |part: &[u8]| part.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    ensure!(bytes(footer, 64)? == (!(sum(footer) - sum(&footer[64..68]))).to_be_bytes(), "the checksum does not hold");
    let size = (disk.len() as u64).to_be_bytes();
    for (field, at, expected) in [
        ("the signature", 0, &b"conectix"[..]),
        ("features: none but the reserved bit", 8, &[0, 0, 0, 2]),
        ("the version", 12, &[0, 1, 0, 0]),
        ("no dynamic header", 16, &[0xFF; 8]),
        ("the date, 14 November 2023 in seconds since 2000", 24, &(1_700_000_000u32 - 946_684_800).to_be_bytes()),
        // QEMU takes the size as it is, not from the geometry, by this creator (`block/vpc.c`).
        ("the creator", 28, b"qem2"),
        ("the original size", 40, &size),
        ("the size", 48, &size),
        ("the geometry: 602 cylinders, 4 heads, 17 sectors", 56, &[2, 0x5A, 4, 17]),
        ("fixed, as Azure wants it", 60, &[0, 0, 0, 2]),
        ("no saved state", 84, &[0; 428]),
    ] {
        ensure!(footer[at..].starts_with(expected), "another value: {field}");
    }
    Medium::of("its specification", disk.len() as u64, disk)
}

/// The sparse `disk.raw` in a compressed archive.
fn gce(path: &Path) -> Result<Medium> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path)?));
    let entry = archive.entries()?.next().context("an empty archive")??;
    ensure!(entry.path()?.as_os_str() == "disk.raw", "Google Cloud wants a file named disk.raw");
    let header = entry.header().as_gnu().context("Google Cloud wants the GNU flavour of tar")?;
    Medium::of("flate2, tar", header.real_size()?, entry)
}
