//! The PC keyboard, by the BIOS: INT 16h.

use core::arch::asm;

use crate::bios;

/// Does a key wait in the BIOS's buffer?
///
/// SeaBIOS opens the interrupts for a moment in this call, Bochs's BIOS for longer: what comes in
/// between, a byte on COM1 as well as a key, has had its interrupt by the time of the return.
#[inline(always)]
pub fn has_key() -> bool {
    // Dies: AX, flags. (INT 16h AH=01h gives the key in AX and keeps it in the buffer.)
    unsafe {
        asm!(
            "mov ah, {peek}",
            "int {keyboard}",
            "jnz {yes}",
            peek = const bios::KEYBOARD_PEEK,
            keyboard = const bios::KEYBOARD,
            yes = label { return true },
            out("ax") _
        )
    }
    false
}

/// The character of the key that waits; 0 if the key has none, such as F1.
#[inline(always)]
pub fn read() -> u8 {
    let byte;
    // Out: AL. Dies: AH (the scan code), flags.
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
