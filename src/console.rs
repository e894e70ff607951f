//! The way out: each byte to COM1 and to the screen.

#![expect(bad_asm_style, reason = "the 16-bit RET exists in AT&T syntax only")]

use core::arch::{asm, naked_asm};

use crate::bios::{VIDEO, VIDEO_TELETYPE};
use crate::uart::{Com1, LSR, RBR_THR, THRE};

/// Prints `byte`.
#[inline(always)]
pub fn put(com1: Com1, byte: u8) {
    // A 16-bit call of 3 bytes; the compiler's own would be of 6, with a return address of 4 that
    // `teletype` does not expect. Intel syntax has no way to write it.
    // In: AL, DX with the right DH. Dies: flags.
    unsafe { asm!("callw {teletype}", teletype = sym teletype, in("al") byte, in("dx") com1.0, options(att_syntax)) }
}

/// In: AL, and 03h in DH. Dies: flags. (PUSHA, POPA: some old video BIOSes lose BP when they scroll.)
///
/// A transmitter that is never ready is given up after 65,536 looks, a tenth of a second: a byte at
/// 9600 baud takes a hundredth of that. Where there is no UART, FFh says ready at once.
#[unsafe(naked)]
#[unsafe(link_section = ".text.teletype")]
extern "C" fn teletype() {
    naked_asm!(
        "pusha",
        "xchg ax, bx",
        "xor cx, cx",
        "mov dl, {lsr}",
        "2: in al, dx",
        "test al, {thre}",
        "loopz 2b",
        "xchg ax, bx",
        "mov dl, {thr}",
        "out dx, al",
        "mov ah, {teletype}",
        "xor bx, bx",
        "int {video}",
        "popa",
        // The 16-bit return of 1 byte; in Intel syntax RET is the 32-bit one of 2.
        ".att_syntax",
        "retw",
        ".intel_syntax noprefix",
        lsr = const LSR as u8,
        thre = const THRE,
        thr = const RBR_THR as u8,
        teletype = const VIDEO_TELETYPE,
        video = const VIDEO,
    )
}
