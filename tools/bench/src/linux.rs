//! The Linux guest: Debian's kernel for cloud machines, and an initial RAM disk with busybox as the
//! whole user space. It does what boot256 does: a banner, a prompt on COM1, off at the power button.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use boot256_facts::BANNER;
use boot256_qemu::machine::Machine;
use cpio::newc::Builder;
use cpio::write_cpio;

/// What COM1 says in the end: the banner and the prompt, with busybox's own greeting in between.
pub const READY: &[u8] = b"\r\n$ ";

/// Debian's names of the kernel and of busybox in one static file.
const KERNEL: &str = "linux-image-cloud-amd64";
const BUSYBOX: &str = "busybox-static";

/// The power button, and the events it is read by.
const MODULES: [&str; 2] = ["button", "evdev"];

/// The first process. `cttyhack` makes COM1 the shell's controlling terminal.
const INIT: &str = "#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
insmod /button.ko
insmod /evdev.ko
acpid
echo 'BANNER'
export PS1='$ '
exec setsid cttyhack sh
";

/// What acpid runs when the button is pressed.
const ON_BUTTON: &str = "#!/bin/sh\npoweroff -f\n";

/// The guest, made.
#[derive(Debug)]
pub struct Linux {
    /// Its versions.
    pub about: String,
    /// A PC that QEMU loads it into, with no disk.
    pub machine: Machine,
}

/// The guest in `build`, if [`make`] has been there.
///
/// # Errors
/// If a part of it is missing.
pub fn machine(build: &Path) -> Result<Option<Linux>> {
    let folder = folder(build);
    let Ok(about) = fs::read_to_string(folder.join("about.txt")) else { return Ok(None) };
    let path = |name: &str| {
        let path = folder.join(name);
        ensure!(path.is_file(), "{}: remove the folder and run `make bench` again", path.display());
        Ok(path.to_string_lossy().into_owned())
    };
    // quiet: no messages on COM1. panic=-1: a kernel that gives up restarts at once, which QEMU reports.
    let machine = Machine::pc().with("-kernel").arg(path("vmlinuz")?).with("-initrd").arg(path("initramfs.cpio")?);
    let machine = machine.with("-append").arg("console=ttyS0 quiet panic=-1");
    Ok(Some(Linux { about: about.trim().to_owned(), machine }))
}

/// Makes the guest from two packages of Debian, which are unpacked and not installed.
///
/// # Errors
/// If apt cannot get them or they do not hold what they should.
pub fn make(build: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let here = scratch.path();

    let depends = run(Command::new("apt-cache").args(["depends", "--important", KERNEL]))
        .with_context(|| format!("the Linux guest needs apt and Debian's package {KERNEL}"))?;
    let kernel = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
    let kernel = kernel.with_context(|| format!("{KERNEL} names no kernel: {depends}"))?.trim();
    eprintln!("boot256: gets {kernel} and {BUSYBOX}");
    run(Command::new("apt-get").current_dir(here).args(["download", "--quiet", kernel, BUSYBOX]))
        .context("cannot download (`apt-get update` first?)")?;

    let root = here.join("root");
    let mut versions = Vec::new();
    for entry in fs::read_dir(here)? {
        let package = entry?.path();
        if package.extension().is_some_and(|end| end == "deb") {
            run(Command::new("dpkg-deb").arg("-x").args([&package, &root]))?;
            let field = ["--show", "--showformat=${Package} ${Version}"];
            versions.push(run(Command::new("dpkg-deb").args(field).arg(&package))?);
        }
    }
    versions.sort_unstable_by_key(|version| version.starts_with(BUSYBOX));

    let mut files = vec![
        (
            "bin/busybox",
            0o100_755,
            fs::read(root.join("bin/busybox")).or_else(|_| fs::read(root.join("usr/bin/busybox")))?,
        ),
        ("init", 0o100_755, INIT.replace("BANNER", BANNER).into()),
        ("etc/acpi/PWRF/00000080", 0o100_755, ON_BUTTON.into()),
    ];
    for name in MODULES {
        let file = if name == "button" { "button.ko" } else { "evdev.ko" };
        files.push((file, 0o100_644, module(&root, file)?));
    }
    let folders = ["bin", "dev", "proc", "sys", "etc", "etc/acpi", "etc/acpi/PWRF", "var", "var/log", "var/run"];
    let folders = folders.map(|name| (name, 0o40_755, Vec::new()));
    let entries = folders.into_iter().chain(files).enumerate().map(|(i, (name, mode, bytes))| {
        // The kernel wants a number of each file's own: the same number would be a hard link.
        (Builder::new(name).mode(mode).ino(i as u32 + 1).nlink(1), Cursor::new(bytes))
    });
    let initramfs = write_cpio(entries, Vec::new())?;

    let done = folder(build);
    fs::create_dir_all(&done)?;
    let vmlinuz =
        find(&root.join("boot"), &|name| name.starts_with("vmlinuz-"))?.context("no kernel in the package")?;
    let keep = |name: &str, bytes: &[u8]| -> Result<()> {
        let draft = done.join(format!("{name}.tmp"));
        fs::write(&draft, bytes).with_context(|| format!("cannot write {}", draft.display()))?;
        Ok(fs::rename(&draft, done.join(name))?)
    };
    keep("vmlinuz", &fs::read(vmlinuz)?)?;
    keep("initramfs.cpio", &initramfs)?;
    // The last one says that the others are there.
    keep("about.txt", format!("{}\n", versions.join(", ")).as_bytes())?;
    println!("{}: {}", done.display(), versions.join(", "));
    Ok(())
}

fn folder(build: &Path) -> PathBuf {
    build.join("bench/linux")
}

/// The kernel module `file`, unpacked where Debian has packed it.
fn module(root: &Path, file: &str) -> Result<Vec<u8>> {
    let packed = format!("{file}.xz");
    let path =
        find(root, &|name| name == file || name == packed)?.with_context(|| format!("no {file} in the package"))?;
    if path.extension().is_some_and(|end| end == "xz") {
        let output = Command::new("xz").arg("-dc").arg(&path).output().context("xz is missing (package xz-utils)")?;
        ensure!(output.status.success(), "{} cannot be unpacked", path.display());
        return Ok(output.stdout);
    }
    Ok(fs::read(path)?)
}

/// The first file below `folder` whose name is `wanted`.
fn find(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let found = match entry.file_type()? {
            kind if kind.is_dir() => find(&entry.path(), wanted)?,
            kind if kind.is_file() && entry.file_name().to_str().is_some_and(wanted) => Some(entry.path()),
            _ => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Runs `command` and returns what it says.
fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program} fails: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
