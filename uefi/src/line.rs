//! The text that is printed and the line that is typed: one piece of memory.
//!
//! The line is written backwards, from the prompt down, so its answer is there as soon as it is typed. The banner
//! lies where a line would.
//!
//! ```text
//! .......ClientAPI CR LF '$' ' '
//! ...........olleh CR LF '$' ' '
//! ```

use crate::console::Console;

/// Carriage return: the Enter key.
const CR: u8 = 0x0D;
/// Line feed: the end of a line from a file, or the second half of CR LF.
const LF: u8 = 0x0A;
/// Backspace. On the way out it moves the cursor back by one and erases nothing.
const BS: u8 = 0x08;
/// Delete: what the Backspace key of most terminals sends.
const DEL: u8 = 0x7F;
/// The first byte that is text and not a control character.
const SPACE: u8 = 0x20;

/// The banner and the prompt, which end the memory.
const FIRST: &[u8; 13] = b"ClientAPI\r\n$ ";
/// How many of these bytes are printed after each line, too.
const PROMPT: usize = b"\r\n$ ".len();
/// Bytes a line holds at most.
const LINE_MAX: u8 = 80;

/// As many bytes as a `u8` has values: each of them is a place in it.
const SIZE: usize = 256;
/// Where the line is empty.
const EMPTY: u8 = (SIZE - PROMPT) as u8;
/// Where it is full.
const FULL: u8 = EMPTY - LINE_MAX;

/// The line, and the prompt behind it. (In this order: what is far from the start takes longer instructions.)
#[repr(C)]
pub struct Line {
    /// Where the line's last byte is, which is the first of its answer.
    first: u8,
    text: [u8; SIZE],
}

impl Line {
    /// An empty one, and no prompt.
    pub const fn new() -> Self {
        Self { first: EMPTY, text: [0; _] }
    }

    /// The banner and the prompt.
    pub fn banner(&mut self) {
        const AT: usize = SIZE - FIRST.len();
        self.text[AT..].copy_from_slice(FIRST);
        self.first = AT as u8;
    }

    /// Prints the answer and the prompt. The line is empty then.
    pub fn answer(&mut self, console: &Console) {
        console.print(&self.text[self.first.into()..]);
        self.first = EMPTY;
    }

    /// Does what `byte` says, and shows it. Is the line at its end?
    pub fn edit(&mut self, byte: u8, console: &Console) -> bool {
        match byte {
            LF if self.first == EMPTY => {}
            CR | LF => {
                console.print(&[CR, LF]);
                return true;
            }
            BS | DEL if self.first != EMPTY => {
                self.first += 1;
                console.print(&[BS, SPACE, BS]);
            }
            DEL => {}
            SPACE.. if self.first != FULL => {
                self.first -= 1;
                self.text[usize::from(self.first)] = byte;
                console.print(&[byte]);
            }
            _ => {}
        }
        false
    }
}
