//! The keys of a PC keyboard with a US layout, by the names QEMU has for them (QAPI's `QKeyCode`).

/// The keys that are pressed together for the character `character`.
///
/// # Panics
/// If the keyboard has none: only printable ASCII, Enter as `\r` and the backspace key as 08h do.
#[track_caller]
pub fn chord(character: char) -> Vec<&'static str> {
    let (unshifted, shifted) = (PLAIN.find(character), SHIFTED.find(character));
    match (unshifted, shifted) {
        (Some(at), _) => vec![name(at)],
        (_, Some(at)) => vec!["shift", name(at)],
        _ => match character {
            '\r' => vec!["ret"],
            '\x08' => vec!["backspace"],
            _ => panic!("no key for {character:?}"),
        },
    }
}

/// The keys that are pressed together for `name`: a character, or a key of the contract's cases.
///
/// # Panics
/// If there is no such key.
#[track_caller]
pub fn named(name: &str) -> Vec<&'static str> {
    let part = |part: &str| match part.chars().collect::<Vec<char>>()[..] {
        [character] => chord(character),
        _ => vec![boot256_facts::key(part).qcode.unwrap_or_else(|| panic!("{part:?} is no key of QEMU"))],
    };
    match name.len() {
        1 => part(name), // the plus sign, too
        _ => name.split('+').flat_map(part).collect(),
    }
}

const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz1234567890 -=[]\\;'`,./";
const SHIFTED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\u{0}_+{}|:\"~<>?";
/// QEMU's names of these keys, in the same order.
const NAMES: &str = "a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0 \
    spc minus equal bracket_left bracket_right backslash semicolon \
    apostrophe grave_accent comma dot slash";

/// The name at `at`.
fn name(at: usize) -> &'static str {
    NAMES.split_whitespace().nth(at).expect("a name for each key")
}
