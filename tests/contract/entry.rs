//! The program starts however a firmware enters it.

use crate::loader::{Entry, Loader};

use boot256_qemu::machine::Machine;

const CARRY: u16 = 1 << 0;
const IF: u16 = 1 << 9;
const DF: u16 = 1 << 10;
/// Bit 1 is always 1; parity, adjust, zero, sign and overflow are what they are after arithmetic.
const ALL_ARITHMETIC: u16 = 1 << 11 | 1 << 7 | 1 << 6 | 1 << 4 | 1 << 2 | 1 << 1 | CARRY;

#[track_caller]
fn starts(entry: Entry) {
    let (mut vm, _disk) = Loader::default().enters(entry).boot(Machine::pc());
    vm.types(b"hello\r");
    vm.types_on_keyboard("hello\r");
    vm.powers_off();
}

rows! {
    starts;
    as_seabios_enters_it: Entry::default();
    /// Bochs does so for a CD.
    at_07c0_0000: Entry { at: (0x07C0, 0), ..Entry::default() };
    with_the_direction_flag_set: Entry { flags: DF | IF, ..Entry::default() };
    with_interrupts_off: Entry { flags: 0x0082, ..Entry::default() };
    with_every_flag_set: Entry { flags: DF | IF | ALL_ARITHMETIC, ..Entry::default() };
    with_no_flag_set: Entry { flags: 0, ..Entry::default() };
    with_all_bits_set_in_every_register: Entry { registers: Some(0xFFFF), ..Entry::default() };
    with_garbage_in_every_register: Entry { registers: Some(0xA55A), ..Entry::default() };
    with_the_stack_at_the_end_of_a_segment: Entry { stack: (0x8000, 0), ..Entry::default() };
    with_an_odd_stack: Entry { stack: (0x5000, 0x1235), ..Entry::default() };
    /// Nothing can be pushed there; with interrupts off nothing has to be.
    with_the_stack_in_rom: Entry { stack: (0xF000, 0x0003), flags: 0x0002, ..Entry::default() };
    with_everything_at_its_worst: Entry {
        at: (0x07C0, 0),
        stack: (0x7000, 0xFFFF),
        flags: DF | ALL_ARITHMETIC,
        registers: Some(0xBEEF),
    };
}
