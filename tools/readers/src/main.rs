//! `make check`: is the program in every image, and whole?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use boot256_readers::machine::{Machine, of_appliance, of_domain};
use boot256_readers::medium::Medium;
use boot256_readers::{iso, program};
use clap::Parser;

/// Every image of `make all` that holds a disk, with the bytes that disk must have.
const IMAGES: [(&str, u64); 12] = [
    ("boot.img", 1 << 20),
    ("boot-floppy.img", 1_474_560),
    ("boot.iso", 1 << 20),
    ("boot.qcow2", 1 << 20),
    ("boot.vmdk", 1 << 20),
    ("boot-flat.vmdk", 1 << 20),
    ("boot-stream.vmdk", 1 << 20),
    ("boot.vhd", 20 << 20),
    ("boot.vdi", 1 << 20),
    ("boot.ova", 1 << 20),
    ("boot-oci.tar", 1 << 20),
    ("boot-gce.tar.gz", 1 << 30),
];

/// Opens every image with a reader that did not make it, and compares what is in it.
#[derive(Parser)]
struct Arguments {
    /// The folder of the images
    build: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { build } = Arguments::parse();
    let build = build.as_path();
    let boot = match check_program(build) {
        Ok((boot, line)) => {
            report("boot.bin", &line);
            boot
        }
        Err(error) => {
            report("boot.bin", &format!("BAD  {error:#}"));
            return ExitCode::FAILURE;
        }
    };
    let mut good = true;
    for (name, size) in IMAGES {
        let line = check_image(build, name, size, &boot).unwrap_or_else(|error| {
            good = false;
            format!("BAD  {error:#}")
        });
        report(name, &line);
    }
    let machines = [("boot.ova", of_appliance as fn(&Path) -> Result<Machine>), ("boot256.xml", of_domain)];
    for (name, read) in machines {
        let line = read(&build.join(name)).map_or_else(
            |error| {
                good = false;
                format!("BAD  {error:#}")
            },
            |machine| describe(&machine),
        );
        report(name, &line);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(name: &str, line: &str) {
    println!("{name:<16} {line}");
}

/// The machine of an appliance or a domain: all that a hypervisor acts on was there.
fn describe(machine: &Machine) -> String {
    format!(
        "ok   a machine of {} MiB, {} CPU, {} on {}, serial port {:?}, by roxmltree",
        machine.memory, machine.cpus, machine.disk.1, machine.controller, machine.serial_ports
    )
}

/// `boot.bin` has its size, and code and data fit.
fn check_program(build: &Path) -> Result<(Vec<u8>, String)> {
    let boot = std::fs::read(build.join("boot.bin")).context("boot.bin")?;
    ensure!(boot.len() == program::SIZE, "{} bytes instead of {}", boot.len(), program::SIZE);
    let padding = program::padding(&build.join("boot.elf"))?;
    ensure!(boot[padding.clone()].iter().all(|byte| *byte == 0), "the free bytes at {padding:?} are not zero");
    let line = format!("ok   {} bytes, {} of them code and data", boot.len(), boot.len() - padding.len());
    Ok((boot, line))
}

/// An image has the disk it should have, and the program is where the BIOS looks.
fn check_image(build: &Path, name: &str, size: u64, boot: &[u8]) -> Result<String> {
    let medium = Medium::open(&build.join(name))?;
    let file_size = std::fs::metadata(build.join(name))?.len();
    ensure!(medium.size == size, "a disk of {} bytes instead of {size}", medium.size);
    ensure!(medium.start.starts_with(boot), "does not begin with boot.bin");
    ensure!(medium.start[510..512] == [0x55, 0xAA], "no boot signature");
    let mut sector = Medium::open(&build.join("boot.img"))?.start[..512].to_vec();
    if name == "boot-floppy.img" {
        sector[446..510].fill(0);
    }
    ensure!(medium.start[..512] == sector, "the first sector is not that of boot.img");
    ensure!(name == "boot.iso" || medium.start[512..].iter().all(|byte| *byte == 0), "more than one sector is used");
    let entries = medium.partitions()?;
    let expected = usize::from(name != "boot-floppy.img");
    ensure!(
        entries.len() == expected && entries.iter().all(mbrman::MBRPartitionEntry::is_active),
        "{} partition entries instead of {expected} active one",
        entries.len()
    );
    let mut line =
        format!("ok   {file_size:>10} bytes, a disk of {size:>10} that begins with boot.bin, by {}", medium.reader);
    if name == "boot.iso" {
        let entry = iso::boot_entry(&build.join(name))?;
        ensure!(entry.image.starts_with(boot), "the CD's boot image does not begin with boot.bin");
        line += "; so does its CD boot image";
    }
    Ok(line)
}
