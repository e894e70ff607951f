//! The text that is printed and the line that is typed: one piece of memory, read downwards.
//!
//! The banner and the prompt lie backwards at the end of the program. The typed line overwrites the
//! banner, and goes on in the memory behind: 256 bytes of the boot sector that are no longer needed
//! by anything.
//!
//! ```text
//! 7CF3  ' ' '$' LF CR  'I' 'P' 'A' 't' 'n' 'e' 'i' 'l' 'C'
//!       at the start of a run the cursor prints the banner from here ^ down to ' '
//! 7CF3  ' ' '$' LF CR  'h' 'e' 'l' 'l' 'o' LF CR
//!       at the end of a line the cursor prints the answer from here ^ down to ' '
//! ```
//!
//! So one loop prints the banner, the answer, the line ends and the prompt, and reading downwards
//! prints a line backwards.

use core::arch::asm;

use crate::{CR, LF};

/// Where the program ends: a BIOS loads its 256 bytes at 7C00h.
const END: u16 = 0x7C00 + 256;
/// What is printed first: the banner, a line end and the prompt.
const FIRST: [u8; 13] = *b"ClientAPI\r\n$ ";
/// How many of these bytes are printed after each line, too.
const PROMPT: u16 = b"\r\n$ ".len() as u16;
/// Bytes a line holds at most.
const LINE_MAX: u16 = 80;

/// [`FIRST`], to be read downwards. It takes the last bytes of the program, and `linker.ld` puts it there:
/// so the places in it are numbers that the compiler knows.
#[used]
#[unsafe(link_section = ".line")]
static TEXT: [u8; FIRST.len()] = backwards(FIRST);

/// Where the first byte of a line goes, in place of the banner.
const LINE: u16 = END - FIRST.len() as u16 + PROMPT;
/// Where printing stops: below the prompt's blank.
const BELOW: u16 = LINE - PROMPT - 1;

// `Cursor::is_at` looks at the lower byte of a place: no two places share one, up to the line end of
// a full line.
const _: () = assert!(LINE + LINE_MAX + 1 - BELOW < 0x100);
// `Cursor::to_line` changes the lower byte only.
const _: () = assert!(BELOW >> 8 == LINE >> 8);

/// Lower byte of the place where printing stops: see [`Cursor::is_at`].
pub const STOP: u8 = BELOW as u8;
/// Lower byte of the place where the line starts, and is empty.
pub const EMPTY: u8 = LINE as u8;
/// Lower byte of the place where it ends, and is full.
pub const FULL: u8 = (LINE + LINE_MAX) as u8;

/// These bytes in reverse.
const fn backwards<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    let mut n = 0;
    while n < N / 2 {
        (bytes[n], bytes[N - 1 - n]) = (bytes[N - 1 - n], bytes[n]);
        n += 1;
    }
    bytes
}

/// The address of a byte of the text, in BX: of the three registers that address memory in
/// 16-bit code, the only one that both has a lower half of its own and can be an operand of `asm!`.
#[derive(Clone, Copy)]
pub struct Cursor(u16);

impl Cursor {
    /// The first byte of the banner.
    #[inline(always)]
    pub fn banner() -> Self {
        Self(END - 1)
    }

    /// The byte at the cursor.
    #[inline(always)]
    pub fn read(self) -> u8 {
        let byte;
        // In: BX. Out: AL. Clobbers: nothing.
        unsafe { asm!("mov al, [bx]", in("bx") self.0, out("al") byte, options(readonly, nostack, preserves_flags)) }
        byte
    }

    /// The place one lower.
    #[inline(always)]
    pub fn down(self) -> Self {
        let mut at = self.0;
        // DEC BX is 1 byte; LLVM's own subtraction is a 32-bit LEA of 5.
        // In, out: BX. Clobbers: flags.
        unsafe { asm!("dec bx", inout("bx") at, options(nomem, nostack)) }
        Self(at)
    }

    /// From the end of the text, where printing stops, to the start of the line.
    #[inline(always)]
    pub fn to_line(self) -> Self {
        let mut at = self.0;
        // The upper byte is right already: 2 bytes instead of 3.
        // In, out: BX. Clobbers: nothing.
        unsafe {
            asm!("mov bl, {line}", line = const LINE as u8, inout("bx") at, options(nomem, nostack, preserves_flags))
        }
        Self(at)
    }

    /// Is the cursor at the place whose lower byte is `PLACE`: [`STOP`], [`EMPTY`] or [`FULL`]?
    ///
    /// The lower byte tells them apart, and comparing that one is the shortest way.
    #[inline(always)]
    pub fn is_at<const PLACE: u8>(&mut self) -> bool {
        // As for `opaque::Byte`. The comment makes the text of each place its own: LLVM would make
        // two equal ones that follow a branch one before it, and the comparisons 16 bits wide.
        // In, out: BX. Clobbers: nothing.
        unsafe {
            asm!("/* {place} */", place = const PLACE, inout("bx") self.0, options(nomem, nostack, preserves_flags))
        }
        self.0 as u8 == PLACE
    }

    /// Adds `byte` to the line.
    #[inline(always)]
    pub fn push(self, byte: u8) -> Self {
        let mut at = self.0;
        // In, out: BX; in: AL. Clobbers: flags.
        unsafe { asm!("mov [bx], al", "inc bx", inout("bx") at, in("al") byte, options(nostack)) }
        Self(at)
    }

    /// Adds a line end, to be read downwards like the rest, and leaves the cursor at its first byte.
    #[inline(always)]
    pub fn push_line_end(self) -> Self {
        let mut at = self.0;
        // In, out: BX. Clobbers: flags.
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
