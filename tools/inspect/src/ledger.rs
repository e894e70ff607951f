//! The ledger: how many bytes each function and each file takes, by who wrote them.
//!
//! As Markdown, for the terminal and for the project's pages alike. Every byte is in exactly one row.

use std::fmt::Write;

use crate::listing::{Language, Line, Listing};
use crate::program::CAPACITY;

/// Numbers of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Instructions that the compiler chose.
    pub rust: usize,
    /// Instructions that were written in assembly.
    pub assembly: usize,
    /// Text and values.
    pub data: usize,
}

impl Bytes {
    /// Those of a whole program.
    pub fn of(listing: &Listing) -> Self {
        let mut total = Self::default();
        listing.lines.iter().for_each(|line| total.add(line));
        total
    }

    /// All of them.
    pub fn sum(self) -> usize {
        self.rust + self.assembly + self.data
    }

    fn add(&mut self, line: &Line) {
        match line.language {
            Language::Rust => self.rust += line.own().len(),
            Language::Assembly => self.assembly += line.own().len(),
            Language::Data => self.data += line.own().len(),
            Language::Free => {}
        }
    }

    /// Numbers in the order of the table; none for 0.
    fn cells(self) -> String {
        let cell = |n: usize| if n == 0 { String::new() } else { n.to_string() };
        [cell(self.rust), cell(self.assembly), cell(self.data), self.sum().to_string()].join(" | ")
    }

    fn bold(self) -> String {
        [self.rust, self.assembly, self.data, self.sum()].map(|n| format!("**{n}**")).join(" | ")
    }
}

/// The table of functions, in the order of their first bytes, and a line with the totals in words.
pub fn by_function(listing: &Listing) -> String {
    let mut table = String::from("| function | file | Rust | assembly | data | bytes |\n|---|---|--:|--:|--:|--:|\n");
    table += &rows(listing, |line| format!("`{}` | {}", line.function, file(line)));
    let total = Bytes::of(listing);
    let _ = writeln!(table, "| **used** | | {} |", total.bold());
    let free = listing.program.free();
    if free > 0 {
        let _ = writeln!(table, "| free | | | | | {free} |");
    }
    let rest = listing.program.rest();
    let Bytes { rust, assembly, data } = total;
    let _ = writeln!(
        table,
        "\n{} of {CAPACITY} bytes, {rest}: {rust} the compiler chose from Rust, {assembly} were written as assembly, \
         {data} are data.",
        total.sum()
    );
    table
}

/// The table of files, in the order of their first bytes.
pub fn by_file(listing: &Listing) -> String {
    let mut table = String::from("| file | Rust | assembly | data | bytes |\n|---|--:|--:|--:|--:|\n");
    table += &rows(listing, |line| if line.place.is_none() { "constants".to_owned() } else { file(line) });
    let _ = writeln!(table, "| **used** | {} |", Bytes::of(listing).bold());
    table
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
        rows[at].1.add(line);
    }
    rows.iter().map(|(name, bytes)| format!("| {name} | {} |\n", bytes.cells())).collect()
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
