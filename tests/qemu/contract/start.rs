//! The banner and the first prompt.

use boot256_facts::{BANNER, START};
use boot256_tests::machine::Machine;

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

#[test]
fn nothing_is_said_without_input() {
    let mut vm = pc();
    let clock = crate::idle::clock_interrupts(&mut vm);
    crate::idle::waits_for_clock(&mut vm, clock + 2); // a second of the guest's own time at least
    vm.ends();
}
