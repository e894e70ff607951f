//! The ledger: how many bytes each function and each file takes, by who wrote them.
//!
//! As Markdown, for the terminal and for the project's pages alike. Every byte is in exactly one row.

use std::fmt::Write;

use crate::listing::{Language, Line, Listing};
use crate::program::CAPACITY;

/// Bytes that the compiler chose, that were written in assembly, that are data.
type Bytes = [usize; 3];

fn add(bytes: &mut Bytes, line: &Line) {
    match line.language {
        Language::Rust => bytes[0] += line.own().len(),
        Language::Assembly => bytes[1] += line.own().len(),
        Language::Data => bytes[2] += line.own().len(),
        Language::Free => {}
    }
}

/// Numbers in the order of the table and their sum; none for 0.
fn cells(bytes: Bytes) -> String {
    let cell = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    [bytes.map(cell).join(" | "), bytes.iter().sum::<usize>().to_string()].join(" | ")
}

/// The row of the totals behind these cells.
fn used(listing: &Listing, before: &str) -> (Bytes, String) {
    let mut total = [0; 3];
    listing.lines.iter().for_each(|line| add(&mut total, line));
    let cells = [total[0], total[1], total[2], total.iter().sum()].map(|n| format!("**{n}**")).join(" | ");
    (total, format!("| **used** |{before} {cells} |\n"))
}

/// The table of functions, in the order of their first bytes, and a line with the totals in words.
pub fn by_function(listing: &Listing) -> String {
    let mut table = String::from("| function | file | Rust | assembly | data | bytes |\n|---|---|--:|--:|--:|--:|\n");
    table += &rows(listing, |line| format!("`{}` | {}", line.function, file(line)));
    let ([rust, assembly, data], row) = used(listing, " |");
    table += &row;
    let (used, free, rest) = (listing.program.used, listing.program.free(), listing.program.rest());
    if free > 0 {
        let _ = writeln!(table, "| free | | | | | {free} |");
    }
    let _ = writeln!(
        table,
        "\n{used} of {CAPACITY} bytes, {rest}: {rust} the compiler chose from Rust, {assembly} were written as assembly, \
         {data} are data."
    );
    table
}

/// The table of files, in the order of their first bytes.
pub fn by_file(listing: &Listing) -> String {
    let mut table = String::from("| file | Rust | assembly | data | bytes |\n|---|--:|--:|--:|--:|\n");
    table += &rows(listing, |line| if line.place.is_none() { "constants".to_owned() } else { file(line) });
    table + &used(listing, "").1
}

fn file(line: &Line) -> String {
    line.place.as_ref().map(|(file, _)| format!("`{file}`")).unwrap_or_default()
}

/// A row for each thing that the lines are of.
fn rows(listing: &Listing, of: impl Fn(&Line) -> String) -> String {
    let mut rows: Vec<(String, Bytes)> = Vec::new();
    for line in listing.lines.iter().filter(|line| line.language != Language::Free) {
        let name = of(line);
        let at = rows.iter().position(|row| row.0 == name).unwrap_or(rows.len());
        if at == rows.len() {
            rows.push((name, Bytes::default()));
        }
        add(&mut rows[at].1, line);
    }
    rows.iter().map(|(name, bytes)| format!("| {name} | {} |\n", cells(*bytes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tests::program;
    use crate::program::Symbol;

    #[test]
    fn bytes_are_added_up_and_those_that_are_read_twice_count_once() {
        // xor ax, ax; test al, 0ECh with in al, dx in it; jmp into it; a constant of 2 bytes.
        let mut program = program(&[0x31, 0xC0, 0xA8, 0xEC, 0xEB, 0xFD, b'a', b'b']);
        program.constants.push(Symbol { name: "TEXT".into(), address: 0x7C06, size: 2 });
        let mut listing = Listing::bare(program).unwrap();
        for (line, (language, function)) in listing.lines.iter_mut().zip([
            (Language::Rust, "f"),
            (Language::Assembly, "g"),
            (Language::Assembly, "f"),
            (Language::Rust, "f"),
            (Language::Data, "TEXT"),
        ]) {
            (line.language, line.function) = (language, function.into());
            line.place = (function != "TEXT").then(|| (format!("src/{function}.rs"), None));
        }
        assert_eq!(
            by_function(&listing),
            "\
| function | file | Rust | assembly | data | bytes |
|---|---|--:|--:|--:|--:|
| `f` | `src/f.rs` | 4 | 1 |  | 5 |
| `g` | `src/g.rs` |  | 1 |  | 1 |
| `TEXT` |  |  |  | 2 | 2 |
| **used** | | **4** | **2** | **2** | **8** |
| free | | | | | 248 |

8 of 256 bytes, 248 free: 4 the compiler chose from Rust, 2 were written as assembly, 2 are data.
"
        );
        assert!(by_file(&listing).contains("|\n| constants |  |  | 2 | 2 |\n"), "{}", by_file(&listing));
    }
}
