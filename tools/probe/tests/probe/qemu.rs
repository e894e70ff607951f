//! The real program in QEMU.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::guest::heard;
use crate::{make_pipe, probe, probe_during};

/// A QEMU in a folder of its own, killed when this goes.
struct Qemu {
    folder: TempDir,
    process: Option<Child>,
}

impl Qemu {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), process: None }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Its command line, with its monitor at `qmp`; the disk is the image that `make all` builds.
    fn command(&self, more: &str) -> String {
        let image = boot256_kit::root().join("build/boot.img");
        assert!(image.exists(), "{} is missing: run 'make all'", image.display());
        format!(
            "exec qemu-system-x86_64 -accel tcg -m 16 -nodefaults -display none -vga std \
             -drive file={},format=raw,snapshot=on -qmp unix:{},server=on,wait=off {more}",
            image.display(),
            self.path("qmp")
        )
    }

    fn start(&mut self, more: &str) {
        let mut shell = Command::new("sh");
        self.process = Some(shell.args(["-c", &self.command(more)]).stdin(Stdio::null()).spawn().unwrap());
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // An error means that it has ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// QEMU waits for the probe, so the banner cannot come too early; and it takes one visitor after the other.
#[test]
fn from_banner_to_power_off() {
    let mut qemu = Qemu::new();
    let (com1, qmp) = (qemu.path("com1"), qemu.path("qmp"));
    let said = probe_during(&["--serial", &com1, "--json"], || {
        qemu.start(&format!("-serial unix:{com1},server=on,wait=on"));
    });
    assert_eq!((said.exit, &said.json()["heard"]), (0, &heard().into()), "{said:?}");
    probe(["--serial", &com1, "--no-banner", "--line", "again", "--power", &qmp]).is_ok(&["prompt", "answer", "off"]);
    assert!(qemu.process.as_mut().unwrap().wait().unwrap().success());
}

#[test]
fn by_pipes_and_a_power_command() {
    let mut qemu = Qemu::new();
    let (base, monitor) = (qemu.path("com1"), qemu.path("monitor"));
    for pipe in [&base, &monitor].iter().flat_map(|name| [format!("{name}.in"), format!("{name}.out")]) {
        make_pipe(pipe);
    }
    qemu.start(&format!("-serial pipe:{base} -monitor pipe:{monitor}"));
    let (serial, press) = (format!("pipe:{base}"), format!("echo system_powerdown > {monitor}.in"));
    probe(["--serial", &serial, "--power-command", &press]).is_ok(&["banner", "answer", "off"]);
}

/// QEMU is the line, and ends with the probe.
#[test]
fn as_a_command() {
    let qemu = Qemu::new();
    let exec = |more: &str| format!("exec:{}", qemu.command(&format!("-serial stdio {more}")));
    // SeaBIOS says its own lines on COM1 first.
    let said = probe(["--serial", &exec("-machine graphics=off"), "--json", "--line", "stressed"]);
    let json = said.json();
    let heard = json["heard"].as_str().unwrap();
    assert!(heard.contains("SeaBIOS") && heard.ends_with(r"$ stressed\r\ndesserts\r\n$ "), "{said:?}");
    // A disk that is not there.
    let empty = exec("").replace(",snapshot=on", ",snapshot=on,if=none");
    probe(["--serial", &empty, "--timeout", "3"]).fails(6, "no banner in time, heard nothing");
    let said = probe(["--serial", &exec("-nonsense")]);
    said.fails(5, "heard nothing: qemu-system-x86_64: -nonsense: invalid option");
}
