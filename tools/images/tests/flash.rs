//! `make flash` writes to what its user named and confirmed, and to nothing else.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

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

    /// The command that `make flash` runs.
    fn command(&self, device: &Path, force: Option<&Path>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-images"));
        command.arg("flash").arg(self.folder.path().join("boot.img")).arg(device);
        if let Some(path) = force {
            command.arg("--force").arg(path);
        }
        command
    }

    /// Runs it, with an answer to its question.
    fn flash(&self, device: &Path, force: Option<&Path>, answer: &str) -> Output {
        answered(self.command(device, force), answer)
    }
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs a command with an answer to its question.
fn answered(command: Command, answer: &str) -> Output {
    let mut flash = start(command);
    // It may end without a question, and then nobody reads the answer.
    let _ = flash.stdin.take().unwrap().write_all(answer.as_bytes());
    flash.wait_with_output().unwrap()
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
}

impl Loop {
    /// None where a test may not have a loop device.
    fn of(size: usize) -> Option<Self> {
        // By a device that is there: without /dev/loop0, as in a container, --find names it all the same.
        let find = "test $(id -u) = 0 && device=$(losetup --find) && test -b \"$device\"";
        if !can("have a loop device", &["sh", "-c", find]) {
            return None;
        }
        let file = file_of(size);
        let device = run("mount", Command::new("losetup").args(["--find", "--show"]).arg(file.path()));
        Some(Self { file, device: String::from_utf8(device).unwrap().trim().into() })
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        run("mount", Command::new("losetup").arg("--detach").arg(&self.device));
    }
}

#[test]
fn a_regular_file_is_refused_unless_force_names_it() {
    let bench = Bench::new();
    let (file, other) = (file_of(2 * IMAGE), file_of(0));
    for force in [None, Some(other.path())] {
        let output = bench.flash(file.path(), force, "yes\n");
        assert!(!output.status.success());
        let message = format!("is a regular file; if you are sure, add FORCE={}", file.path().display());
        assert!(text(&output).contains(&message), "{}", text(&output));
        assert!(fs::read(file.path()).unwrap() == vec![0; 2 * IMAGE]);
    }
    let output = bench.flash(file.path(), Some(file.path()), "yes\n");
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("1024 of 1024 KiB written"), "{}", text(&output));
    assert!(text(&output).contains("read back and compared"), "{}", text(&output));
    let content = fs::read(file.path()).unwrap();
    assert!(content[..IMAGE] == bench.image() && content[IMAGE..] == vec![0; IMAGE]);
}

#[test]
fn an_image_for_another_machine_is_refused() {
    let bench = Bench::new();
    let file = file_of(2 * IMAGE);
    for wrong in [b"QFI\xFB".repeat(IMAGE / 4), bench.image()[..IMAGE - 1].to_vec(), Vec::new()] {
        fs::write(bench.folder.path().join("boot.img"), wrong).unwrap();
        let output = bench.flash(file.path(), Some(file.path()), "yes\n");
        assert!(!output.status.success());
        assert_eq!(text(&output).lines().count(), 1, "{}", text(&output));
        assert!(text(&output).contains("boot.img is no raw disk"), "{}", text(&output));
        assert!(fs::read(file.path()).unwrap() == vec![0; 2 * IMAGE]);
    }
}

#[test]
fn any_answer_but_yes_writes_nothing() {
    let bench = Bench::new();
    let file = file_of(IMAGE);
    for answer in ["", "\n", "y\n", "no\n", "YES\n", "yes please\n"] {
        let output = bench.flash(file.path(), Some(file.path()), answer);
        assert!(!output.status.success(), "{answer:?}");
        assert!(text(&output).contains("nothing was written"), "{}", text(&output));
        assert!(fs::read(file.path()).unwrap() == vec![0; IMAGE], "{answer:?}");
    }
}

/// While the question stands there, one stick may go and another come.
#[test]
fn a_target_that_changes_before_the_answer_is_not_written_to() {
    let bench = Bench::new();
    let file = file_of(IMAGE);
    let mut flash = start(bench.command(file.path(), Some(file.path())));
    let (mut asked, mut said) = (flash.stderr.take().unwrap(), Vec::new());
    while !said.ends_with(b"(yes) ") {
        let mut byte = [0];
        asked.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said)));
        said.extend(byte);
    }
    file.as_file().set_len(2 * IMAGE as u64).unwrap();
    flash.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    asked.read_to_end(&mut said).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(!flash.wait().unwrap().success(), "{said}");
    assert!(said.contains("is not what it was a moment ago; nothing was written"), "{said}");
    assert!(fs::read(file.path()).unwrap() == vec![0; 2 * IMAGE]);
}

#[test]
fn who_is_not_root_is_told_that_root_may_be_what_is_missing() {
    let bench = Bench::new();
    let file = file_of(IMAGE);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o444)).unwrap();
    let mut command = bench.command(file.path(), Some(file.path()));
    if rustix::process::geteuid().is_root() {
        let another = ["unshare", "--user", "--map-user=12345", "--map-group=12345"];
        if !can("be another user", &[&another[..], &["true"]].concat()) {
            return;
        }
        let mut below = Command::new(another[0]);
        below.args(&another[1..]).arg(command.get_program()).args(command.get_args());
        command = below;
    }
    let output = answered(command, "yes\n");
    assert!(!output.status.success());
    let line = format!("boot256: cannot open {} (as root: sudo make flash DEV=...): ", file.path().display());
    assert!(text(&output).contains(&line), "{}", text(&output));
    assert!(fs::read(file.path()).unwrap() == vec![0; IMAGE]);
}

#[test]
fn force_makes_no_target_larger_and_no_character_device_a_disk() {
    let bench = Bench::new();
    let file = file_of(IMAGE - 1);
    for (path, reason) in [(file.path(), "the image needs 1048576"), (Path::new("/dev/null"), "is no block device")] {
        let output = bench.flash(path, Some(path), "yes\n");
        assert!(!output.status.success());
        assert!(text(&output).contains(reason), "{}", text(&output));
    }
    assert!(fs::read(file.path()).unwrap() == vec![0; IMAGE - 1]);
}

#[test]
fn a_loop_device_is_written_and_read_back_if_force_names_it() {
    let bench = Bench::new();
    let Some(target) = Loop::of(4 * IMAGE) else { return };
    let output = bench.flash(&target.device, None, "yes\n");
    assert!(!output.status.success() && text(&output).contains("is not removable"), "{}", text(&output));
    let output = bench.flash(&target.device, Some(&target.device), "yes\n");
    assert!(output.status.success(), "{}", text(&output));
    let shown = format!("boot256: {} (no model known) 4.1 MB\n", target.device.display());
    assert!(text(&output).contains(&shown), "{}", text(&output));
    let content = fs::read(target.file.path()).unwrap();
    assert!(content[..IMAGE] == bench.image() && content[IMAGE..] == vec![0; 3 * IMAGE]);
}

/// What makes a write durable, by the system calls: the device is opened for writes that come back when
/// the data is there, a loop device for nobody else besides; all is flushed before a byte is read back, and
/// what is read back does not come from the page cache.
#[test]
fn what_is_written_is_on_the_device() {
    if !can("trace system calls (package strace)", &["strace", "-qq", "-e", "trace=none", "true"]) {
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
        let mut strace = Command::new("strace");
        strace
            .args(["-qq", "-e", "trace=openat,write,read,fsync,fadvise64", "-P"])
            .arg(target)
            .arg("-o")
            .arg(&log)
            .arg(env!("CARGO_BIN_EXE_boot256-images"))
            .arg("flash")
            .arg(bench.folder.path().join("boot.img"))
            .arg(target)
            .arg("--force")
            .arg(target);
        let output = answered(strace, "yes\n");
        assert!(output.status.success(), "{}", text(&output));
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains(flags) || log.contains(&flags.replace("O_SYNC", "O_DSYNC")), "no {flags}:\n{log}");
        let first = |call: &str| log.lines().position(|line| line.starts_with(call));
        let last_write =
            log.lines().count() - log.lines().rev().position(|line| line.starts_with("write(")).unwrap() - 1;
        let [fsync, fadvise, read] = ["fsync(", "fadvise64(", "read("].map(first);
        assert!(Some(last_write) < fsync && fsync < fadvise && fadvise < read, "in another order:\n{log}");
        assert!(log.contains("POSIX_FADV_DONTNEED"), "{log}");
    }
}

#[test]
fn a_device_that_another_program_has_is_left_alone() {
    let bench = Bench::new();
    let Some(target) = Loop::of(IMAGE) else { return };
    // As the kernel has a device that is mounted.
    let exclusive = rustix::fs::OFlags::EXCL.bits().cast_signed();
    let _user = fs::File::options().read(true).custom_flags(exclusive).open(&target.device).unwrap();
    let output = bench.flash(&target.device, Some(&target.device), "yes\n");
    assert!(!output.status.success());
    // Root is not told to become root.
    let line = format!("boot256: cannot open {}: ", target.device.display());
    assert!(text(&output).contains(&line) && text(&output).contains("busy"), "{}", text(&output));
    assert!(fs::read(target.file.path()).unwrap() == vec![0; IMAGE]);
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
    let flash = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-images"));
        command.arg("flash").arg(bench.folder.path().join("boot.img")).env("PATH", bench.folder.path());
        command
    };
    let list = |script: String| {
        fs::write(&lsblk, script).unwrap();
        fs::set_permissions(&lsblk, fs::Permissions::from_mode(0o755)).unwrap();
        let output = flash().output().unwrap();
        assert!(!output.status.success());
        text(&output)
    };
    assert_eq!(
        list(format!("#!/bin/sh\necho '{listing}'\n")),
        "boot256: /dev/sdb SanDisk Cruzer Blade 15.7 GB (usb)\nboot256: which one? make flash DEV=/dev/sdX\n"
    );
    let none = list("#!/bin/sh\necho '{\"blockdevices\": []}'\n".into());
    assert!(none.contains("no removable disk is there"), "{none}");
    let broken = list("#!/bin/sh\necho 'lsblk: no such column' >&2; exit 1\n".into());
    assert_eq!(broken, "boot256: lsblk: no such column\n");
    let no_json = list("#!/bin/sh\necho no JSON\n".into());
    assert!(no_json.starts_with("boot256: lsblk printed no JSON: "), "{no_json}");
    assert_eq!(list("#!/bin/sh\necho '{}'\n".into()), "boot256: lsblk printed no devices\n");
    fs::remove_file(&lsblk).unwrap();
    let missing = flash().output().unwrap();
    assert!(!missing.status.success());
    assert_eq!(text(&missing), "boot256: lsblk is missing (package util-linux): run 'make setup'\n");
}
