//! The command line that the Makefile calls.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use boot256_images::identity::Identity;
use boot256_images::{disk, file, flash, formats, gce, ova, program, vdi, vhd, vmdk};
use lexopt::Parser;
use lexopt::prelude::*;

const HELP: &str = "\
boot256-images: what qemu-img and xorriso cannot do for the images of boot256

  disk BOOT.BIN OUT             the raw disk: program, partition entry, signature, 1 MiB
  floppy BOOT.BIN OUT           the same as a floppy of 1.44 MB
  stamp-vhd DISK VHD --time T   UUID from the content of DISK, time T, geometry, in place
  stamp-vdi DISK VDI            UUIDs from the content of DISK, in place
  stamp-vmdk DISK DESCRIPTOR    content ID from the content of DISK, geometry, in place
  ova DISK OUT --time T         the appliance for VMware and VirtualBox
  gce DISK OUT --time T         the archive for Google Cloud
  manifest FOLDER               a release's MANIFEST, to standard output
  formats FOLDER [PAGE...]      the table of formats, with the sizes of the files in FOLDER:
                                into the markers of each PAGE, or to standard output
  flash IMAGE [DEV] [--force DEV]
                                writes IMAGE to a stick; without DEV, lists those there are

T is in seconds since 1970. Every file is written whole or not at all.";

fn main() -> ExitCode {
    match run(Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Parser) -> Result<()> {
    let Some(command) = args.value().ok().map(|c| c.string()).transpose()? else {
        return print(&format!("{HELP}\n"));
    };
    match command.as_str() {
        "disk" => {
            let [boot, out] = paths(&mut args)?;
            file::write(&out, &disk::raw(&program::read(&boot)?))
        }
        "floppy" => {
            let [boot, out] = paths(&mut args)?;
            file::write(&out, &disk::floppy(&program::read(&boot)?))
        }
        "stamp-vhd" => {
            let ([disk, path], time) = paths_and_time(&mut args)?;
            stamp(&path, |bytes| vhd::stamp(bytes, &identity(&disk)?, time))
        }
        "stamp-vdi" => {
            let [disk, path] = paths(&mut args)?;
            stamp(&path, |bytes| vdi::stamp(bytes, &identity(&disk)?))
        }
        "stamp-vmdk" => {
            let [disk, path] = paths(&mut args)?;
            let size = file::read(&disk)?.len();
            stamp(&path, |bytes| {
                *bytes = vmdk::stamp(bytes, size, &identity(&disk)?)?.into_bytes();
                Ok(())
            })
        }
        "ova" => {
            let ([disk, out], time) = paths_and_time(&mut args)?;
            file::write(&out, &ova::pack(&file::read(&disk)?, time)?)
        }
        "gce" => {
            let ([disk, out], time) = paths_and_time(&mut args)?;
            file::write(&out, &gce::pack(&file::read(&disk)?, time)?)
        }
        "manifest" => {
            let [folder] = paths(&mut args)?;
            print(&formats::manifest(&folder)?)
        }
        "formats" => {
            let mut pages = all_paths(&mut args)?.into_iter();
            let folder = pages.next().context("the folder is missing")?;
            if pages.len() == 0 {
                print(&formats::table(&folder)?)?;
            }
            pages.try_for_each(|page| fill_in(&page, &folder))
        }
        "flash" => flash(&mut args),
        other => bail!("no command {other:?}; boot256-images alone lists them"),
    }
}

/// Writes to standard output, which may be a file on a full disk.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

fn identity(disk: &Path) -> Result<Identity> {
    Ok(Identity::of(&file::read(disk)?))
}

/// Changes a file's content.
fn stamp(path: &Path, change: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let mut bytes = file::read(path)?;
    change(&mut bytes).with_context(|| path.display().to_string())?;
    file::write(path, &bytes)
}

/// Brings the tables of a page up to date; leaves a page alone that is.
fn fill_in(page: &Path, folder: &Path) -> Result<()> {
    let old = String::from_utf8(file::read(page)?)?;
    let new = formats::fill_in(&old, folder).with_context(|| page.display().to_string())?;
    if new != old {
        file::write(page, new.as_bytes())?;
        println!("boot256: {} brought up to date", page.display());
    }
    Ok(())
}

/// Writes an image to a stick, with the user at the terminal.
fn flash(args: &mut Parser) -> Result<()> {
    let (mut found, mut forced) = (Vec::new(), None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("force") => forced = Some(PathBuf::from(args.value()?)),
            Value(path) => found.push(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    match found.as_slice() {
        [_] => {
            let sticks = flash::candidates()?;
            if sticks.is_empty() {
                bail!("no removable disk is there; plug one in, then make flash DEV=/dev/sdX");
            }
            for stick in sticks {
                eprintln!("boot256: {stick}");
            }
            bail!("which one? make flash DEV=/dev/sdX");
        }
        [image, device] => flash::run(
            &file::read(image)?,
            device,
            forced.as_deref(),
            &mut std::io::stdin().lock(),
            &mut std::io::stderr(),
        ),
        _ => bail!("an image and at most one device"),
    }
}

/// Exactly `N` paths and nothing more.
fn paths<const N: usize>(args: &mut Parser) -> Result<[PathBuf; N]> {
    exactly(all_paths(args)?)
}

/// Paths and nothing more.
fn all_paths(args: &mut Parser) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            Value(path) => found.push(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(found)
}

/// Exactly `N` paths and `--time SECONDS`.
fn paths_and_time<const N: usize>(args: &mut Parser) -> Result<([PathBuf; N], u32)> {
    let (mut found, mut time) = (Vec::new(), None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("time") => time = Some(args.value()?.parse()?),
            Value(path) => found.push(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok((exactly(found)?, time.context("--time is missing")?))
}

fn exactly<const N: usize>(found: Vec<PathBuf>) -> Result<[PathBuf; N]> {
    let count = found.len();
    found.try_into().map_err(|_| anyhow::anyhow!("{N} paths are needed, {count} were given"))
}
