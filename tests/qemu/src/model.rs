//! The line editor of the contract as a plain function: every byte in, the bytes that must come out.
//!
//! It is the oracle of the tests and is written from the contract's table, never from the program,
//! so that a slip in one shows against the other.

/// What the machine says before any input: the banner, CR LF, and the first prompt.
pub const START: &[u8] = b"ClientAPI\r\n$ ";

/// What stands before each line that is typed.
pub const PROMPT: &[u8] = b"$ ";

/// Bytes a line holds; a character typed into a full line is ignored.
pub const LINE_MAX: usize = 80;

/// Backspace: takes the last byte back.
pub const BS: u8 = 0x08;

/// Delete: what most terminals send for the backspace key; the same as [`BS`].
pub const DEL: u8 = 0x7F;

/// Carriage return: ends the line, also an empty one.
pub const CR: u8 = 0x0D;

/// Line feed: ends a line that holds something, so that CR LF ends a line once.
pub const LF: u8 = 0x0A;

/// One line of input as it is being typed.
///
/// ```
/// use boot256_tests::model::Editor;
///
/// let mut editor = Editor::new();
/// assert_eq!(editor.feed_all(b"hello\r"), b"hello\r\nolleh\r\n$ ");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    line: Vec<u8>,
}

impl Editor {
    /// An editor at its first prompt: [`START`] has been said, the line is empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes that `byte` puts out; none if it is ignored.
    pub fn feed(&mut self, byte: u8) -> Vec<u8> {
        match byte {
            LF if self.line.is_empty() => Vec::new(),
            CR | LF => self.end_line(),
            BS | DEL => match self.line.pop() {
                Some(_) => vec![BS, b' ', BS],
                None => Vec::new(),
            },
            0x20..=0x7E | 0x80..=0xFF if self.line.len() < LINE_MAX => {
                self.line.push(byte);
                vec![byte]
            }
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
        let mut out = vec![CR, LF];
        out.extend(self.line.drain(..).rev());
        out.extend([CR, LF]);
        out.extend(PROMPT);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a fresh editor says to `input`.
    fn said(input: &[u8]) -> Vec<u8> {
        Editor::new().feed_all(input)
    }

    #[test]
    fn start_is_banner_and_prompt() {
        assert_eq!(START, b"ClientAPI\r\n$ ");
        assert!(START.ends_with(PROMPT));
    }

    #[test]
    fn hello_is_answered_backwards() {
        assert_eq!(said(b"hello\r"), b"hello\r\nolleh\r\n$ ");
    }

    #[test]
    fn the_answer_to_an_empty_line_is_an_empty_line() {
        assert_eq!(said(b"\r"), b"\r\n\r\n$ ");
    }

    #[test]
    fn lf_ends_a_line_and_does_nothing_on_an_empty_one() {
        assert_eq!(said(b"ab\n"), b"ab\r\nba\r\n$ ");
        assert_eq!(said(b"\n"), b"");
        assert_eq!(said(b"ab\r\n"), said(b"ab\r"));
        assert_eq!(said(b"\n\r"), said(b"\r"));
    }

    #[test]
    fn bs_and_del_take_the_last_byte_back() {
        for key in [BS, DEL] {
            assert_eq!(said(&[b'a', b'b', key, b'c', CR]), b"ab\x08 \x08c\r\nca\r\n$ ");
            assert_eq!(said(&[key]), b"");
            assert_eq!(said(&[b'a', key, key, CR]), b"a\x08 \x08\r\n\r\n$ ");
        }
    }

    #[test]
    fn every_other_control_byte_is_ignored() {
        for byte in (0..0x20).filter(|byte| ![BS, LF, CR].contains(byte)) {
            let mut editor = Editor::new();
            editor.feed(b'a');
            assert_eq!(editor.feed(byte), b"", "{byte:#04x}");
            assert_eq!(editor.line(), b"a", "{byte:#04x}");
        }
    }

    #[test]
    fn every_character_joins_the_line_and_is_echoed() {
        for byte in (0x20..=0x7E).chain(0x80..=0xFF) {
            assert_eq!(said(&[byte]), [byte], "{byte:#04x}");
            assert_eq!(said(&[byte, b'.', CR]), [&[byte, b'.'], &b"\r\n."[..], &[byte], b"\r\n$ "].concat());
        }
    }

    #[test]
    fn a_full_line_ignores_characters_and_still_edits() {
        let mut editor = Editor::new();
        let full = [b'a'; LINE_MAX];
        assert_eq!(editor.feed_all(&full), full);
        assert_eq!(editor.feed(b'b'), b"");
        assert_eq!(editor.feed(0x80), b"");
        assert_eq!(editor.feed(BS), b"\x08 \x08");
        assert_eq!(editor.feed(b'c'), b"c");
        assert_eq!(editor.feed(b'd'), b"");
        let answer = [b"\r\nc", &full[1..], b"\r\n$ "].concat();
        assert_eq!(editor.feed(CR), answer);
        assert_eq!(editor.line(), b"");
    }
}
