//! The real program in QEMU.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::guest::heard;
use crate::{make_pipe, probe, probe_during};

/// The disk image that `make all` builds.
fn image() -> PathBuf {
    let image = boot256_kit::root().join("build/boot.img");
    assert!(image.exists(), "{} is missing: run 'make all'", image.display());
    image
}

/// A QEMU in a folder of its own, killed when this goes.
struct Qemu {
    folder: TempDir,
    process: Option<Child>,
    command_line: String,
}

impl Qemu {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), process: None, command_line: String::new() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Starts it, with `disk` or without any, COM1 at `serial`, and its monitor at `qmp`.
    fn start(&mut self, disk: Option<&Path>, serial: &str, more: &[&str]) {
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(["-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none", "-vga", "std"]);
        if let Some(disk) = disk {
            qemu.args(["-drive", &format!("file={},format=raw,snapshot=on", disk.display())]);
        }
        qemu.args(["-serial", serial, "-qmp", &format!("unix:{},server=on,wait=off", self.path("qmp"))]).args(more);
        self.command_line = format!("{qemu:?}");
        qemu.stdin(Stdio::null());
        let process = qemu.spawn().expect("qemu-system-x86_64 (package qemu-system-x86): run 'make setup'");
        self.process = Some(process);
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // An error means that it has ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
        if thread::panicking() {
            let version = Command::new("qemu-system-x86_64").arg("--version").output();
            let version = version.map(|output| output.stdout).unwrap_or_default();
            eprintln!("{}{}", String::from_utf8_lossy(&version), self.command_line);
        }
    }
}

#[test]
fn from_banner_to_power_off() {
    let mut qemu = Qemu::new();
    let (com1, qmp) = (qemu.path("com1"), qemu.path("qmp"));
    // QEMU waits for the probe, so the banner cannot come too early.
    let said = probe_during(&["--serial", &com1, "--power", &qmp, "--json"], || {
        qemu.start(Some(&image()), &format!("unix:{com1},server=on,wait=on"), &[]);
    });
    let json = said.json();
    assert_eq!(said.exit, 0, "{said:?}");
    assert_eq!(json["heard"], heard());
    let steps: Vec<&str> =
        json["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["banner", "answer", "off"]);
    assert!(qemu.process.as_mut().unwrap().wait().unwrap().success());
}

#[test]
fn behind_the_firmware_s_own_console() {
    // -machine graphics=off: SeaBIOS says its own lines on COM1 first.
    let mut qemu = Qemu::new();
    let (com1, qmp) = (qemu.path("com1"), qemu.path("qmp"));
    let said = probe_during(&["--serial", &com1, "--power", &qmp, "--json", "--line", "stressed"], || {
        qemu.start(Some(&image()), &format!("unix:{com1},server=on,wait=on"), &["-machine", "graphics=off"]);
    });
    let json = said.json();
    assert_eq!(said.exit, 0, "{said:?}");
    let heard = json["heard"].as_str().unwrap();
    assert!(heard.contains("SeaBIOS") && heard.ends_with(r"$ stressed\r\ndesserts\r\n$ "), "{heard}");
}

#[test]
fn a_machine_that_is_at_its_prompt() {
    let mut qemu = Qemu::new();
    let com1 = qemu.path("com1");
    qemu.start(Some(&image()), &format!("unix:{com1},server=on,wait=on"), &[]);
    // QEMU takes one visitor after the other.
    probe(["--serial", &com1]).is_ok(&["banner", "answer"]);
    probe(["--serial", &com1, "--no-banner", "--line", "again"]).is_ok(&["prompt", "answer"]);
}

#[test]
fn by_pipes_and_a_power_command() {
    let mut qemu = Qemu::new();
    let (base, monitor) = (qemu.path("com1"), qemu.path("monitor"));
    for pipe in [&base, &monitor].iter().flat_map(|name| [format!("{name}.in"), format!("{name}.out")]) {
        make_pipe(pipe);
    }
    qemu.start(Some(&image()), &format!("pipe:{base}"), &["-monitor", &format!("pipe:{monitor}")]);
    let (serial, press) = (format!("pipe:{base}"), format!("echo system_powerdown > {monitor}.in"));
    probe(["--serial", &serial, "--power-command", &press]).is_ok(&["banner", "answer", "off"]);
}

/// QEMU is the line, and ends with the probe.
#[test]
fn as_a_command() {
    let qemu = Qemu::new();
    let qmp = qemu.path("qmp");
    let machine = "qemu-system-x86_64 -accel tcg -m 16 -nodefaults -display none -vga std -serial stdio";
    let disk = format!("-drive file={},format=raw,snapshot=on", image().display());
    let exec = format!("exec:{machine} {disk} -qmp unix:{qmp},server=on,wait=off");
    probe(["--serial", &exec, "--power", &qmp]).is_ok(&["banner", "answer", "off"]);
    let said = probe(["--serial", &format!("exec:{machine} -nonsense")]);
    said.fails(5, "heard nothing: qemu-system-x86_64: -nonsense: invalid option");
}

#[test]
fn a_machine_without_a_disk() {
    let mut qemu = Qemu::new();
    let com1 = qemu.path("com1");
    let said = probe_during(&["--serial", &com1, "--timeout", "3"], || {
        qemu.start(None, &format!("unix:{com1},server=on,wait=on"), &[]);
    });
    said.fails(6, "no banner in time, heard nothing");
}
