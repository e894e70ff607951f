//! `make flash` writes to what its user named and confirmed, and to nothing else.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{can, run, text};
use tempfile::{NamedTempFile, TempDir};

const IMAGE: usize = 1 << 20;

/// A folder with a bootable image whose bytes are all different from a fresh target's.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut image: Vec<u8> = (0..IMAGE).map(|at| (at % 251) as u8 | 1).collect();
        image[510..512].copy_from_slice(&[0x55, 0xAA]);
        fs::write(folder.path().join("boot.img"), image).unwrap();
        Self { folder }
    }

    fn image(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("boot.img")).unwrap()
    }

    /// The command that `make flash` runs, as an argument of another program if that is given.
    fn command(&self, below: &[&str], device: &Path, forced: bool) -> Command {
        let program = env!("CARGO_BIN_EXE_boot256-images");
        let mut command = Command::new(below.first().unwrap_or(&program));
        command.args(below.iter().skip(1)).args(below.first().map(|_| program));
        command.arg("flash").arg(self.folder.path().join("boot.img")).arg(device);
        if forced {
            command.arg("--force").arg(device);
        }
        command
    }

    /// Runs it, with an answer to its question; gives whether it went well, and what it said.
    fn flash(&self, device: &Path, forced: bool, answer: &str) -> (bool, String) {
        answered(self.command(&[], device, forced), answer)
    }
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs a command with an answer to its question.
fn answered(command: Command, answer: &str) -> (bool, String) {
    let mut flash = start(command);
    // It may end without a question, and then nobody reads the answer.
    let _ = flash.stdin.take().unwrap().write_all(answer.as_bytes());
    let output = flash.wait_with_output().unwrap();
    (output.status.success(), text(&output))
}

/// A regular file of zeros that stands for a target.
fn file_of(size: usize) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), vec![0; size]).unwrap();
    file
}

/// A loop device over a file of zeros: a block device that is not removable.
struct Loop {
    file: NamedTempFile,
    device: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// One test at a time: a device that one has freed for a moment is what another would find.
static ALONE: Mutex<()> = Mutex::new(());

impl Loop {
    /// None where a test may not have a loop device.
    fn of(size: usize) -> Option<Self> {
        // By a device that is there: without /dev/loop0, as in a container, --find names it all the same.
        let find = "test $(id -u) = 0 && device=$(losetup --find) && test -b \"$device\"";
        if !can("have a loop device", &["sh", "-c", find]) {
            return None;
        }
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let file = file_of(size);
        let device = run("mount", Command::new("losetup").args(["--find", "--show"]).arg(file.path()));
        Some(Self { file, device: String::from_utf8(device).unwrap().trim().into(), _alone })
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        run("mount", Command::new("losetup").arg("--detach").arg(&self.device));
    }
}

/// What is refused or answered otherwise leaves the target as it was.
#[test]
fn without_force_or_a_yes_nothing_is_written() {
    let bench = Bench::new();
    let file = file_of(2 * IMAGE);
    let as_file = format!("is a regular file; if you are sure, add FORCE={}", file.path().display());
    let refused = |forced: bool, answer: &str, why: &str| {
        let (good, said) = bench.flash(file.path(), forced, answer);
        assert!(!good && said.contains(why), "{answer:?}: {said}");
        assert!(fs::read(file.path()).unwrap() == vec![0; 2 * IMAGE], "{answer:?}");
    };
    refused(false, "yes\n", &as_file);
    for answer in ["", "\n", "y\n", "no\n", "YES\n", "yes please\n"] {
        refused(true, answer, "nothing was written");
    }
    let good = bench.image();
    for wrong in [b"QFI\xFB".repeat(IMAGE / 4), good[..IMAGE - 1].to_vec(), Vec::new()] {
        fs::write(bench.folder.path().join("boot.img"), wrong).unwrap();
        refused(true, "yes\n", "boot.img is no raw disk");
    }
    let (good, said) = Bench::new().flash(Path::new("/dev/null"), true, "yes\n");
    assert!(!good && said.contains("is no block device"), "{said}");
    let small = file_of(IMAGE - 1);
    let (good, said) = Bench::new().flash(small.path(), true, "yes\n");
    assert!(!good && said.contains("the image needs 1048576"), "{said}");
}

/// The image goes to the start; at the end 33 sectors are cleared, if they hold the backup of a GPT.
#[test]
fn the_image_is_written_and_an_old_backup_of_a_gpt_cleared() {
    let bench = Bench::new();
    for header_at in [4 * IMAGE - 512, 4 * IMAGE - 4096] {
        for (mark, length) in [(&b"EFI PART"[..], 33 * 512), (b"EFI part", 0)] {
            let (file, mut content) = (file_of(0), vec![7; 4 * IMAGE]);
            content[header_at..header_at + 8].copy_from_slice(mark);
            fs::write(file.path(), &content).unwrap();
            let (good, said) = bench.flash(file.path(), true, "yes\n");
            assert!(good && said.contains("1024 of 1024 KiB written"), "{said}");
            assert!(said.contains("boot256: read back and compared"), "{said}");
            assert_eq!(said.contains("backup of an old partition table"), length > 0, "{said}");
            content[..IMAGE].copy_from_slice(&bench.image());
            content[4 * IMAGE - length..].fill(0);
            assert!(fs::read(file.path()).unwrap() == content);
        }
    }
    // A target that the image fills has no room for a backup.
    let file = file_of(IMAGE);
    let (good, said) = bench.flash(file.path(), true, "yes\n");
    assert!(good && fs::read(file.path()).unwrap() == bench.image(), "{said}");
}

/// While the question stands there, one stick may go and an equal one come: here a disk of a loop device's.
#[test]
fn an_equal_stick_that_comes_before_the_answer_is_not_written_to() {
    let bench = Bench::new();
    let Some(target) = Loop::of(2 * IMAGE) else { return };
    let equal = file_of(2 * IMAGE);
    let mut flash = start(bench.command(&[], &target.device, true));
    let (mut asked, mut said) = (flash.stderr.take().unwrap(), Vec::new());
    while !said.ends_with(b"(yes) ") {
        let mut byte = [0];
        asked.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said)));
        said.extend(byte);
    }
    run("mount", Command::new("losetup").arg("--detach").arg(&target.device));
    run("mount", Command::new("losetup").arg(&target.device).arg(equal.path()));
    flash.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    asked.read_to_end(&mut said).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(!flash.wait().unwrap().success(), "{said}");
    assert!(said.contains("is not what it was a moment ago; nothing was written"), "{said}");
    assert!(fs::read(equal.path()).unwrap() == vec![0; 2 * IMAGE]);
}

#[test]
fn who_is_not_root_is_told_that_root_may_be_what_is_missing() {
    let bench = Bench::new();
    let file = file_of(IMAGE);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o444)).unwrap();
    let root = rustix::process::geteuid().is_root();
    let another = ["unshare", "--user", "--map-user=12345", "--map-group=12345"];
    if root && !can("be another user", &[&another[..], &["true"]].concat()) {
        return;
    }
    let (good, said) = answered(bench.command(if root { &another } else { &[] }, file.path(), true), "yes\n");
    let line = format!("boot256: cannot open {} (as root: sudo make flash DEV=...): ", file.path().display());
    assert!(!good && said.contains(&line), "{said}");
}

/// What makes a write durable, by the system calls: the device is opened for writes that come back when
/// the data is there, a loop device for nobody else besides; all is flushed before a byte is read back, and
/// what is read back does not come from the page cache.
#[test]
fn what_is_written_is_on_the_device() {
    run("strace", Command::new("strace").arg("--version"));
    if !can("trace system calls", &["strace", "-qq", "-e", "trace=none", "true"]) {
        assert!(std::env::var("BOOT256_SKIP").as_deref() != Ok("no"), "BOOT256_SKIP is no");
        return;
    }
    let bench = Bench::new();
    let file = file_of(IMAGE);
    let device = Loop::of(IMAGE);
    // rustix's DSYNC is the kernel's O_SYNC, which waits for all that O_DSYNC waits for.
    let targets = [(file.path(), "O_RDWR|O_SYNC|O_CLOEXEC")].into_iter();
    let loops = device.iter().map(|device| (device.device.as_path(), "O_RDWR|O_EXCL|O_SYNC|O_CLOEXEC"));
    for (target, flags) in targets.chain(loops) {
        let log = bench.folder.path().join("log");
        let calls = "trace=openat,write,read,fsync,fadvise64";
        let log_name = log.display().to_string();
        let strace = ["strace", "-qq", "-e", calls, "-P", &target.display().to_string(), "-o", &log_name];
        let (good, said) = answered(bench.command(&strace, target, true), "yes\n");
        assert!(good, "{said}");
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains(flags) || log.contains(&flags.replace("O_SYNC", "O_DSYNC")), "no {flags}:\n{log}");
        let first = |call: &str| log.lines().position(|line| line.starts_with(call));
        let last_write =
            log.lines().count() - log.lines().rev().position(|line| line.starts_with("write(")).unwrap() - 1;
        let [fsync, fadvise] = ["fsync(", "fadvise64("].map(first);
        let last_read =
            log.lines().rev().position(|line| line.starts_with("read(")).map(|at| log.lines().count() - at - 1);
        assert!(Some(last_write) < fsync && fsync < fadvise && fadvise < last_read, "in another order:\n{log}");
        assert!(log.contains("POSIX_FADV_DONTNEED"), "{log}");
    }
}

#[test]
fn a_loop_device_is_written_if_force_names_it_and_nobody_else_has_it() {
    let bench = Bench::new();
    let Some(target) = Loop::of(4 * IMAGE) else { return };
    let (good, said) = bench.flash(&target.device, false, "yes\n");
    assert!(!good && said.contains("is not removable"), "{said}");
    // As the kernel has a device that is mounted.
    let exclusive = rustix::fs::OFlags::EXCL.bits().cast_signed();
    let user = fs::File::options().read(true).custom_flags(exclusive).open(&target.device).unwrap();
    let (good, said) = bench.flash(&target.device, true, "yes\n");
    // Root is not told to become root.
    let line = format!("boot256: cannot open {}: ", target.device.display());
    assert!(!good && said.contains(&line) && said.contains("busy"), "{said}");
    assert!(fs::read(target.file.path()).unwrap() == vec![0; 4 * IMAGE]);
    drop(user);
    let (good, said) = bench.flash(&target.device, true, "yes\n");
    let shown = format!("boot256: {} (no model known) 4.1 MB\n", target.device.display());
    assert!(good && said.contains(&shown), "{said}");
    assert!(fs::read(target.file.path()).unwrap().starts_with(&bench.image()));
}

#[test]
fn without_a_device_the_removable_disks_are_listed() {
    let bench = Bench::new();
    let listing = r#"{"blockdevices": [
        {"path": "/dev/sda", "type": "disk", "rm": false, "ro": false, "size": 512110190592, "model": "Fixed"},
        {"path": "/dev/sr0", "type": "rom", "rm": true, "ro": false, "size": 1073741312, "model": "CD"},
        {"path": "/dev/sdb", "type": "disk", "rm": true, "ro": false, "size": 15728640000,
         "vendor": "SanDisk ", "model": "Cruzer Blade", "tran": "usb", "mountpoints": [null]}]}"#;
    let lsblk = bench.folder.path().join("lsblk");
    let list = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-images"));
        command.arg("flash").arg(bench.folder.path().join("boot.img")).env("PATH", bench.folder.path());
        let (good, said) = answered(command, "");
        assert!(!good, "{said}");
        said
    };
    assert_eq!(list(), "boot256: lsblk is missing (package util-linux): run 'make setup'\n");
    for (script, said) in [
        (
            format!("echo '{listing}'"),
            "/dev/sdb SanDisk Cruzer Blade 15.7 GB (usb)\nboot256: which one? make flash DEV=/dev/sdX",
        ),
        (
            "echo '{\"blockdevices\": []}'".into(),
            "no removable disk is there; plug one in, then make flash DEV=/dev/sdX",
        ),
        ("echo 'lsblk: no such column' >&2; exit 1".into(), "lsblk: no such column"),
    ] {
        fs::write(&lsblk, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&lsblk, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(list(), format!("boot256: {said}\n"));
    }
}
