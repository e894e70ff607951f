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

/// The UART holds one byte of it from before the firmware runs, which is thrown away when the program
/// switches the FIFO on (PC16550D, section 8.5.4); the others wait on the line and are answered.
#[track_caller]
fn what_is_typed_before_the_start_is_answered(machine: Machine) {
    let mut vm = machine.with("-S").drive(&boot_img()).launch();
    vm.com1_writer().write_all(b"hello\rworld\r").expect("COM1 takes all");
    vm.until("the UART holds a byte", |vm| vm.byte_port(0x3FD) & 1 != 0);
    vm.run("cont", json!({}));
    let answer = Editor::new().feed_all(b"ello\rworld\r");
    vm.hears(|said| said.len() >= START.len() + answer.len());
    let said = vm.ends_unchecked();
    assert_eq!(said.escape_ascii().to_string(), [START, &answer].concat().escape_ascii().to_string());
}

rows! {
    what_is_typed_before_the_start_is_answered;
    what_is_typed_before_the_start_is_answered_on_pc: Machine::pc();
    what_is_typed_before_the_start_is_answered_on_q35: Machine::q35();
}

#[test]
fn nothing_is_said_without_input() {
    let mut vm = pc();
    let clock = crate::idle::clock_interrupts(&mut vm);
    crate::idle::waits_for_clock(&mut vm, clock + 2); // a second of the guest's own time at least
    vm.ends();
}
