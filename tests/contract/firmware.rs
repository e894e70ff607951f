//! Firmware with other habits than SeaBIOS's, and COM1 on another interrupt: what real machines have.

use boot256_qemu::machine::Machine;
use boot256_qemu::vm::Vm;
use serde_json::json;

use crate::boot_img;
use crate::habits::{Habit, LATE, MODES};
use crate::idle::{clock_interrupts, waits_for_clock};
use crate::loader::Loader;
use crate::power_button::{CLOCK, SCI, shuts};

/// The SCI stays raised until the press is taken back, which such a handler does not do: where it is
/// level-triggered the CPU would never leave the handler.
#[track_caller]
fn the_button_works_with_a_level_triggered_sci(machine: Machine) {
    let (mut vm, _disk) = Loader::default().has_habit(Habit::LevelSci).boot(machine);
    vm.types(b"hello\rhel");
    vm.powers_off();
}

rows! {
    the_button_works_with_a_level_triggered_sci;
    the_button_works_with_a_level_triggered_sci_on_pc: Machine::pc();
    the_button_works_with_a_level_triggered_sci_on_q35: Machine::q35();
}

/// The SCI never comes, so the clock must, again and again, where its handler is one that asks
/// register B first.
#[test]
fn the_clock_wakes_it_where_the_bios_asks_for_the_periodic_or_the_alarm_interrupt() {
    let loader = Loader::default().has_habit(Habit::ClockReadOnlyForPieOrAie).has_habit(Habit::SciPastThePics);
    let (mut vm, _disk) = loader.boot(Machine::q35());
    vm.types(b"hel");
    let clock = clock_interrupts(&mut vm);
    waits_for_clock(&mut vm, clock + 2);
    let scis = vm.irqs()[9];
    vm.presses_power_button();
    vm.is_off();
    assert_eq!(vm.irqs()[9], scis, "the SCI is not to reach the 8259");
    vm.ends();
}

/// The modes that the loader's INT 10h has been asked for.
#[track_caller]
fn modes(vm: &mut Vm) -> Vec<u8> {
    let count = usize::from(vm.memory(MODES, 1)[0]);
    let noted = vm.memory(MODES, 2 + count.max(1));
    noted[2..2 + count].to_vec()
}

/// SeaBIOS's serial console switches itself off at a mode above 7. Here it is another system BIOS that is
/// asked: it must know no mode of that number, and clear nothing.
#[test]
fn a_system_bios_is_asked_for_no_mode_that_a_video_bios_knows() {
    let (mut vm, _disk) = Loader::default().has_habit(Habit::VideoInSystemBios).boot(Machine::pc());
    vm.types(b"hello\r");
    let modes = modes(&mut vm);
    assert!(!modes.is_empty(), "INT 10h in the system BIOS is not asked at all");
    for mode in modes {
        let (keeps, number) = (mode & 0x80 != 0, mode & 0x7F);
        // IBM's own are 00h to 13h, VESA's is 6Ah.
        assert!(keeps && number > 0x13 && number != 0x6A, "mode {mode:02x}h is asked for");
    }
    vm.powers_off();
}

#[test]
fn a_video_card_is_asked_for_no_mode() {
    let (mut vm, _disk) = Loader::default().has_habit(Habit::VideoElsewhere).boot(Machine::pc());
    vm.types(b"hello\r");
    assert_eq!(modes(&mut vm), [0; 0]);
    vm.powers_off();
}

/// A key that the BIOS throws away must not make the program wait for another: its echo here would
/// need a key, not a byte on COM1.
#[test]
fn com1_and_the_button_work_after_f11_where_the_bios_drops_it() {
    let (mut vm, _disk) = Loader::default().has_habit(Habit::DropsF11).boot(Machine::pc());
    for key in ["f11", "f12", "f11"] {
        let keyboard = vm.irqs()[1];
        vm.presses(&[key], None);
        vm.until("the key has been pressed and released", |vm| vm.irqs()[1] >= keyboard + 2);
        vm.types(b"serial\r");
        vm.types_on_keyboard("key\r");
    }
    vm.presses(&["f11"], None);
    vm.powers_off();
}

/// Nothing else wakes the program here: the clock and the SCI are shut, COM1 is silent.
#[track_caller]
fn a_key_after_the_last_look_ends_the_halt(machine: Machine) {
    let (mut vm, _disk) = Loader::default().has_habit(Habit::KeyComesLate).boot(machine);
    shuts(&mut vm, CLOCK | SCI);
    // Without releases, which are interrupts too.
    let down = |key: &str| {
        json!({ "events": [{ "type": "key", "data": {
        "down": true, "key": { "type": "qcode", "data": key } } }] })
    };
    vm.run("input-send-event", down("w"));
    vm.answers(b"w");
    vm.types(b"");
    vm.until("INT 16h has looked", |vm| vm.memory(LATE, 1) == [2]);
    vm.run("input-send-event", down("x"));
    vm.answers(b"x");
    vm.types(b"");
    assert_eq!(vm.memory(LATE, 1), [3], "how far the key's way was");
    vm.ends();
}

rows! {
    a_key_after_the_last_look_ends_the_halt;
    a_key_after_the_last_look_ends_the_halt_on_pc: Machine::pc();
    a_key_after_the_last_look_ends_the_halt_on_q35: Machine::q35();
}

/// With the clock and the SCI shut, IRQ 3 is all that can tell of a byte that comes while the CPU halts.
#[track_caller]
fn com1_on_irq_3_wakes_it(machine: Machine) {
    let mut vm = machine.with_com1_on_irq(3).drive(&boot_img()).boot();
    shuts(&mut vm, CLOCK | SCI);
    for byte in b"hello\rworld\x7f\r" {
        vm.until("the CPU halts", Vm::is_halted);
        vm.types(&[*byte]);
    }
    vm.types(&b"a paste\r".repeat(100));
    vm.ends();
}

rows! {
    com1_on_irq_3_wakes_it;
    com1_on_irq_3_wakes_it_on_pc: Machine::pc();
    com1_on_irq_3_wakes_it_on_q35: Machine::q35();
}
