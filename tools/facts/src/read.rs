//! Reads `cases.toml`, holds it to its rules, and writes it as Rust. For `build.rs` and the tests.

use std::collections::HashSet;
use std::fmt::Write;

use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    start: Start,
    line: Line,
    button: Button,
    #[serde(default)]
    input: Vec<Input>,
    #[serde(default)]
    case: Vec<Case>,
    #[serde(default)]
    key: Vec<Key>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    banner: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    prompt: String,
    end: String,
    rub_out: String,
    max: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Button {
    sleep_types: Vec<u16>,
    arm: Vec<(u16, u16)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    bytes: Vec<(u8, u8)>,
    effect: Effect,
    what: String,
    says: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Effect {
    Join,
    Remove,
    End,
    EndUnlessEmpty,
    Ignore,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    group: Group,
    why: String,
    typed: Option<String>,
    keys: Option<Vec<String>>,
    said: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Group {
    Answers,
    LineEnds,
    Removing,
    Length,
    Ignored,
    Bytes,
    Keys,
}

/// Every group must have a case: a test that runs a group without one would test nothing.
const GROUPS: [Group; 7] =
    [Group::Answers, Group::LineEnds, Group::Removing, Group::Length, Group::Ignored, Group::Bytes, Group::Keys];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    name: String,
    bios: Option<u16>,
    #[serde(default)]
    thrown_away: bool,
    #[serde(default)]
    scan: Vec<u8>,
    keysym: Option<u32>,
    qcode: Option<String>,
}

/// Reads the file's text.
///
/// # Errors
/// It is not TOML, a field is missing or unknown, or a rule that its comments state is broken.
pub fn read(text: &str) -> Result<Facts, String> {
    let facts: Facts = toml::from_str(text).map_err(|error| error.to_string())?;
    facts.holds()?;
    Ok(facts)
}

/// Fails with the message unless it is true.
fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

impl Facts {
    fn holds(&self) -> Result<(), String> {
        let (start, line) = (bytes(&self.start.banner)?, bytes(&self.line.prompt)?);
        ensure(!start.is_empty() && !line.is_empty(), || "banner and prompt must not be empty".into())?;
        ensure(self.line.max > 0, || "a line must hold something".into())?;
        ensure(!self.button.sleep_types.is_empty() && !self.button.arm.is_empty(), || {
            "the button must do something".into()
        })?;
        ensure(self.button.sleep_types.iter().all(|&kind| kind < 8), || "SLP_TYP has three bits".into())?;

        let mut entries = [0; 256];
        for input in &self.input {
            for &(from, to) in &input.bytes {
                ensure(from <= to, || format!("bytes from {from:#04x} to {to:#04x}"))?;
                (from..=to).for_each(|byte| entries[usize::from(byte)] += 1);
            }
        }
        if let Some(byte) = entries.iter().position(|&count| count != 1) {
            return Err(format!("byte {byte:#04x} is in {} entries of [[input]], must be in one", entries[byte]));
        }

        let mut names = HashSet::new();
        for key in &self.key {
            ensure(names.insert(key.name.as_str()), || format!("two keys are called {:?}", key.name))?;
            for part in key.name.split('+').filter(|part| part.chars().count() > 1) {
                let known = self
                    .key
                    .iter()
                    .any(|key| key.name == part && !key.scan.is_empty() && key.keysym.is_some() && key.qcode.is_some());
                ensure(known, || format!("key {part:?} has no scan code, keysym and qcode"))?;
            }
        }

        ensure(!self.case.is_empty(), || "there is no case".into())?;
        let ending = [bytes(&self.line.end)?, bytes(&self.line.prompt)?].concat();
        let mut names = HashSet::new();
        for case in &self.case {
            let wrong = |what: &str| Err(format!("case {:?}: {what}", case.name));
            if !names.insert(&case.name) {
                return wrong("its name is there twice");
            }
            if case.name.is_empty() || case.why.is_empty() {
                return wrong("it has no name, or does not say why");
            }
            if !bytes(&case.said)?.ends_with(&ending) {
                return wrong("it does not end at a prompt");
            }
            match (&case.typed, &case.keys) {
                (Some(typed), None) if !typed.is_empty() => drop(bytes(typed)?),
                (None, Some(keys)) if !keys.is_empty() => {
                    let known = |key: &str| key.chars().count() == 1 || self.key.iter().any(|known| known.name == key);
                    if let Some(key) = keys.iter().find(|key| !known(key)) {
                        return wrong(&format!("no key is called {key:?}"));
                    }
                }
                _ => return wrong("it must have either `typed` or `keys`"),
            }
            if (case.group == Group::Keys) != case.keys.is_some() {
                return wrong("the group `keys` is for `keys`");
            }
        }
        match GROUPS.iter().find(|&&group| !self.case.iter().any(|case| case.group == group)) {
            Some(group) => Err(format!("no case in the group {group:?}")),
            None => Ok(()),
        }
    }
}

/// The bytes that a text stands for.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).map_err(|_| format!("{character:?} is no byte: {text:?}")))
        .collect()
}

/// The constants as Rust source, in the types of `lib.rs`.
pub fn constants(facts: &Facts) -> String {
    let literal = |text: &str| {
        let bytes = bytes(text).expect("checked as it was read");
        format!("b\"{}\"", bytes.escape_ascii())
    };
    let Facts { start, line, button, input, case, key } = facts;
    let mut out = String::new();
    let mut add = |doc: &str, line: String| writeln!(out, "/// {doc}\n{line}").expect("a string takes all");
    add("The first words of the program.", format!("pub const BANNER: &str = {:?};", start.banner));
    add("What stands before each line that is typed.", format!("pub const PROMPT: &[u8] = {};", literal(&line.prompt)));
    add(
        "What ends the banner, the typed line and the answer.",
        format!("pub const LINE_END: &[u8] = {};", literal(&line.end)),
    );
    add("What takes a character off a screen.", format!("pub const RUB_OUT: &[u8] = {};", literal(&line.rub_out)));
    add("Bytes that a line holds.", format!("pub const LINE_MAX: usize = {};", line.max));
    let start = [start.banner.as_str(), &line.end, &line.prompt].concat();
    add(
        "All that is said before any input: banner, line end, prompt.",
        format!("pub const START: &[u8] = {};", literal(&start)),
    );
    let ready = [line.end.as_str(), &line.prompt].concat();
    add(
        "What ends the banner and each answer: line end, prompt.",
        format!("pub const READY: &[u8] = {};", literal(&ready)),
    );
    let types = &button.sleep_types;
    add(
        "SLP_TYP that a press writes with SLP_EN, in this order.",
        format!("pub const SLEEP_TYPES: [u16; {}] = {types:?};", types.len()),
    );
    let arm = &button.arm;
    add(
        "What arms the button: offset in the PM1a block and 16 bits, in this order.",
        format!("pub const ARM: [(u16, u16); {}] = {arm:#06x?};", arm.len()),
    );

    let inputs: String = input
        .iter()
        .map(|Input { bytes, effect, what, says }| {
            format!("Input {{ bytes: &{bytes:?}, effect: Effect::{effect:?}, what: {what:?}, says: {says:?} }}, ")
        })
        .collect();
    add(
        "What each byte does, one entry for those that do the same.",
        format!("pub const INPUTS: &[Input] = &[{inputs}];"),
    );

    let cases: String = case
        .iter()
        .map(|Case { name, group, why, typed, keys, said }| {
            let typed = match (typed, keys) {
                (Some(typed), _) => format!("Typed::Bytes({})", literal(typed)),
                (None, keys) => format!("Typed::Keys(&{:?})", keys.as_deref().unwrap_or_default()),
            };
            let said = literal(said);
            format!("Case {{ name: {name:?}, group: Group::{group:?}, why: {why:?}, typed: {typed}, said: {said} }}, ")
        })
        .collect();
    add("Every case.", format!("pub const CASES: &[Case] = &[{cases}];"));

    let keys: String = key
        .iter()
        .map(|Key { name, bios, thrown_away, scan, keysym, qcode }| {
            format!(
                "Key {{ name: {name:?}, bios: {bios:?}, thrown_away: {thrown_away}, scan: &{scan:?}, keysym: {keysym:?}, \
                 qcode: {qcode:?} }}, "
            )
        })
        .collect();
    add("The keys that cases name.", format!("pub const KEYS: &[Key] = &[{keys}];"));
    out
}
