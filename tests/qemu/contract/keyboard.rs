//! The PC keyboard, alone and beside COM1: one line editor, one stream.

use std::io::Write;

use boot256_tests::machine::Machine;
use boot256_tests::model::{BS, DEL, Editor, START};
use boot256_tests::vm::Vm;
use serde_json::json;

use crate::{boot_img, pc};

/// A PC without a serial port, at its prompt: the screen is all there is.
#[track_caller]
fn pc_without_com1() -> Vm {
    Machine::pc().without_com1().drive(&boot_img()).boot()
}

#[test]
fn a_line_is_answered_on_com1_and_on_the_screen() {
    let mut vm = pc();
    vm.types_on_keyboard("Hello, World!\r");
    vm.powers_off();
}

#[test]
fn a_line_is_answered_without_a_serial_port() {
    let mut vm = pc_without_com1();
    vm.types_on_keyboard("hello\r");
    vm.powers_off();
}

#[test]
fn every_printable_key_types_its_character() {
    let mut vm = pc();
    let all: String = (' '..='~').collect();
    vm.types_on_keyboard(&all[..60]);
    vm.types_on_keyboard("\r");
    vm.types_on_keyboard(&all[60..]);
    vm.types_on_keyboard("\r");
    vm.powers_off();
}

#[test]
fn backspace_removes_the_last_character() {
    let mut vm = pc();
    vm.presses(&["backspace"], Some(BS)); // nothing to remove
    vm.types_on_keyboard("abx\x08c\r");
    vm.powers_off();
}

#[test]
fn backspace_works_without_a_serial_port() {
    let mut vm = pc_without_com1();
    vm.types_on_keyboard("\x08abx\x08c\r");
    vm.powers_off();
}

#[test]
fn a_line_of_keys_ends_at_80_characters() {
    let mut vm = pc();
    vm.types_on_keyboard(&"x".repeat(81));
    vm.types_on_keyboard("\r");
    vm.powers_off();
}

#[test]
fn keys_without_a_character_are_ignored() {
    let mut vm = pc();
    vm.types_on_keyboard("a");
    for key in KEYS_WITHOUT_A_CHARACTER {
        vm.presses(&[key], None);
        vm.types_on_keyboard("."); // its echo comes after whatever the key did
    }
    vm.types_on_keyboard("\r");
    vm.powers_off();
}

const KEYS_WITHOUT_A_CHARACTER: [&str; 24] = [
    "f1",
    "f2",
    "f5",
    "f10",
    "f11",
    "f12",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pgup",
    "pgdn",
    "insert",
    "delete",
    "shift",
    "ctrl",
    "alt",
    "caps_lock",
    "caps_lock",
    "num_lock",
    "num_lock",
    "scroll_lock",
];

#[test]
fn keys_without_a_character_are_ignored_on_an_empty_line() {
    let mut vm = pc_without_com1();
    for key in ["f1", "up", "left", "delete"] {
        vm.presses(&[key], None);
    }
    vm.types_on_keyboard("ok\r");
    vm.powers_off();
}

#[test]
fn alt_with_a_letter_is_ignored() {
    let mut vm = pc();
    vm.presses(&["alt", "a"], None);
    vm.types_on_keyboard("x\r");
    vm.powers_off();
}

/// Control with a letter is the control byte of that letter, which the table treats as any other.
#[test]
fn control_letters_are_the_bytes_they_stand_for() {
    let mut vm = pc();
    for (key, byte) in [("a", 1), ("c", 3), ("g", 7), ("l", 12), ("z", 26), ("h", 8), ("m", 13), ("j", 10)] {
        vm.types_on_keyboard("x");
        vm.presses(&["ctrl", key], Some(byte));
    }
    vm.types_on_keyboard("\r");
    vm.powers_off();
}

#[test]
fn escape_and_tab_are_ignored_and_control_backspace_deletes() {
    let mut vm = pc();
    vm.types_on_keyboard("ab");
    vm.presses(&["esc"], Some(0x1B));
    vm.presses(&["tab"], Some(0x09));
    vm.presses(&["ctrl", "backspace"], Some(DEL));
    vm.types_on_keyboard("\r");
    vm.powers_off();
}

#[test]
fn the_keypads_enter_ends_a_line() {
    let mut vm = pc();
    vm.types_on_keyboard("abc");
    vm.presses(&["kp_enter"], Some(b'\r'));
    vm.powers_off();
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
