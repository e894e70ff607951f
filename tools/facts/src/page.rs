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
    let escaped: Vec<String> = bytes
        .iter()
        .map(|&byte| match byte {
            b'"' | b'\'' => char::from(byte).to_string(),
            _ => byte.escape_ascii().to_string(),
        })
        .collect();
    let mut shown = String::new();
    for byte in &escaped {
        if shown.len() + byte.len() > SHOWN {
            break;
        }
        shown += byte;
    }
    // Two backticks and blanks hold a backtick; a bar would end the cell.
    let quoted = match shown.contains('`') {
        true => format!("`` {shown} ``"),
        false => format!("`{shown}`"),
    };
    let quoted = quoted.replace('|', "\\|");
    match shown.len() < escaped.concat().len() {
        true => format!("{quoted} and so on, {} bytes", bytes.len()),
        false => quoted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `make facts` writes them.
    #[test]
    fn the_contract_s_page_shows_the_tables() {
        let page = include_str!("../../../docs/contract.md");
        for (name, table) in [("inputs", inputs()), ("cases", cases())] {
            let part = format!("<!-- {name}:begin -->\n\n{table}\n<!-- {name}:end -->");
            assert!(page.contains(&part), "docs/contract.md does not show the {name} as they are: run 'make facts'");
        }
    }

    #[test]
    fn bytes_are_shown_as_code() {
        assert_eq!(code(b"a|b\r"), "`a\\|b\\r`");
        assert_eq!(code(b"`"), "`` ` ``");
        assert_eq!(code(&[b'x'; 41]), format!("`{}` and so on, 41 bytes", "x".repeat(40)));
    }
}
