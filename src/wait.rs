//! COM1 as the program sees it: it waits until a byte may be written, and then knows whether one
//! has come.
//!
//! This is the one place where the program waits awake, and the one where it looks at the power
//! button. The line may stay shut for as long as nobody reads it, so both are one loop: it goes on
//! as long as it takes, and the button works meanwhile. The loop is run before the first byte, after
//! each byte for the next one, and before each look for input, where it goes round once.

#![expect(bad_asm_style, reason = "the 16-bit RET exists in AT&T syntax only")]

use core::arch::{asm, naked_asm};

use crate::pm::{self, Block};
use crate::uart::{DR, LSR, PE, RBR_THR, THRE};

// `ready` goes from LSR to THR by the lower byte.
const _: () = assert!(LSR >> 8 == RBR_THR >> 8);

/// COM1, which takes a byte now: the owner of this may write one, and gets it back when the next one may be
/// written. Where there is no UART, all of its ports read FFh, and take anything.
pub struct Com1 {
    /// The line status register, as it was when a byte could be written.
    pub lsr: u8,
    /// The port of the receiver buffer and transmitter holding register. It stays in DX, which no BIOS call
    /// that the program makes from then on changes: INT 16h does not, and [`crate::console::put`] saves it.
    pub rbr_thr: u16,
}

impl Com1 {
    /// Waits until a byte may be written, and looks at the power button. Interrupts are off afterwards.
    #[inline(always)]
    pub fn ready(pm: Block) -> Self {
        let (lsr, rbr_thr);
        // In: CX. Out: AL; DX. Clobbers: AH, flags. (AT&T syntax: see `console::put`.)
        unsafe {
            asm!(
                "callw {ready}",
                ready = sym ready,
                in("cx") pm.0,
                out("al") lsr,
                out("ah") _,
                out("dx") rbr_thr,
                options(att_syntax)
            )
        }
        Self { lsr, rbr_thr }
    }

    /// Has a byte come?
    ///
    /// DR says so; but where there is no UART, it is set, too. PE tells the two apart: it is never set
    /// by a UART, and always where there is none. So a byte has come if one of the two is set, and not
    /// both: an odd number. Every TEST sets the parity flag by whether the number of bits is even.
    #[inline(always)]
    pub fn has_received(&self) -> bool {
        (self.lsr & (DR | PE)).count_ones() & 1 == 1
    }

    /// The byte that has come.
    #[inline(always)]
    pub fn receive(&self) -> u8 {
        let byte;
        // In: DX. Out: AL. Clobbers: nothing.
        unsafe { asm!("in al, dx", in("dx") self.rbr_thr, out("al") byte, options(nomem, nostack, preserves_flags)) }
        byte
    }
}

/// In: CX. Out: AL, the line status register with THRE set; DX, the port of RBR and THR; interrupts off.
/// Clobbers: AH, flags.
#[unsafe(naked)]
#[unsafe(link_section = ".text.ready")]
extern "C" fn ready() {
    naked_asm!(
        // See `input::get`; and during the banner no timer tick: SeaBIOS's serial console takes bytes
        // from COM1 then, and sends some.
        "cli",
        "2:",
        // The button. FFFFh, no block, becomes 0 by the INC, no press. The other bits that the INC
        // changes are in the lower byte. SAHF moves PWRBTN, bit 0 of AH, to the carry flag.
        "mov dx, cx",
        "in ax, dx",
        "inc ax",
        "sahf",
        "jnc 3f",
        // Pressed. Written back to PM1a_STS, the press is cleared, so that it counts once; the
        // lower bits clear events that are not used, or none. Then PM1a_CNT gets each of SOFT_OFF. The
        // lower byte stays as it is: see `pm::soft_off`. Where one of the three works, some more
        // instructions are run, and then none.
        "out dx, ax",
        "add dx, {cnt}",
        "mov ah, {first}",
        "out dx, ax",
        "mov ah, {second}",
        "out dx, ax",
        "mov ah, {third}",
        "out dx, ax",
        "3:",
        // The line. FFh, no UART, says ready.
        "mov dx, {lsr}",
        "in al, dx",
        "test al, {thre}",
        "jz 2b",
        "mov dl, {rbr_thr}",
        // The 16-bit return of 1 byte; in Intel syntax RET is the 32-bit one of 2.
        ".att_syntax",
        "retw",
        ".intel_syntax noprefix",
        cnt = const pm::CNT,
        first = const pm::soft_off(0),
        second = const pm::soft_off(1),
        third = const pm::soft_off(2),
        lsr = const LSR,
        thre = const THRE,
        rbr_thr = const RBR_THR as u8,
    )
}
