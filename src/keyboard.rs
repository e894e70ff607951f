//! The PC keyboard, by the BIOS: INT 16h.

use core::arch::asm;

use crate::{bios, idle};

/// Shuts the first interrupt controller; does a key wait in the BIOS's buffer?
///
/// SeaBIOS opens the processor's interrupts for a moment in this call, Bochs's BIOS for longer: what
/// comes in between, a byte on COM1 as well as a key, has had its interrupt by the time of the return.
/// A shut controller keeps it, and [`idle::sleep`] opens that one again.
#[inline(always)]
pub fn has_key() -> bool {
    // AH is the BIOS's, AL the controller's: two values by one instruction.
    const PEEK_AND_SHUT: u16 = u16::from_be_bytes([bios::KEYBOARD_PEEK, idle::PIC_SHUT]);
    // In: AX. Clobbers: AX, flags. (INT 16h AH=01h gives the key in AX and keeps it in the buffer.)
    unsafe {
        asm!(
            "out {pic1_mask}, al",
            "int {keyboard}",
            "jnz {yes}",
            pic1_mask = const idle::PIC1_MASK,
            keyboard = const bios::KEYBOARD,
            yes = label { return true },
            inout("ax") PEEK_AND_SHUT => _,
        )
    }
    false
}

/// The character of the key that waits; 0 if the key has none, such as F1.
#[inline(always)]
pub fn read() -> u8 {
    let byte;
    // Out: AL. Clobbers: AH (the scan code), flags.
    unsafe {
        asm!(
            "mov ah, {read}",
            "int {keyboard}",
            read = const bios::KEYBOARD_READ,
            keyboard = const bios::KEYBOARD,
            out("al") byte,
            out("ah") _
        )
    }
    byte
}
