//! The text that is printed and the line that is typed: one piece of memory, read downwards.
//!
//! The banner and the prompt lie backwards at the head of the program, and the typed line overwrites
//! the banner and, as it grows, the start-up code behind it, which has done its work:
//!
//! ```text
//! 7C00  jump  ' ' '$' LF CR  'I' 'P' 'A' 't' 'n' 'e' 'i' 'l' 'C'  start-up code ...
//!       at the start of a run the cursor prints the banner from here ^ down to ' '
//! 7C00  jump  ' ' '$' LF CR  'h' 'e' 'l' 'l' 'o' LF CR            start-up code ...
//!       at the end of a line the cursor prints the answer from here ^ down to ' '
//! ```
//!
//! So one loop prints the banner, the answer, the line ends and the prompt, and to read downwards is
//! to print a line backwards. Nothing in here is ever above 7CFFh: of the cursor's two bytes only the
//! lower one changes, and a comparison of that one is the shortest there is.

use core::arch::asm;

use crate::uart::{self, Com1};
use crate::{CR, LF};

/// Where a BIOS loads the program.
const ORIGIN: u16 = 0x7C00;
/// Bytes before the text: one instruction and the jump over the text. See [`Cursor::is_at_stop`].
const HEAD: u16 = 4;
/// The prompt's four bytes, CR LF and `$ `, end the text at its lower end.
const PROMPT: u16 = 4;
/// `ClientAPI`.
const BANNER: u16 = 9;
/// Bytes a line holds at most.
const LINE_MAX: u16 = 80;

/// The last byte to print: the blank of the prompt.
const LAST: u16 = ORIGIN + HEAD;
/// Where the first byte of a line goes.
const LINE: u16 = LAST + PROMPT;

// The comparison in `is_at_stop` is with the upper byte of COM1's ports.
const _: () = assert!(LAST - 1 == ORIGIN | uart::COM1 >> 8);
// A line and its CR LF stay in the 256 bytes of which the cursor's lower byte tells.
const _: () = assert!(LINE + LINE_MAX + 2 <= ORIGIN + 0x100);

/// Lower byte of the place where the line starts, and is empty: see [`Cursor::is_at`].
pub const EMPTY: u8 = LINE as u8;
/// Lower byte of the place where it ends, and is full.
pub const FULL: u8 = (LINE + LINE_MAX) as u8;

/// The address of a byte of the text, in BX: the one register of the three that address memory in
/// 16-bit code which both has a lower half of its own and can be an operand of `asm!`.
#[derive(Clone, Copy)]
pub struct Cursor(u16);

impl Cursor {
    /// The first byte of the banner.
    #[inline(always)]
    pub fn banner() -> Self {
        Self(LINE + BANNER - 1)
    }

    /// The byte at the cursor.
    #[inline(always)]
    pub fn read(self) -> u8 {
        let byte;
        // In: BX. Out: AL. Dies: nothing.
        unsafe { asm!("mov al, [bx]", in("bx") self.0, out("al") byte, options(readonly, nostack, preserves_flags)) }
        byte
    }

    /// The place one lower.
    #[inline(always)]
    pub fn down(self) -> Self {
        let mut at = self.0;
        // DEC BX is 1 byte; LLVM's own subtraction is a 32-bit LEA of 5.
        // In, out: BX. Dies: flags.
        unsafe { asm!("dec bx", inout("bx") at, options(nomem, nostack)) }
        Self(at)
    }

    /// From the end of the text, where printing stops, to the start of the line.
    #[inline(always)]
    pub fn to_line(self) -> Self {
        let mut at = self.0;
        // The upper byte is right already: 2 bytes instead of 3.
        // In, out: BX. Dies: nothing.
        unsafe {
            asm!("mov bl, {line}", line = const LINE as u8, inout("bx") at, options(nomem, nostack, preserves_flags))
        }
        Self(at)
    }

    /// Has the cursor gone below the last byte to print?
    ///
    /// That place has been laid where its lower byte is the upper byte of COM1's ports, which is at
    /// hand in DH: a comparison of two registers saves a byte.
    #[inline(always)]
    pub fn is_at_stop(self, com1: Com1) -> bool {
        self.0 as u8 == com1.upper_byte()
    }

    /// Is the cursor at the place of the line whose lower byte is `PLACE`: [`EMPTY`] or [`FULL`]?
    #[inline(always)]
    pub fn is_at<const PLACE: u8>(&mut self) -> bool {
        // As for `opaque::Byte`. The comment makes the text of each place its own: LLVM would make
        // two equal ones that follow a branch one before it, and the comparisons 16 bits wide.
        // In, out: BX. Dies: nothing.
        unsafe {
            asm!("/* {place} */", place = const PLACE, inout("bx") self.0, options(nomem, nostack, preserves_flags))
        }
        self.0 as u8 == PLACE
    }

    /// Adds `byte` to the line.
    #[inline(always)]
    pub fn push(self, byte: u8) -> Self {
        let mut at = self.0;
        // In, out: BX; in: AL. Dies: flags.
        unsafe { asm!("mov [bx], al", "inc bx", inout("bx") at, in("al") byte, options(nostack)) }
        Self(at)
    }

    /// Adds a line end, to be read downwards like the rest, and leaves the cursor at its first byte.
    #[inline(always)]
    pub fn push_line_end(self) -> Self {
        let mut at = self.0;
        // In, out: BX. Dies: flags.
        unsafe {
            asm!(
                "mov word ptr [bx], {line_end}",
                "inc bx",
                line_end = const u16::from_be_bytes([CR, LF]),
                inout("bx") at,
                options(nostack)
            )
        }
        Self(at)
    }
}
