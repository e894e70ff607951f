//! The line editor of the contract as a plain function: every byte in, the bytes that must come out.
//!
//! It is the oracle of the tests. What a byte does is read from [`EFFECTS`], never from
//! the program; the cases, whose output is written by hand, hold it to the contract.

use crate::{EFFECTS, Effect, LINE_END, LINE_MAX, PROMPT, RUB_OUT};

/// One line of input as it is being typed.
///
/// ```
/// use boot256_facts::editor::Editor;
///
/// let mut editor = Editor::new();
/// assert_eq!(editor.feed_all(b"hello\r"), b"hello\r\nolleh\r\n$ ");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    line: Vec<u8>,
}

impl Editor {
    /// An editor at its first prompt: [`START`](crate::START) has been said, the line is empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes that `byte` puts out; none if it is ignored.
    pub fn feed(&mut self, byte: u8) -> Vec<u8> {
        let (empty, full) = (self.line.is_empty(), self.line.len() == LINE_MAX);
        match EFFECTS[usize::from(byte)] {
            Effect::Join if !full => {
                self.line.push(byte);
                vec![byte]
            }
            Effect::Remove if !empty => {
                self.line.pop();
                RUB_OUT.to_vec()
            }
            Effect::End => self.end_line(),
            Effect::EndUnlessEmpty if !empty => self.end_line(),
            _ => Vec::new(),
        }
    }

    /// The bytes that `bytes`, one after the other, put out.
    pub fn feed_all(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|&byte| self.feed(byte)).collect()
    }

    /// What the line holds, oldest byte first.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    fn end_line(&mut self) -> Vec<u8> {
        let mut out = LINE_END.to_vec();
        out.extend(self.line.drain(..).rev());
        out.extend(LINE_END);
        out.extend(PROMPT);
        out
    }
}
