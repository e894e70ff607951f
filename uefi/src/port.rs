//! The processor's I/O ports.

use core::arch::asm;

/// Reads the byte at `port`.
pub fn read(port: u16) -> u8 {
    let value;
    // SAFETY: the program reads registers of the UART only, and the firmware has left that one.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags)) }
    value
}

/// Writes the byte `value` to `port`.
pub fn write(port: u16, value: u8) {
    // SAFETY: as for `read`.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags)) }
}

/// Reads the 16 bits at `port`.
pub fn read_16(port: u16) -> u16 {
    let value;
    // SAFETY: the program reads the register of power management events only.
    unsafe { asm!("in ax, dx", in("dx") port, out("ax") value, options(nomem, nostack, preserves_flags)) }
    value
}

/// Writes the 16 bits `value` to `port`.
pub fn write_16(port: u16, value: u16) {
    // SAFETY: the program writes to the registers of power management only.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack, preserves_flags)) }
}
