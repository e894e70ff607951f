//! The way out: each byte to COM1 and to the screen.

#![expect(bad_asm_style, reason = "the 16-bit CALL and RET exist in AT&T syntax only")]

use core::arch::{asm, naked_asm};

use crate::bios::{VIDEO, VIDEO_TELETYPE};
use crate::pm::Block;
use crate::wait;

/// Prints `byte`, when COM1 takes it. The power button is watched meanwhile.
#[inline(always)]
pub fn put(pm: Block, byte: u8) {
    // A 16-bit call of 3 bytes; the compiler's own would be of 6, with a return address of 4 that
    // `teletype` does not expect. Intel syntax has no way to write it.
    // In: AL; CX. Clobbers: flags.
    unsafe { asm!("callw {teletype}", teletype = sym teletype, in("al") byte, in("cx") pm.0, options(att_syntax)) }
}

/// In: AL; CX. Clobbers: flags. (PUSHA, POPA: some old video BIOSes lose BP when they scroll.)
#[unsafe(naked)]
#[unsafe(link_section = ".text.teletype")]
extern "C" fn teletype() {
    naked_asm!(
        "pusha",
        // The byte is in BP while AL is the line's status.
        "xchg ax, bp",
        // The 16-bit call of 3 bytes and return of 1: see `put`.
        ".att_syntax",
        "callw {ready}",
        ".intel_syntax noprefix",
        "xchg ax, bp",
        "out dx, al",
        "mov ah, {teletype}",
        "xor bx, bx",
        "int {video}",
        "popa",
        ".att_syntax",
        "retw",
        ".intel_syntax noprefix",
        ready = sym wait::ready,
        teletype = const VIDEO_TELETYPE,
        video = const VIDEO,
    )
}
