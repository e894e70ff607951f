//! The command line that the Makefile calls.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use boot256_images::identity::Identity;
use boot256_images::{check, disk, flash, formats, gce, oci, ova, program, sbom, vdi, vhd, vmdk, vmdk_stream};
use boot256_kit::{file, page};
use clap::Parser;

/// What qemu-img and xorriso cannot do for the images of boot256.
///
/// DISK is always boot.img, the raw disk. Every file is written whole or not at all.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
enum Command {
    /// The raw disk: program, partition entry, signature, the program for UEFI in a file system, 1 MiB
    Disk { boot_bin: PathBuf, boot_efi: PathBuf, out: PathBuf },
    /// The same as a floppy of 1.44 MB
    Floppy { boot_bin: PathBuf, out: PathBuf },
    /// UUID from the content of DISK, date, geometry, in place
    StampVhd { disk: PathBuf, vhd: PathBuf },
    /// UUIDs from the content of DISK, geometry, in place
    StampVdi { disk: PathBuf, vdi: PathBuf },
    /// The description of a VMDK whose content is DISK under the name EXTENT
    FlatVmdk { disk: PathBuf, extent: String, out: PathBuf },
    /// A VMDK in one compressed file
    StreamVmdk { disk: PathBuf, out: PathBuf },
    /// The appliance for VMware and VirtualBox
    Ova { disk: PathBuf, out: PathBuf },
    /// The container image for KubeVirt, with the disk image IMAGE in it
    Oci { image: PathBuf, out: PathBuf },
    /// The archive for Google Cloud
    Gce { disk: PathBuf, out: PathBuf },
    /// Opens every image in BUILD by other means than it was made, and compares what is in it
    Check { build: PathBuf },
    /// A release's MANIFEST, to standard output
    Manifest { folder: PathBuf },
    /// A release's bill of materials, to standard output; on standard input what `cargo metadata` prints, and in
    /// TREE what `cargo tree` does for the probe
    Sbom {
        /// The version of the compiler
        #[arg(long)]
        rust: String,
        tree: PathBuf,
        folder: PathBuf,
    },
    /// The tables of formats and readers, with the sizes of the files in FOLDER, into the markers of PAGE
    Formats { folder: PathBuf, page: PathBuf },
    /// Writes IMAGE to a stick; without DEVICE, lists those there are
    Flash {
        image: PathBuf,
        device: Option<PathBuf>,
        /// DEVICE once more, where it is none of the usual: a fixed disk, a loop device, a file
        #[arg(long, value_name = "DEVICE")]
        force: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Disk { boot_bin, boot_efi, out } => {
            file::write(&out, disk::raw(&program::read(&boot_bin)?, &file::read(&boot_efi)?)?)
        }
        Command::Floppy { boot_bin, out } => file::write(&out, disk::floppy(&program::read(&boot_bin)?)),
        Command::StampVhd { disk, vhd } => stamp(&vhd, &disk, vhd::stamp),
        Command::StampVdi { disk, vdi } => stamp(&vdi, &disk, vdi::stamp),
        Command::FlatVmdk { disk, extent, out } => {
            file::write(&out, vmdk::flat(&extent, &Identity::of(&disk::read(&disk)?))?)
        }
        Command::StreamVmdk { disk, out } => {
            let disk = disk::read(&disk)?;
            file::write(&out, vmdk_stream::write(&disk, name(&out)?, &Identity::of(&disk), "stream")?)
        }
        Command::Ova { disk, out } => file::write(&out, ova::pack(&disk::read(&disk)?)?),
        Command::Oci { image, out } => file::write(&out, oci::pack(&file::read(&image)?, name(&image)?)?),
        Command::Gce { disk, out } => file::write(&out, gce::pack(&disk::read(&disk)?)?),
        Command::Manifest { folder } => print(&formats::manifest(&folder)?),
        Command::Sbom { rust, tree, folder } => {
            let metadata = std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?;
            print(&sbom::write(&folder, &file::read_text(&tree)?, &metadata, &rust)?)
        }
        Command::Check { build } => {
            ensure!(check::run(&build, &mut std::io::stdout())?, "not every image is as it should be");
            Ok(())
        }
        Command::Formats { folder, page } => {
            let (formats, readers) = (formats::table(&folder)?, formats::readers_table());
            page::update(&page, &[("formats", formats.as_str()), ("readers", &readers)])
        }
        Command::Flash { image, device, force } => match device {
            Some(device) => flash::run(
                &disk::bootable(&image)?,
                &device,
                force.as_deref(),
                &mut std::io::stdin().lock(),
                &mut std::io::stderr(),
            ),
            None => list_sticks(),
        },
    }
}

/// Writes to standard output, which may be a file on a full disk.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// The name of a file, without its folder.
fn name(path: &Path) -> Result<&str> {
    path.file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("{} is no name for an image", path.display()))
}

/// Changes an image so that it has the identity of the raw disk.
fn stamp(path: &Path, disk: &Path, change: fn(&mut [u8], &Identity) -> Result<()>) -> Result<()> {
    let mut bytes = file::read(path)?;
    change(&mut bytes, &Identity::of(&disk::read(disk)?)).with_context(|| path.display().to_string())?;
    file::write(path, &bytes)
}

/// What there is to write to, as an error: nothing was said to be written to.
fn list_sticks() -> Result<()> {
    let sticks = flash::candidates()?;
    if sticks.is_empty() {
        bail!("no removable disk is there; plug one in, then make flash DEV=/dev/sdX");
    }
    for stick in sticks {
        eprintln!("boot256: {stick}");
    }
    bail!("which one? make flash DEV=/dev/sdX")
}
