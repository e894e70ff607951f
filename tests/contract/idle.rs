//! At the prompt the CPU halts, and hardly anything wakes it.

use boot256_qemu::machine::Machine;
use boot256_qemu::skip::skips;
use boot256_qemu::vm::Vm;
use serde_json::json;

use crate::{boot_img, pc};

/// The timer's line, which the program stops.
const TICK: usize = 0;
/// The clock's line: an interrupt a second, see the program's `idle.rs`.
const CLOCK: usize = 8;
/// Where the second interrupt controller, with the clock, is on the first.
const CASCADE: usize = 2;

/// How many seconds the clock has interrupted for, in the guest's own time.
#[track_caller]
pub fn clock_interrupts(vm: &mut Vm) -> u64 {
    vm.irqs()[CLOCK]
}

/// Waits for the clock's interrupt number `count`.
#[track_caller]
pub fn waits_for_clock(vm: &mut Vm, count: u64) {
    vm.until("the clock's next interrupt", |vm| vm.irqs()[CLOCK] >= count);
}

/// The CPU is halted, and while the clock ticks twice no other interrupt is raised.
#[track_caller]
fn is_idle(vm: &mut Vm) {
    is_idle_while(vm, |vm| {
        let count = clock_interrupts(vm);
        waits_for_clock(vm, count + 2);
    });
}

/// Two seconds go by on the clock, which need not interrupt.
#[track_caller]
fn two_seconds_pass(vm: &mut Vm) {
    let date = |vm: &mut Vm| vm.run("qom-get", json!({ "path": "/machine", "property": "rtc-time" }));
    for _ in 0..2 {
        let before = date(vm);
        vm.until("the clock's next second", |vm| date(vm) != before);
    }
}

/// The CPU is halted, and while time passes no interrupt but the clock's is raised.
///
/// The tick that QEMU had planned when the timer was stopped may still come, masked, up to 55 ms later: only then does
/// it look at the new mode, whose output is high as on the chip (seen with QEMU 10.0.13, not with 7.2.22). A timer that
/// runs comes 18 times a second.
#[track_caller]
fn is_idle_while(vm: &mut Vm, time_passes: impl FnOnce(&mut Vm)) {
    vm.until("the CPU halts", Vm::is_halted);
    let before = vm.irqs();
    time_passes(vm);
    let after = vm.irqs();
    for irq in (0..16).filter(|irq| ![CLOCK, CASCADE].contains(irq)) {
        let planned = u64::from(irq == TICK);
        assert!(after[irq] <= before[irq] + planned, "IRQ {irq} comes: {before:?}, then {after:?}");
    }
    vm.until("the CPU halts again", Vm::is_halted);
}

#[test]
fn at_the_first_prompt() {
    let mut vm = pc();
    is_idle(&mut vm);
    vm.powers_off();
}

#[test]
fn in_mid_line_after_serial_and_keyboard_typing() {
    let mut vm = pc();
    vm.types(b"a\rb");
    vm.types_on_keyboard("c");
    is_idle(&mut vm);
    vm.types(b"\r");
    vm.powers_off();
}

#[test]
fn on_q35_beside_the_firmwares_serial_console() {
    let mut vm = Machine::q35().nographic().drive(&boot_img()).boot();
    is_idle(&mut vm);
    vm.powers_off();
}

#[test]
fn where_there_is_no_com1_and_no_power_management() {
    let machine = Machine::new("isapc").without_com1().drive(&boot_img());
    if skips(&machine) {
        return;
    }
    let mut vm = machine.boot();
    // QEMU 8.2.2's ISA PC has the clock's interrupt on no line: its register C reads 90h, and IRQ 8 never comes.
    is_idle_while(&mut vm, two_seconds_pass);
    vm.types_on_keyboard("ok\r");
    vm.ends();
}

#[test]
fn the_other_cpus_never_run() {
    let mut vm = Machine::pc().with("-smp 2").drive(&boot_img()).boot();
    vm.until("both CPUs halt", |vm| vm.human("info registers -a").matches("HLT=1").count() == 2);
    vm.powers_off();
}
