//! The power button, by QMP's `system_powerdown`: the machine switches itself off, which QEMU
//! reports as the event SHUTDOWN with the reason `guest-shutdown`.

use std::io::Write;

use boot256_facts::START;
use boot256_facts::editor::Editor;
use boot256_qemu::machine::Machine;
use boot256_qemu::vm::Vm;
use serde_json::json;

use crate::loader::Loader;
use crate::pm_block::PORTS_OF_SEABIOS;
use crate::{boot_img, pc};

/// A line that never ends: what is typed in a paste that is longer than any machine lives.
const PASTED: &[u8] = b"the quick brown fox\r";

#[track_caller]
fn after((typed, machine): (&[u8], Machine)) {
    let mut vm = machine.drive(&boot_img()).boot();
    vm.types(typed);
    vm.powers_off();
}

rows! {
    after;
    at_the_prompt_on_pc: (b"", Machine::pc());
    at_the_prompt_on_q35: (b"", Machine::q35());
    in_mid_line_on_pc: (b"first\rsecond", Machine::pc());
    in_mid_line_on_q35: (b"first\rsecond", Machine::q35());
    in_mid_line_with_nographic: (b"first\rsecond", Machine::pc().nographic());
    with_a_full_line_on_pc: (&[b'x'; 90], Machine::pc());
}

/// The paste goes on until the machine is off, so it cannot be that the button had to wait for its
/// end. What was said until then is what the model says, save that the last answer may be cut off.
#[track_caller]
pub fn during_a_paste(machine: Machine) {
    let mut vm = machine.drive(&boot_img()).boot();
    let mut writer = vm.com1_writer();
    let paste = std::thread::spawn(move || while writer.write_all(PASTED).is_ok() {});
    vm.hears(|said| said.len() > 1000);
    vm.presses_power_button();
    vm.is_off();
    let said = vm.ends_unchecked();
    paste.join().unwrap();
    says_the_start_of(&said, PASTED);
}

/// `said` is how the model's answer to `typed`, over and over, begins.
#[track_caller]
pub fn says_the_start_of(said: &[u8], typed: &[u8]) {
    let mut editor = Editor::new();
    let mut wanted = START.to_vec();
    while wanted.len() < said.len() {
        wanted.extend(editor.feed_all(typed));
    }
    let right = said.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    assert!(right == said.len(), "wrong after {right} bytes: {}", said[right.saturating_sub(40)..].escape_ascii());
}

rows! {
    during_a_paste;
    during_a_paste_on_pc: Machine::pc();
    during_a_paste_on_q35: Machine::q35();
    during_a_paste_with_nographic: Machine::pc().nographic();
}

/// A press before the program runs is not meant for it: QEMU drops it, for the button is not
/// enabled yet.
#[test]
fn a_press_before_the_firmware_has_started_does_nothing() {
    let mut vm = Machine::pc().with("-S").drive(&boot_img()).launch();
    vm.presses_power_button();
    vm.run("cont", json!({}));
    vm.starts();
    vm.types(b"hello\r");
    vm.powers_off();
}

/// As on a machine whose firmware has enabled the button: the status is set when the program starts.
#[track_caller]
fn an_old_press_is_taken_back(machine: Machine) {
    let (mut vm, _disk) = Loader::default().waits_for_press(PORTS_OF_SEABIOS).launch(machine);
    vm.until("the loader enables the button", |vm| vm.port(PORTS_OF_SEABIOS + 2) == 0x100);
    vm.presses_power_button();
    vm.starts();
    assert_eq!(vm.port(PORTS_OF_SEABIOS) & 0x100, 0, "PM1a_STS");
    vm.types(b"hello\r");
    assert_eq!(vm.run("query-status", json!({}))["status"], "running");
    vm.powers_off();
}

rows! {
    an_old_press_is_taken_back;
    a_press_before_the_program_has_started_does_nothing_on_pc: Machine::pc();
    a_press_before_the_program_has_started_does_nothing_on_q35: Machine::q35();
}

/// The clock and the SCI on the second interrupt controller.
pub const CLOCK: u8 = 1 << 0;
pub const SCI: u8 = 1 << 1;

/// Shuts `lines` of the second interrupt controller, beside those that are shut, when the CPU halts.
#[track_caller]
pub fn shuts(vm: &mut Vm, lines: u8) {
    const MASK: u16 = 0xA1;
    vm.until("the CPU halts", Vm::is_halted);
    let mask = vm.byte_port(MASK) | lines;
    vm.human(&format!("o /b {MASK:#x} {mask:#x}"));
    assert_eq!(vm.byte_port(MASK), mask);
}

/// VirtualBox's ICH9 sends the SCI past the interrupt controllers that the program uses: it never
/// comes. The clock's interrupt, once a second, sees the press then.
#[test]
fn a_press_whose_sci_never_comes_is_seen_by_the_clock() {
    let mut vm = pc();
    shuts(&mut vm, SCI);
    vm.powers_off();
}

/// No second has to go by where it comes.
#[track_caller]
fn the_sci_alone_is_enough(machine: Machine) {
    let mut vm = machine.drive(&boot_img()).boot();
    shuts(&mut vm, CLOCK);
    vm.powers_off();
}

rows! {
    the_sci_alone_is_enough;
    a_press_is_seen_by_the_sci_alone_on_pc: Machine::pc();
    a_press_is_seen_by_the_sci_alone_on_q35: Machine::q35();
}

/// Neither of them: the next byte sees it.
#[test]
fn a_press_that_wakes_nothing_is_seen_with_the_next_byte() {
    let mut vm = pc();
    shuts(&mut vm, CLOCK | SCI);
    vm.presses_power_button();
    vm.com1_writer().write_all(b"x").unwrap();
    vm.is_off();
}

/// The timer's carry, every 2.3 seconds, is such an event: its status is set, its SCI comes.
#[test]
fn another_power_management_event_does_not_switch_off() {
    let mut vm = pc();
    vm.human(&format!("o /h {:#x} 0x0101", PORTS_OF_SEABIOS + 2));
    vm.until("the timer's carry", |vm| vm.port(PORTS_OF_SEABIOS) & 1 != 0);
    vm.types(b"hello\r");
    assert_eq!(vm.run("query-status", json!({}))["status"], "running");
    vm.powers_off();
}

#[test]
fn the_machine_is_off_after_a_press_and_says_no_more() {
    let mut vm = pc();
    vm.types(b"hello\r");
    vm.presses_power_button();
    vm.is_off();
    assert_eq!(vm.run("query-status", json!({}))["status"], "shutdown");
    vm.ends();
}
