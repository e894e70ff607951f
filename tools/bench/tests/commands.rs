//! The command line: what it says, and its exit code.

use std::process::Command;

#[test]
fn without_results_it_fails_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_boot256-bench"))
        .arg("docs")
        .arg(folder.path())
        .arg("--picture")
        .arg(folder.path().join("bench.svg"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no results: run `make bench`"), "{said}");
}
