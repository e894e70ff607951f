//! The file is whole, what it names is there, and the pages say what it says.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use boot256_evidence::{Evidence, How, PAGE, SUMMARY};
use boot256_facts::platforms::{self, Known};
use boot256_kit::{page, root};

fn evidence() -> Evidence {
    Evidence::read().unwrap_or_else(|error| panic!("{error:#}"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_pages_say_what_the_file_says() {
    let evidence = evidence();
    for (path, name, content) in
        [("README.md", SUMMARY, evidence.summary()), ("docs/where-it-runs.md", PAGE, evidence.page())]
    {
        let text = text(path);
        assert!(page::has(&text, name), "{path} has no part {name}");
        assert!(page::fill(&text, name, &content).unwrap() == text, "{path} is not up to date: `make evidence`");
    }
}

#[test]
fn make_targets_and_guides_are_there() {
    let evidence = evidence();
    let make: String = fs::read_dir(root().join("make"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for row in evidence.all() {
        if let Some(target) = row.target() {
            assert!(make.contains(&format!("\n{target}: ")), "{}: no target {target}", row.id);
        }
        if let Some(guide) = &row.guide {
            assert!(root().join("docs/guides").join(guide).is_file(), "{}: no guide {guide}", row.id);
        }
    }
}

/// A platform whose facts count as seen in a run has a row that is one, and the other way round.
#[test]
fn platforms_and_rows_agree() {
    let evidence = evidence();
    let all: BTreeSet<&str> = platforms::all().iter().map(|platform| &*platform.id).collect();
    let run: BTreeSet<&str> =
        platforms::all().iter().filter(|platform| platform.known == Known::Run).map(|platform| &*platform.id).collect();
    let named = |how: fn(How) -> bool| -> BTreeSet<&str> {
        let rows = evidence.all().iter().filter(|row| how(row.how));
        rows.flat_map(|row| row.platforms.iter().map(|id| &**id)).collect()
    };
    assert_eq!(named(|how| how != How::Read), run, "platforms that were run");
    assert_eq!(named(|_| true), all, "platforms");
}

/// `make evidence`: the parts of a page that have markers are filled, and a page that is not there is an error.
#[test]
fn the_program_writes_the_tables_into_the_pages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.md");
    let empty = "# A page\n\n<!-- evidence:begin -->\n<!-- evidence:end -->\n\nThe end.\n";
    fs::write(&path, empty).unwrap();
    let run = |path| Command::new(env!("CARGO_BIN_EXE_boot256-evidence")).arg(path).output().unwrap();
    let output = run(&path);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), page::fill(empty, SUMMARY, &evidence().summary()).unwrap());
    let output = run(&folder.path().join("none.md"));
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("none.md"), "{output:?}");
}
