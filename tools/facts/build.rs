//! Makes Rust constants of `cases.toml`, in the types of `src/lib.rs`: a name that they do not have does not compile.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use serde::Deserialize;
use toml::Table;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    start: Start,
    line: Line,
    button: Button,
    effects: BTreeMap<String, Vec<(u8, u8)>>,
    cases: Table,
    keys: Table,
}

#[derive(Deserialize)]
struct Start {
    banner: String,
}

#[derive(Deserialize)]
struct Line {
    prompt: String,
    end: String,
    rub_out: String,
    max: usize,
}

#[derive(Deserialize)]
struct Button {
    sleep_types: Vec<u16>,
    arm: Vec<(u16, u16)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    typed: Option<String>,
    keys: Option<Vec<String>>,
    said: String,
}

#[derive(Deserialize)]
struct Key {
    bios: Option<u16>,
    #[serde(default)]
    thrown_away: bool,
    qcode: Option<String>,
}

/// The bytes that a text stands for, as Rust writes them.
fn literal(text: &str) -> String {
    let byte = |character| u8::try_from(u32::from(character)).unwrap_or_else(|_| panic!("no byte in {text:?}"));
    format!("b\"{}\"", text.chars().map(byte).collect::<Vec<_>>().escape_ascii())
}

fn main() {
    println!("cargo::rerun-if-changed=cases.toml");
    let text = fs::read_to_string("cases.toml").expect("cases.toml can be read");
    let facts: Facts = toml::from_str(&text).unwrap_or_else(|error| panic!("tools/facts/cases.toml: {error}"));
    let (Start { banner }, Line { prompt, end, rub_out, max }) = (facts.start, facts.line);
    let Button { sleep_types, arm } = facts.button;

    let effects: Vec<String> = (0..=u8::MAX)
        .map(|byte| {
            let has = |runs: &Vec<(u8, u8)>| runs.iter().any(|&(from, to)| (from..=to).contains(&byte));
            let effect = facts.effects.iter().find(|(_, runs)| has(runs)).map(|(effect, _)| effect);
            format!("Effect::{}, ", effect.unwrap_or_else(|| panic!("byte {byte:#04x} has no effect")))
        })
        .collect();
    let mut cases = String::new();
    for (group, list) in facts.cases {
        let list: Vec<Case> = list.try_into().unwrap_or_else(|error| panic!("cases.{group}: {error}"));
        for Case { name, why, typed, keys, said } in list {
            let typed = match (typed, keys) {
                (Some(typed), None) => format!("Typed::Bytes({})", literal(&typed)),
                (None, Some(keys)) => format!("Typed::Keys(&{keys:?})"),
                _ => panic!("case {name:?} must have either `typed` or `keys`"),
            };
            let said = literal(&said);
            cases += &format!(
                "Case {{ name: {name:?}, group: Group::{group}, why: {why:?}, typed: {typed}, said: {said} }}, "
            );
        }
    }
    let mut keys = String::new();
    for (name, key) in facts.keys {
        let Key { bios, thrown_away, qcode } = key.try_into().unwrap_or_else(|error| panic!("keys.{name}: {error}"));
        keys += &format!("Key {{ name: {name:?}, bios: {bios:?}, thrown_away: {thrown_away}, qcode: {qcode:?} }}, ");
    }

    let bytes = |name, text: &str| format!("{name}: &[u8] = {}", literal(text));
    let constants = [
        ("The first words of the program.", format!("BANNER: &str = {banner:?}")),
        ("What stands before each line that is typed.", bytes("PROMPT", &prompt)),
        ("What ends the banner, the typed line and the answer.", bytes("LINE_END", &end)),
        ("What takes a character off a screen.", bytes("RUB_OUT", &rub_out)),
        ("Bytes that a line holds.", format!("LINE_MAX: usize = {max}")),
        ("All that is said before any input.", bytes("START", &[&*banner, &end, &prompt].concat())),
        ("What ends the banner and each answer: line end, prompt.", bytes("READY", &[end, prompt].concat())),
        (
            "SLP_TYP that a press writes with SLP_EN, in this order.",
            format!("SLEEP_TYPES: [u16; {}] = {sleep_types:?}", sleep_types.len()),
        ),
        (
            "What arms the button: offset in the PM1a block and 16 bits, in this order.",
            format!("ARM: [(u16, u16); {}] = {arm:#06x?}", arm.len()),
        ),
        ("What each byte does.", format!("EFFECTS: [Effect; 256] = [{}]", effects.concat())),
        ("Every case.", format!("CASES: &[Case] = &[{cases}]")),
        ("The keys that cases name.", format!("KEYS: &[Key] = &[{keys}]")),
    ];
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let source: String = constants.map(|(doc, constant)| format!("/// {doc}\npub const {constant};\n")).concat();
    fs::write(out.join("constants.rs"), source).expect("the constants can be written");
}
