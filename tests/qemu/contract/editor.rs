//! The contract's table of the line editor, case by case, on COM1 and on the screen.
//!
//! What must come out is written here once more, byte for byte, beside the model: a slip in the
//! model does not make these pass.

use boot256_tests::vm::Vm;

use crate::pc;

/// Types `input` and expects exactly `output` on COM1.
#[track_caller]
fn says(vm: &mut Vm, input: &[u8], output: &[u8]) {
    let before = vm.com1().bytes().len();
    vm.types(input);
    let said = vm.com1().bytes().split_off(before);
    assert_eq!(said.escape_ascii().to_string(), output.escape_ascii().to_string(), "to {}", input.escape_ascii());
}

#[test]
fn hello_and_enter_are_answered_backwards() {
    let mut vm = pc();
    says(&mut vm, b"hello\r", b"hello\r\nolleh\r\n$ ");
    vm.powers_off();
}

#[test]
fn the_answer_to_an_empty_line_is_an_empty_line() {
    let mut vm = pc();
    says(&mut vm, b"\r", b"\r\n\r\n$ ");
    says(&mut vm, b"\r\r", b"\r\n\r\n$ \r\n\r\n$ ");
    vm.powers_off();
}

#[test]
fn lf_ends_a_line_that_holds_something() {
    let mut vm = pc();
    says(&mut vm, b"ab\n", b"ab\r\nba\r\n$ ");
    vm.powers_off();
}

#[test]
fn lf_is_ignored_on_an_empty_line() {
    let mut vm = pc();
    says(&mut vm, b"\n\n", b"");
    says(&mut vm, b"a\x08\n", b"a\x08 \x08"); // emptied again
    says(&mut vm, b"x\r", b"x\r\nx\r\n$ ");
    vm.powers_off();
}

#[test]
fn cr_lf_ends_a_line_once() {
    let mut vm = pc();
    says(&mut vm, b"ab\r\ncd\r\n", b"ab\r\nba\r\n$ cd\r\ndc\r\n$ ");
    says(&mut vm, b"\n\r", b"\r\n\r\n$ ");
    vm.powers_off();
}

#[test]
fn bs_and_del_remove_the_last_byte() {
    let mut vm = pc();
    says(&mut vm, b"abc\x08d\r", b"abc\x08 \x08d\r\ndba\r\n$ ");
    says(&mut vm, b"abc\x7fd\r", b"abc\x08 \x08d\r\ndba\r\n$ ");
    says(&mut vm, b"abc\x7f\x08\x7fz\r", b"abc\x08 \x08\x08 \x08\x08 \x08z\r\nz\r\n$ ");
    vm.powers_off();
}

#[test]
fn bs_and_del_do_nothing_on_an_empty_line() {
    let mut vm = pc();
    says(&mut vm, b"\x08\x7f\x08", b"");
    says(&mut vm, b"a\x08\x08\x7f", b"a\x08 \x08");
    says(&mut vm, b"ok\r", b"ok\r\nko\r\n$ ");
    vm.powers_off();
}

#[test]
fn a_line_holds_80_bytes_and_ignores_the_81st() {
    let mut vm = pc();
    for typed in [79, 80, 81, 200] {
        let input: Vec<u8> = (0..typed).map(|n| b'0' + (n % 43) as u8).collect();
        let line = &input[..typed.min(80)];
        let answer: Vec<u8> = line.iter().rev().copied().collect();
        says(&mut vm, &input, line);
        says(&mut vm, b"\r", &[b"\r\n", &answer[..], b"\r\n$ "].concat());
    }
    vm.powers_off();
}

#[test]
fn a_full_line_still_edits() {
    let mut vm = pc();
    vm.types(&[b'a'; 80]);
    says(&mut vm, b"b", b"");
    says(&mut vm, b"\x08", b"\x08 \x08");
    says(&mut vm, b"cd", b"c");
    says(&mut vm, b"\n", &[b"\r\nc", &[b'a'; 79][..], b"\r\n$ "].concat());
    vm.powers_off();
}

#[test]
fn every_control_byte_but_four_is_ignored() {
    let mut vm = pc();
    vm.types(b"a");
    for byte in (0..0x20).filter(|byte| ![0x08, 0x0A, 0x0D].contains(byte)) {
        says(&mut vm, &[byte], b"");
        says(&mut vm, b".", b".");
    }
    says(&mut vm, b"\r", &[b"\r\n", &[b'.'; 29][..], b"a\r\n$ "].concat());
    vm.powers_off();
}

#[test]
fn every_control_byte_is_ignored_on_an_empty_line() {
    let mut vm = pc();
    let controls: Vec<u8> = (0..0x20).filter(|&byte| byte != 0x0D).chain([0x7F]).collect();
    says(&mut vm, &controls, b"");
    says(&mut vm, b"x\r", b"x\r\nx\r\n$ ");
    vm.powers_off();
}

#[test]
fn each_of_the_256_bytes_does_what_the_table_says() {
    let mut vm = pc();
    for byte in 0..=0xFF {
        vm.types(&[b'a', byte]);
        vm.types(b"z\r");
    }
    vm.powers_off();
}

#[test]
fn bytes_from_80h_to_ffh_are_echoed_and_answered() {
    let mut vm = pc();
    for half in [0x80..=0xBF, 0xC0..=0xFF] {
        let line: Vec<u8> = half.collect();
        let answer: Vec<u8> = line.iter().rev().copied().collect();
        says(&mut vm, &[&line[..], b"\r"].concat(), &[&line[..], b"\r\n", &answer, b"\r\n$ "].concat());
    }
    vm.powers_off();
}

#[test]
fn a_line_does_not_show_through_the_next_one() {
    let mut vm = pc();
    vm.types(&[b'x'; 80]);
    vm.types(b"\r");
    says(&mut vm, b"ab\r", b"ab\r\nba\r\n$ ");
    says(&mut vm, b"\r", b"\r\n\r\n$ ");
    vm.powers_off();
}

#[test]
fn the_screen_scrolls_and_stays_right() {
    let mut vm = pc();
    for line in 0..30 {
        vm.types(format!("line {line}\r").as_bytes());
    }
    vm.shows_it();
    vm.powers_off();
}
