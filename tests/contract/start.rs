//! The banner and the first prompt.

use std::io::Write;

use boot256_facts::editor::Editor;
use boot256_facts::{BANNER, START};
use boot256_qemu::machine::Machine;
use serde_json::json;

use crate::{boot_img, pc};

#[test]
fn com1_says_banner_and_prompt_once() {
    let vm = pc();
    assert_eq!(vm.com1().bytes(), START);
    vm.ends();
}

#[test]
fn the_screen_shows_banner_and_prompt_once() {
    let mut vm = pc();
    vm.shows_it();
    let screen = vm.screen();
    assert_eq!((screen.count(BANNER.as_bytes()), screen.count(b"$")), (1, 1), "{screen}");
    assert!(screen.ends_with(START), "{screen}");
}

#[test]
fn the_screen_alone_shows_them_where_there_is_no_com1() {
    let mut vm = Machine::pc().without_com1().drive(&boot_img()).boot();
    let screen = vm.screen();
    assert_eq!((screen.count(BANNER.as_bytes()), screen.count(b"$")), (1, 1), "{screen}");
    vm.ends();
}

/// Three lines in the pipe before the machine starts, 20 times. All of them are answered, up to `lost` bytes at
/// their start: the UART holds the first one from before the firmware runs, the others wait on the line.
#[track_caller]
fn what_is_piped_in_is_answered((machine, lost): (Machine, usize)) {
    // No more than the 15 keys of SeaBIOS's ring, where its console's tick may put them.
    const PIPED: &[u8] = b"hello\rme\rlast\r";
    let machine = machine.with("-S").drive(&boot_img());
    for _ in 0..20 {
        let mut vm = machine.launch();
        vm.com1_writer().write_all(PIPED).expect("COM1 takes all");
        vm.until("the UART holds a byte", |vm| vm.byte_port(0x3FD) & 1 != 0);
        vm.run("cont", json!({}));
        vm.hears(|said| said.ends_with(b"tsal\r\n$ "));
        let said = vm.ends_unchecked();
        let answer = |lost| [START, &Editor::new().feed_all(&PIPED[lost..])].concat();
        assert!((0..=lost).any(|lost| said.ends_with(&answer(lost))), "`{}`", said.escape_ascii());
    }
}

rows! {
    what_is_piped_in_is_answered;
    what_is_piped_in_is_answered_on_pc: (Machine::pc(), 0);
    what_is_piped_in_is_answered_on_q35: (Machine::q35(), 0);
    /// SeaBIOS throws away what the UART holds when it sets its console up. 0.2.0 lost one byte in each of 20 starts,
    /// too.
    what_is_piped_in_is_answered_but_for_the_firmwares_byte_with_graphics_off: (Machine::pc().graphics_off(), 1);
}

#[test]
fn nothing_is_said_without_input() {
    let mut vm = pc();
    let clock = crate::idle::clock_interrupts(&mut vm);
    crate::idle::waits_for_clock(&mut vm, clock + 2); // a second of the guest's own time at least
    vm.ends();
}
