//! The tables of `docs/contract.md`.

use std::fmt::Write;

use crate::{CASES, INPUTS, Typed};

/// What each byte does, as a table in Markdown.
pub fn inputs() -> String {
    let mut out = String::from("| byte | what happens | what is said |\n|---|---|---|\n");
    for input in INPUTS {
        let runs = input.bytes.iter().map(|&(from, to)| match to - from {
            0 => format!("{from:02X}h"),
            1 => format!("{from:02X}h, {to:02X}h"),
            _ => format!("{from:02X}h to {to:02X}h"),
        });
        let runs: Vec<String> = runs.collect();
        let _ = writeln!(out, "| {} | {} | {} |", runs.join(", "), input.what, input.says);
    }
    out
}

/// Every case, as a table in Markdown.
pub fn cases() -> String {
    let mut out = String::from("| case | typed | said | why |\n|---|---|---|---|\n");
    for case in CASES {
        let typed = match case.typed {
            Typed::Bytes(bytes) => code(bytes),
            Typed::Keys(keys) => keys.join(" "),
        };
        let _ = writeln!(out, "| {} | {} | {} | {} |", case.name, typed, code(case.said), case.why);
    }
    out
}

/// Bytes as code in a cell; of many, the first ones.
fn code(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    let shown = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
    // Two backticks and blanks hold a backtick; a bar would end the cell.
    let quoted = match shown.contains('`') {
        true => format!("`` {shown} ``"),
        false => format!("`{shown}`"),
    };
    let quoted = quoted.replace('|', "\\|");
    match bytes.len() {
        0..=SHOWN => quoted,
        all => format!("{quoted} ... ({all} bytes)"),
    }
}
