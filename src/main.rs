//! A virtual machine's whole program in 256 bytes: a banner, a line editor that answers backwards,
//! and a power button that works.
//!
//! A BIOS loads these bytes at 0x7C00 and jumps to them; nothing else is ever loaded.
//! `docs/contract.md` says, byte for byte, what they must do; `docs/how-it-fits.md` walks through them.
//! The order of the files is the order of a run:
//!
//! - [`start`]: the first instruction to the first prompt: the machine is found and set up;
//! - [`line`]: the text on the way out, the typed line on the way in, in one piece of memory;
//! - [`console`]: a byte to the screen and to COM1;
//! - [`wait`]: until COM1 takes a byte, and always the power button;
//! - [`input`]: a byte from the keyboard or COM1, or none;
//! - [`keyboard`], [`uart`], [`pm`], [`idle`]: the devices of that.
//!
//! # Registers
//! Three values live in one register each, all the time, and are passed from hand to hand:
//!
//! | register | value | type |
//! |---|---|---|
//! | BX | where in the text the program is | [`line::Cursor`] |
//! | CX | PM1a_STS, the first port of the power management block | [`pm::Block`] |
//! | DX | COM1's data port, while a byte may be written there | [`wait::Com1`] |
//!
//! They are arguments and results here, so the compiler keeps track of them. AX is scratch. What
//! the compiler is not told is that the code runs in real mode with 16-bit calls: see [`console::put`].
//! And `.cargo/boot.csv` tells it that no caller wants its registers back.

#![no_std]
#![no_main]
mod bios;
mod console;
mod idle;
mod input;
mod keyboard;
mod line;
mod opaque;
mod pm;
mod start;
mod uart;
mod wait;

use line::Cursor;
use opaque::Byte;
use pm::Block;
use wait::Com1;

/// Carriage return: the Enter key.
const CR: u8 = 0x0D;
/// Line feed: the end of a line from a file, or the second half of CR LF.
const LF: u8 = 0x0A;
/// Backspace. On the way out it moves the cursor back by one and erases nothing.
const BS: u8 = 0x08;
/// Delete: what the Backspace key of most terminals sends.
const DEL: u8 = 0x7F;
/// The first byte that is text and not a control character.
const SPACE: u8 = 0x20;

/// Prints what there is to print, then edits a line, for ever.
///
/// [`start::entry`] falls into this function, so it is not called and does not return. `fastcall`
/// is the calling convention that takes its argument where it is: CX.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.repl")]
extern "fastcall" fn repl(pm: Block) -> ! {
    let mut com1 = Com1::ready(pm);
    let mut cursor = Cursor::banner();
    loop {
        // The banner and the prompt at first; later the answer (CR LF, the line backwards, CR LF)
        // and the prompt.
        loop {
            com1 = console::put(pm, com1, cursor.read());
            cursor = cursor.down();
            if cursor.is_at::<{ line::STOP }>() {
                break;
            }
        }
        cursor = cursor.to_line();
        'edit: loop {
            let mut byte;
            'echo: {
                'control: {
                    if let Some(typed) = input::get(pm, &mut com1) {
                        byte = Byte::new(typed);
                    } else {
                        // Woken, the program looks again. It takes the way of a control character
                        // that does nothing, since what `sleep` returns is none that does: that saves a jump.
                        const { assert!(idle::PIC1_OPEN != LF && idle::PIC1_OPEN != BS) }
                        byte = Byte::new(idle::sleep());
                        break 'control;
                    }
                    if byte.is(CR) {
                        break 'edit;
                    }
                    if byte.is(DEL) {
                        byte.set(BS);
                    }
                    if byte.is_at_least(SPACE) {
                        if cursor.is_at::<{ line::FULL }>() {
                            continue 'edit;
                        }
                        cursor = cursor.push(byte.get());
                        break 'echo;
                    }
                    // Control characters are rare. LLVM has to know it: of the two ways that lead to
                    // them it gives the more frequent one no jump, and that has to be the one from `sleep`.
                    core::hint::cold_path();
                }
                if cursor.is_at::<{ line::EMPTY }>() {
                    continue 'edit;
                }
                if byte.is(LF) {
                    break 'edit;
                }
                if !byte.is(BS) {
                    continue 'edit;
                }
                cursor = cursor.down();
                // BS and a space here, the second BS below with the echo of all other bytes.
                com1 = console::put(pm, com1, byte.get());
                com1 = console::put(pm, com1, SPACE);
                byte.set(BS);
            }
            com1 = console::put(pm, com1, byte.get());
        }
        cursor = cursor.push_line_end();
    }
}

/// Nothing here can panic; the compiler asks for it all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
