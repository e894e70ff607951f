//! The way out: each byte to COM1 and to the screen.

use core::arch::{asm, naked_asm};

use crate::bios::{VIDEO, VIDEO_TELETYPE};
use crate::pm::Block;
use crate::wait::Com1;

/// Prints `byte`, and waits until COM1 takes the next one. The power button is watched meanwhile.
#[inline(always)]
pub fn put(pm: Block, com1: Com1, byte: u8) -> Com1 {
    let (lsr, rbr_thr);
    // A 16-bit call of 3 bytes; the compiler's own would be of 6, with a return address of 4 that
    // `teletype` does not expect. Intel syntax has no way to write it.
    // In: AL; CX; DX. Out: AL; DX. Clobbers: AH, flags.
    unsafe {
        asm!(
            "callw {teletype}",
            teletype = sym teletype,
            inout("al") byte => lsr,
            out("ah") _,
            in("cx") pm.0,
            inout("dx") com1.rbr_thr => rbr_thr,
            options(att_syntax)
        )
    }
    Com1 { lsr, rbr_thr }
}

/// In: AL; CX; DX, the port of THR, which is empty. Out: AL, DX. Clobbers: AH, flags.
///
/// Falls into [`crate::wait::ready`], which returns.
#[unsafe(naked)]
#[unsafe(link_section = ".text.teletype")]
extern "C" fn teletype() {
    naked_asm!(
        "pusha",
        "out dx, al",
        "mov ah, {teletype}",
        "xor bx, bx",
        "int {video}",
        "popa",
        teletype = const VIDEO_TELETYPE,
        video = const VIDEO,
    )
}
