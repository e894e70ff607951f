//! Which ports the program writes, from QEMU's own trace of every write: the UART's set-up, and
//! what reaches the power management block.
//!
//! That all of these accesses are of 16 bits cannot be told here, for QEMU widens what is narrower
//! before it traces it. The tests on a machine model tell that.

use std::path::Path;

use boot256_facts::{ARM, BANNER, SLEEP_TYPES};
use boot256_qemu::machine::Machine;

use crate::boot_img;
use crate::pm_block::PORTS_OF_SEABIOS as PM;

const COM1: u16 = 0x3F8;
const IER: u16 = COM1 + 1;
const LCR: u16 = COM1 + 3;
const DLAB: u8 = 1 << 7;
/// Of a clock of 115,200 Hz.
const DIVISOR_9600: u16 = 12;

/// A write to a port, as `memory_region_ops_write` of QEMU's trace shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Write {
    port: u16,
    value: u16,
}

/// All writes to the device `name` in the trace at `log`, oldest first.
#[track_caller]
fn writes(log: &Path, name: &str) -> Vec<Write> {
    let text = String::from_utf8_lossy(&std::fs::read(log).expect("QEMU has written a trace")).into_owned();
    let ending = format!("name '{name}'");
    let parse = |line: &str| {
        let mut words = line.split_whitespace();
        let mut number = |key| {
            words.find(|word| *word == key)?;
            u16::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()
        };
        Some(Write { port: number("addr")?, value: number("value")? })
    };
    let lines = text.lines().filter(|line| line.starts_with("memory_region_ops_write") && line.ends_with(&ending));
    lines.map(|line| parse(line).unwrap_or_else(|| panic!("no write in {line:?}"))).collect()
}

/// The writes to the devices `names` from power on to power off, with a line typed between.
#[track_caller]
fn traced(machine: Machine, names: &[&str]) -> Vec<Vec<Write>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("trace");
    let trace = format!("-trace memory_region_ops_write -D {}", log.display());
    let mut vm = machine.with(&trace).drive(&boot_img()).boot();
    vm.types(b"hello\r");
    vm.powers_off();
    names.iter().map(|name| writes(&log, name)).collect()
}

#[test]
fn com1_is_set_to_9600_8n1_before_its_first_byte() {
    let [serial] = &traced(Machine::pc(), &["serial"])[..] else { unreachable!() };
    let (mut lcr, mut divisor) = (0, 0);
    for write in serial {
        let value = write.value as u8;
        match write.port {
            LCR => lcr = value,
            COM1 if lcr & DLAB != 0 => divisor = divisor & 0xFF00 | u16::from(value),
            IER if lcr & DLAB != 0 => divisor = divisor & 0xFF | u16::from(value) << 8,
            COM1 => {
                assert_eq!((lcr, divisor), (0b011, DIVISOR_9600), "LCR and divisor at the first byte");
                assert_eq!(value, BANNER.as_bytes()[0], "the first byte");
                return;
            }
            _ => {}
        }
    }
    panic!("COM1 never gets a byte: {serial:?}");
}

/// IIR bits 7 and 6, where the FIFO is enabled (PC16550D, section 8.6.3): a real UART then holds 16 bytes.
#[test]
fn com1s_fifo_is_on() {
    let mut vm = crate::pc();
    assert_eq!(vm.byte_port(COM1 + 2) & 0xC0, 0xC0, "IIR");
    vm.powers_off();
}

/// PM1a_STS, PM1a_EN and PM1a_CNT are written and nothing else of the block; PM1a_CNT gets SCI_EN,
/// and then SLP_EN with the contract's types: QEMU is off at the first, and may or may not run on to
/// the others. What goes with these into its lower byte must be harmless: SCI_EN, BM_RLD and bits that
/// no chip has.
#[track_caller]
fn the_block_is_written_as_it_must_be(machine: Machine) {
    let [event, control] = &traced(machine, &["acpi-evt", "acpi-cnt"])[..] else { unreachable!() };
    let [old, enable, sci_en] = ARM;
    let (_, button) = old;
    let write = |(offset, value)| Write { port: PM + offset, value };
    assert_eq!(event[0], write(old), "an old press is taken back first");
    assert_eq!(event[1], write(enable), "then the button is enabled");
    assert!(event[2..].iter().all(|write| write.port == PM && write.value & button != 0), "{event:x?}");

    const FIELDS: u16 = 1 << 13 | 7 << 10; // SLP_EN, SLP_TYP
    const HARMLESS: u16 = 0x0033;
    assert!(control.iter().all(|write| write.port == PM + 4), "{control:x?}");
    let (first, sleeps) = control.split_first().expect("PM1a_CNT is written");
    assert_eq!(*first, write(sci_en), "the SCI is enabled");
    assert!(sleeps.iter().all(|write| write.value & !(FIELDS | HARMLESS) == 0), "{sleeps:x?}");
    let types: Vec<u16> = sleeps.iter().map(|write| write.value & FIELDS).collect();
    let allowed = SLEEP_TYPES.map(|kind| 1 << 13 | kind << 10);
    assert!(!types.is_empty() && allowed.starts_with(&types), "{sleeps:x?}");
}

rows! {
    the_block_is_written_as_it_must_be;
    the_power_management_block_is_written_as_it_must_be_on_pc: Machine::pc();
    the_power_management_block_is_written_as_it_must_be_on_q35: Machine::q35();
}
