//! The program that `make facts` runs: the tables of a page, and its exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use boot256_kit::{page, root};

fn facts(pages: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_boot256-facts")).args(pages).output().expect("it was built")
}

#[test]
fn the_tables_of_the_contract_are_filled_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = fs::read_to_string(root().join("docs/contract.md")).expect("a page");
    let mut empty = whole.clone();
    for table in ["inputs", "cases"] {
        empty = page::fill(&empty, table, "old").expect("its markers");
    }
    let (contract, other) = (folder.path().join("contract.md"), folder.path().join("other.md"));
    fs::write(&contract, &empty).expect("room for a page");
    fs::write(&other, "no table\n").expect("room for a page");
    let output = facts(&[&contract, &other]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&contract).expect("a page"), whole);
    assert_eq!(fs::read_to_string(&other).expect("a page"), "no table\n");
}

#[test]
fn a_page_that_cannot_be_filled_in_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let half = folder.path().join("half.md");
    fs::write(&half, "<!-- cases:begin -->\n").expect("room for a page");
    for (path, why) in [(half, "no partner"), (folder.path().join("none.md"), "cannot read")] {
        let output = facts(&[&path]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why) && said.contains(&path.display().to_string()), "{said}");
    }
    assert_eq!(facts(&[]).status.code(), Some(2));
}
