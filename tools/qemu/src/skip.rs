//! Tests that cannot run where QEMU lacks the hardware: each says so, for the test runner counts it as passed. With
//! `BOOT256_SKIP=no`, as CI has it where all hardware is there, it fails.

use std::collections::HashSet;
use std::io::Write;
use std::process::Command;
use std::sync::OnceLock;

use crate::machine::{Machine, qemu};

/// Whether this test is to be skipped, for this QEMU has not all that `machine` is made of.
///
/// # Panics
/// If it is, and `BOOT256_SKIP` is `no`.
#[track_caller]
pub fn skips(machine: &Machine) -> bool {
    let Some(what) = machine.hardware().find(|what| !hardware_of_qemu().contains(*what)) else { return false };
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let why = format!("{} has no {what}", qemu().display());
    assert!(std::env::var("BOOT256_SKIP").as_deref() != Ok("no"), "{why}, and BOOT256_SKIP is no");
    // Past the test runner, which keeps what a test prints that passes.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
    true
}

/// The boards and devices of this QEMU, by its own lists.
fn hardware_of_qemu() -> &'static HashSet<String> {
    static LISTS: OnceLock<HashSet<String>> = OnceLock::new();
    LISTS.get_or_init(|| {
        // `pc   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)`
        let boards = list("-machine");
        let boards = boards.lines().filter_map(|line| line.split_whitespace().next());
        // `name "ich9-ahci", bus PCI, alias "ahci"`
        let devices = list("-device");
        let devices = devices.lines().flat_map(|line| {
            let name = |key: &str| line.split_once(key).and_then(|(_, rest)| rest.split('"').next());
            [name("name \""), name(", alias \"")].into_iter().flatten()
        });
        boards.chain(devices).map(str::to_owned).collect()
    })
}

/// What QEMU prints to `option help`; nothing if it cannot be started, which the test itself will tell.
fn list(option: &str) -> String {
    let output = Command::new(qemu()).args([option, "help"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
