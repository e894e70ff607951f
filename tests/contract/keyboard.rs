//! The PC keyboard, alone and beside COM1: one line editor, one stream.

use std::io::Write;

use boot256_facts::editor::Editor;
use boot256_facts::{Group, START, cases};
use boot256_qemu::machine::Machine;
use boot256_qemu::vm::Vm;
use serde_json::json;

use crate::{boot_img, pc};

/// Types each case of `group` that a keyboard has keys for, all in one machine.
#[track_caller]
fn holds(mut vm: Vm, group: Group) {
    let mut count = 0;
    for case in cases(group).filter(|case| case.keys().is_some()) {
        vm.holds_on_keyboard(case);
        count += 1;
    }
    assert!(count > 0, "no case of {group:?} can be typed on a keyboard");
    vm.powers_off();
}

rows! {
    |group| holds(pc(), group);
    keys_do_what_the_cases_say: Group::Keys;
    a_line_is_answered: Group::Answers;
    backspace_removes_the_last_character: Group::Removing;
    a_line_of_keys_ends_at_80_characters: Group::Length;
    every_printable_key_types_its_character: Group::Bytes;
}

#[test]
fn keys_do_what_the_cases_say_without_a_serial_port() {
    holds(Machine::pc().without_com1().drive(&boot_img()).boot(), Group::Keys);
}

#[test]
fn a_line_may_come_from_both_sides() {
    let mut vm = pc();
    for _ in 0..3 {
        vm.types_on_keyboard("ab");
        vm.types(b"cd");
        vm.types_on_keyboard("\x08e");
        vm.types(b"\x7ff");
        vm.types_on_keyboard("\r");
        vm.types(b"serial\r");
    }
    vm.powers_off();
}

#[test]
fn keys_pressed_faster_than_the_program_reads_wait_their_turn() {
    let mut vm = pc();
    for (key, byte) in [("a", b'a'), ("b", b'b'), ("c", b'c'), ("d", b'd'), ("ret", b'\r')] {
        vm.run("send-key", json!({ "keys": [{ "type": "qcode", "data": key }], "hold-time": 1 }));
        vm.answers(&[byte]);
    }
    vm.types(b""); // waits for the answers to all of them
    vm.powers_off();
}

/// Both at once: the order is nobody's to say, but no byte of either side is lost or doubled.
#[test]
fn keys_during_a_paste_are_neither_lost_nor_doubled() {
    const KEYS: usize = 8;
    let paste = [&b"abc\r".repeat(1500)[..], b"\r"].concat();
    let mut vm = pc();
    let (mut writer, bytes) = (vm.com1_writer(), paste[..paste.len() - 1].to_vec());
    let pasted = std::thread::spawn(move || writer.write_all(&bytes));
    for n in 1..=KEYS {
        vm.run("send-key", json!({ "keys": [{ "type": "qcode", "data": "k" }], "hold-time": 1 }));
        vm.hears(|said| without_k(said).len() + n <= said.len());
    }
    pasted.join().unwrap().unwrap();
    vm.com1_writer().write_all(b"\r").unwrap(); // for a k that came last
    let wanted = [START, &Editor::new().feed_all(&paste)].concat();
    vm.hears(|said| said.len() >= wanted.len() + 2 * KEYS); // echo and answer of each k
    let said = vm.ends_unchecked();
    assert_eq!(said.len(), wanted.len() + 2 * KEYS);
    assert!(without_k(&said) == wanted, "the paste has not come back whole");
}

fn without_k(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|&byte| byte != b'k').collect()
}

#[test]
fn the_keyboard_works_on_q35() {
    let mut vm = Machine::q35().drive(&boot_img()).boot();
    vm.types_on_keyboard("hello\x08\r");
    vm.powers_off();
}

#[test]
fn the_keyboard_works_beside_the_firmwares_serial_console() {
    let mut vm = Machine::pc().nographic().drive(&boot_img()).boot();
    vm.types_on_keyboard("keys\r");
    vm.types(b"serial\r");
    vm.powers_off();
}
