//! `$(<FILE)` runs no command, so `check::goes_well` does not see it; and storm.sh and common.sh have lines that no
//! door comes by. So their text is read, too.

use std::fs;

use boot256_smoke_tests::check::scripts;

/// What may stand in a `$(...)`: it runs before there is something to clean up, or in the message of a failure.
const MAY_BE: &[&str] = &["cd ", "dirname ", "realpath ", "called ", "shown ", "why"];

/// Each `$(` of a line with what follows it, and each `<(`; not those of arithmetic.
fn substitutions(line: &str) -> impl Iterator<Item = &str> {
    let starts = line.match_indices("$(").chain(line.match_indices("<("));
    starts.map(|(at, start)| &line[at + start.len()..]).filter(|rest| !rest.starts_with('('))
}

fn is_at_the_end(line: &str, rest: &str) -> bool {
    MAY_BE.iter().any(|word| rest.starts_with(word)) || line.trim_start().starts_with("fail ")
}

#[test]
fn none_where_all_goes_well() {
    let mut seen = 0;
    for entry in fs::read_dir(scripts()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "sh") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
            for rest in substitutions(line) {
                seen += 1;
                let place = format!("{}:{}: {line}", path.display(), at + 1);
                assert!(is_at_the_end(line, rest), "{place}\nbash may lose a SIGINT here: see common.sh");
            }
        }
    }
    assert!(seen > 0, "no script was read");
}
