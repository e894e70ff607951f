//! The contract's table of the line editor, case by case, on COM1 and on the screen.
//!
//! The cases are `tools/facts/cases.toml`, where what must come out is written byte for byte beside the
//! model: a slip in the model does not make these pass.

use boot256_facts::{Group, cases};

use crate::pc;

/// Types each case of `group`, all in one machine.
#[track_caller]
fn holds(group: Group) {
    assert!(cases(group).next().is_some(), "tools/facts/cases.toml has no case of {group:?}");
    let mut vm = pc();
    for case in cases(group) {
        vm.holds(case);
    }
    vm.powers_off();
}

/// A test for each group. One that the file has and this list has not does not compile.
macro_rules! groups {
    ($($name:ident: $group:ident;)+) => {
        $(
            #[test]
            fn $name() {
                holds(Group::$group)
            }
        )+

        const _: fn(Group) = |group| match group {
            $(Group::$group)|+ => (),
        };
    };
}

groups! {
    a_line_is_answered_backwards: Answers;
    cr_and_lf_end_lines: LineEnds;
    bs_and_del_remove_the_last_byte: Removing;
    a_line_holds_its_80_bytes_and_no_more: Length;
    every_control_byte_but_four_is_ignored: Ignored;
    every_other_byte_is_echoed_and_answered: Bytes;
    the_bytes_of_keys_do_the_same_on_com1: Keys;
}

#[test]
fn each_of_the_256_bytes_does_what_the_model_says() {
    let mut vm = pc();
    for byte in 0..=0xFF {
        vm.types(&[b'a', byte]);
        vm.types(b"z\r");
    }
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
