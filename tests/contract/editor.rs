//! The contract's table of the line editor, case by case, on COM1 and on the screen.

use crate::pc;

#[test]
fn hello_and_enter_are_answered_backwards() {
    let mut vm = pc();
    vm.types(b"hello\r");
    vm.powers_off();
}
