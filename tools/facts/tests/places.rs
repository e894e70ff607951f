//! Each fact of the contract has one place. Where a person reads it besides, it is right.

use std::fs;
use std::path::{Path, PathBuf};

use boot256_facts::{BANNER, LINE_MAX, SLEEP_TYPES};
use boot256_kit::root;

/// Where the banner may be written: its place, the program, what a person reads, and what runs without the
/// project around it. A folder ends in a slash.
const MAY_SAY_IT: [&str; 9] = [
    "tools/facts/cases.toml",
    "src/line.rs",
    "README.md",
    "docs/",
    "CHANGELOG.md",
    // Texts that a hypervisor shows with the image.
    "tools/images/templates/boot256.ovf",
    "tools/images/templates/boot256.xml",
    // Scripts for machines that have nothing of the project but them, and their tests, which quote them.
    "tools/smoke/",
    "tests/smoke/",
];

/// Every file of the project that is text, and its path from the root.
fn texts() -> Vec<(String, String)> {
    fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
        const MADE: [&str; 4] = ["target", "build", "node_modules", ".git"];
        for entry in fs::read_dir(folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                all.push(path);
            } else if path.is_dir() && !MADE.iter().any(|made| path.ends_with(made)) {
                walk(&path, all);
            }
        }
    }
    let root = root();
    let mut all = Vec::new();
    walk(&root, &mut all);
    let text = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
        Some((name, fs::read_to_string(path).ok()?))
    };
    all.into_iter().filter_map(text).collect()
}

#[test]
fn the_banner_is_written_in_one_place() {
    let texts = texts();
    assert!(texts.len() > 100, "the project's files are not found: {}", texts.len());
    let said: Vec<&str> =
        texts.iter().filter(|(_, text)| text.contains(BANNER)).map(|(name, _)| name.as_str()).collect();
    let is_at = |name: &str, place: &str| name == place || place.ends_with('/') && name.starts_with(place);
    for name in &said {
        assert!(
            MAY_SAY_IT.iter().any(|place| is_at(name, place)),
            "{name} writes the banner itself: take it from boot256-facts or web/shared/facts.mjs"
        );
    }
    // What a person reads goes stale without a word if the banner changes: each place must have it.
    for place in MAY_SAY_IT.iter().filter(|place| !["README.md", "CHANGELOG.md"].contains(place)) {
        assert!(said.iter().any(|name| is_at(name, place)), "{place} does not say `{BANNER}`");
    }
}

#[test]
fn the_pages_say_what_the_facts_are() {
    let page = |name: &str| fs::read_to_string(root().join("docs").join(name)).expect("a page");
    let [first, second, third] = SLEEP_TYPES;
    for (name, text) in [
        ("contract.md", format!("at most {LINE_MAX} bytes")),
        ("contract.md", format!("SLP_TYP {first}, {second} and {third}")),
        ("contract.md", format!("`{BANNER}`")),
        ("how-it-fits.md", format!("SLP_TYP {first}, {second}, {third}")),
        ("proof.md", format!("SLP_TYP {first}, {second}, {third}")),
    ] {
        assert!(page(name).contains(&text), "docs/{name} does not say `{text}`");
    }
}
