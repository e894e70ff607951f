//! A byte that the optimiser may assume nothing about.
//!
//! What LLVM makes of plain comparisons of a `u8` with constants is larger than the source: it
//! gathers them into a 32-bit switch (movzx, then compares of 4 bytes and a prefix), and where it
//! knows the value after a comparison, it loads the constant again instead of keeping the register.
//! An empty `asm!` between any two looks at the byte keeps each comparison what it is: CMP AL, imm8
//! and a jump, 4 bytes. It emits no instruction.

use core::arch::asm;

/// The byte being worked on, in AL.
pub struct Byte(u8);

impl Byte {
    /// Takes over `byte`.
    #[inline(always)]
    pub fn new(byte: u8) -> Self {
        Self(byte)
    }

    /// The value.
    #[inline(always)]
    pub fn get(&self) -> u8 {
        self.0
    }

    /// Makes it `value`.
    #[inline(always)]
    pub fn set(&mut self, value: u8) {
        self.0 = value;
        self.forget();
    }

    /// Is it `value`?
    #[inline(always)]
    pub fn is(&mut self, value: u8) -> bool {
        let is = self.0 == value;
        self.forget();
        is
    }

    /// Is it `value` or more, unsigned?
    #[inline(always)]
    pub fn is_at_least(&mut self, value: u8) -> bool {
        let is = self.0 >= value;
        self.forget();
        is
    }

    /// From here on the optimiser knows nothing of the value.
    #[inline(always)]
    fn forget(&mut self) {
        // In, out: AL. Clobbers: nothing.
        unsafe { asm!("", inout("al") self.0, options(nomem, nostack, preserves_flags)) }
    }
}
