//! Facts that more than one proof needs, each in one place: data, and what reads it.
//!
//! - The constants and [`CASES`] are what `cases.toml` says, made Rust as this crate is built;
//! - [`editor`] is the model of the line editor: what must come out for any input at all;
//! - [`paste`] is many lines in one go.

pub mod editor;
pub mod paste;

include!(concat!(env!("OUT_DIR"), "/constants.rs"));

/// What a byte does to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Joins the line and is said; ignored when the line is full.
    Join,
    /// Takes the last byte away and says [`RUB_OUT`]; ignored when the line is empty.
    Remove,
    /// Says a line end, the line backwards, a line end, the prompt.
    End,
    /// The same, but ignored when the line is empty.
    EndUnlessEmpty,
    /// Nothing.
    Ignore,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A line comes back backwards.
    Answers,
    /// CR, LF and both.
    LineEnds,
    /// BS and DEL.
    Removing,
    /// The line's limit.
    Length,
    /// Control bytes.
    Ignored,
    /// Every byte that joins the line.
    Bytes,
    /// The PC keyboard.
    Keys,
}

/// One case: it begins at a prompt with an empty line, and ends there.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Its group.
    pub group: Group,
    /// What would go unnoticed without it.
    pub why: &'static str,
    /// What goes in.
    pub typed: Typed,
    /// All that must come out.
    pub said: &'static [u8],
}

/// What goes in.
#[derive(Clone, Copy, Debug)]
pub enum Typed {
    /// Bytes, as they come in on COM1.
    Bytes(&'static [u8]),
    /// Keys, one after the other: a character, or a name of [`KEYS`].
    Keys(&'static [&'static str]),
}

/// A key that is not simply a character's, or a chord.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name; a chord's parts are joined by `+`.
    pub name: &'static str,
    /// AX as INT 16h AH=00h gives it: scan code, character. `None`: the BIOS makes no key of it.
    pub bios: Option<u16>,
    /// INT 16h AH=00h of most BIOSes throws it away, and waits for another.
    pub thrown_away: bool,
    /// QEMU's name.
    pub qcode: Option<&'static str>,
}

/// The cases of `group`: at least one.
pub fn cases(group: Group) -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(move |case| case.group == group)
}

/// The key called `name`.
///
/// # Panics
/// If there is none.
#[track_caller]
pub fn key(name: &str) -> &'static Key {
    KEYS.iter().find(|key| key.name == name).unwrap_or_else(|| panic!("no key is called {name:?}"))
}

/// The byte that the program gets of a key of a case; 0 of one without a character, `None` of one of
/// which the BIOS makes no key.
///
/// # Panics
/// If no key has this name.
#[track_caller]
pub fn byte_of(name: &str) -> Option<u8> {
    match name.as_bytes() {
        &[character] => Some(character),
        _ => key(name).bios.filter(|_| !key(name).thrown_away).map(|ax| ax as u8),
    }
}

impl Case {
    /// The bytes that the program gets, from whichever side.
    pub fn bytes(&self) -> Vec<u8> {
        match self.typed {
            Typed::Bytes(bytes) => bytes.to_vec(),
            Typed::Keys(names) => names.iter().filter_map(|name| byte_of(name)).collect(),
        }
    }

    /// The keys that type it, if a US keyboard has one for each byte.
    pub fn keys(&self) -> Option<Vec<&'static str>> {
        const PRINTABLE: &str =
            " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
        match self.typed {
            Typed::Keys(names) => Some(names.to_vec()),
            Typed::Bytes(bytes) => bytes
                .iter()
                .map(|&byte| match byte {
                    0x08 => Some("Backspace"),
                    0x0D => Some("Enter"),
                    0x7F => Some("Control+Backspace"),
                    _ => PRINTABLE.find(byte as char).map(|at| &PRINTABLE[at..=at]),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::Editor;

    #[test]
    fn the_model_says_what_each_case_says() {
        for case in CASES {
            let said = Editor::new().feed_all(&case.bytes());
            assert_eq!(said.escape_ascii().to_string(), case.said.escape_ascii().to_string(), "{}", case.name);
        }
    }

    #[test]
    fn every_byte_is_typed_in_some_case() {
        let typed: Vec<u8> = CASES.iter().flat_map(Case::bytes).collect();
        let missing: Vec<u8> = (0..=255).filter(|byte| !typed.contains(byte)).collect();
        assert_eq!(missing, []);
    }

    #[test]
    fn keys_type_what_bytes_do() {
        let of = |name| CASES.iter().find(|case| case.name == name).unwrap();
        assert_eq!(of("hello and Enter").keys().unwrap(), ["h", "e", "l", "l", "o", "Enter"]);
        assert_eq!(of("80h to BFh").keys(), None);
        let case = |typed| Case { typed, ..*of("hello and Enter") };
        let typed = case(Typed::Bytes(b"\x08\x7F\r ~")).keys().unwrap();
        assert_eq!(typed, ["Backspace", "Control+Backspace", "Enter", " ", "~"]);
        assert_eq!(of("function keys").bytes(), b"a\0b\0c\0d\0efg\r");
        assert_eq!((byte_of("Shift"), byte_of("F11"), byte_of("Control+h")), (None, None, Some(8)));
        for case in CASES {
            if let Some(keys) = case.keys() {
                assert_eq!(keys.iter().filter_map(|key| byte_of(key)).collect::<Vec<u8>>(), case.bytes());
            }
        }
    }
}
