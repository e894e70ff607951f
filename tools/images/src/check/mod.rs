//! `make check`: is the program in every image, and whole?
//!
//! Each image is opened by a reader that did not make it. What the code of this crate writes is read by qemu-img and by
//! other crates, what qemu-img writes by a reader after the format's specification here. They are for the project's own
//! images: another maker's may be right and refused.

mod container;
mod iso;
mod machine;
mod medium;
mod open;

use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use boot256_kit::file;

use crate::formats::{FORMATS, Format};
use crate::{fat, program};

/// The one entry of the partition table of [`crate::disk::raw`], as [`medium::Medium::partitions`] has it.
const PARTITION: [u32; 4] = [0x80, 0xEF, 32, 2016];

/// Where its file system is.
const FAT: Range<usize> = 32 * 512..(32 + fat::SECTORS) * 512;

/// Looks at every image in `build` and writes a line on each to `out`; gives whether all are good.
///
/// # Errors
///
/// `out` cannot be written to.
pub fn run(build: &Path, out: &mut impl Write) -> Result<bool> {
    let mut good = true;
    let mut report = |name: &str, result: Result<String>| {
        let line = result.unwrap_or_else(|error| {
            good = false;
            format!("BAD  {error:#}")
        });
        writeln!(out, "{name:<16} {line}").context("cannot write to standard output")
    };
    let boot = program::read(&build.join("boot.bin"));
    let boot = match boot {
        Ok(boot) => boot,
        Err(error) => return report("boot.bin", Err(error)).map(|()| false),
    };
    report("boot.bin", Ok(format!("ok   {:>10} bytes", program::SIZE)))?;
    report("boot.efi", file::read(&build.join("boot.efi")).map(|efi| format!("ok   {:>10} bytes", efi.len())))?;
    for format in FORMATS.iter().filter(|format| format.disk > 0) {
        report(format.file, image(build, format, &boot))?;
    }
    let fields = |()| "ok   each field that a hypervisor acts on, by roxmltree".into();
    report("boot.ova", machine::appliance(&build.join("boot.ova")).map(fields))?;
    report("boot256.xml", machine::domain(&build.join("boot256.xml")).map(fields))?;
    Ok(good)
}

/// An image has the disk it should have, and the program is where the BIOS looks.
fn image(build: &Path, format: &Format, boot: &[u8]) -> Result<String> {
    let path = build.join(format.file);
    let medium = open::open(&path)?;
    ensure!(medium.size == format.disk, "a disk of {} bytes instead of {}", medium.size, format.disk);
    ensure!(medium.start.starts_with(boot), "does not begin with boot.bin");
    ensure!(medium.start[510..512] == [0x55, 0xAA], "no boot signature");
    let partitions = medium.partitions();
    let mut also = "";
    match format.file {
        "boot.img" => {
            ensure!(partitions == [PARTITION], "not the one active partition but {partitions:x?}");
            let rest = [&medium.start[512..FAT.start], &medium.start[FAT.end..]].concat();
            ensure!(rest.iter().all(|byte| *byte == 0), "more is used than the first sector and the file system");
            ensure!(
                efi_program(&path)? == file::read(&build.join("boot.efi"))?,
                "another EFI/BOOT/BOOTX64.EFI than boot.efi"
            );
            also = "; boot.efi is in its file system, by mtools";
        }
        "boot-floppy.img" => {
            ensure!(partitions.is_empty(), "a floppy with partitions: {partitions:x?}");
            ensure!(medium.start[512..].iter().all(|byte| *byte == 0), "more than one sector is used");
        }
        "boot.iso" => {
            let disk = file::read(&build.join("boot.img"))?;
            ensure!(disk[..FAT.end] == medium.start[..FAT.end], "it does not begin as boot.img does");
            let (bios, uefi) = iso::boot_images(&medium)?;
            ensure!(bios.starts_with(boot), "the CD's boot image does not begin with boot.bin");
            ensure!(uefi == &disk[FAT], "the CD's boot image for UEFI is not the file system of boot.img");
            also = "; so does its CD boot image, and the one for UEFI is boot.img's";
        }
        _ => ensure!(medium.start == file::read(&build.join("boot.img"))?, "another content than boot.img"),
    }
    let (bytes, size, reader) = (std::fs::metadata(&path)?.len(), medium.size, medium.reader);
    Ok(format!("ok   {bytes:>10} bytes, a disk of {size:>10} that begins with boot.bin, by {reader}{also}"))
}

/// The program that UEFI firmware finds in the file system of a raw disk.
fn efi_program(disk: &Path) -> Result<Vec<u8>> {
    let mut mtype = Command::new("mtype");
    mtype.arg("-i").arg(format!("{}@@{}", disk.display(), FAT.start)).arg("::EFI/BOOT/BOOTX64.EFI");
    let output = mtype.env("MTOOLSRC", "/dev/null").output().context("mtools is missing: run 'make setup'")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(output.stdout)
}
