//! The ledger: how many bytes each function and each file takes, by who wrote them.
//!
//! As Markdown, for the terminal and for the project's pages alike. Every byte is in exactly one row.

use std::fmt::Write;

use anyhow::{Result, ensure};
use boot256_kit::page;

use crate::listing::{Language, Listing};
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
    /// All of them.
    pub fn sum(self) -> usize {
        self.rust + self.assembly + self.data
    }

    fn add(&mut self, language: Language, count: usize) {
        match language {
            Language::Rust => self.rust += count,
            Language::Assembly => self.assembly += count,
            Language::Data => self.data += count,
            Language::Free => {}
        }
    }
}

/// A function or a file, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The file that has it; of a file, its own name.
    pub file: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// All the bytes that a program needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Each function, in the order of their first bytes.
    pub functions: Vec<Row>,
    /// Each file, in the same order.
    pub files: Vec<Row>,
    /// The sum of either.
    pub total: Bytes,
}

impl Ledger {
    /// Counts the bytes.
    ///
    /// # Errors
    ///
    /// A sum that is not the number of bytes that the program needs.
    pub fn new(listing: &Listing) -> Result<Self> {
        let (mut functions, mut files, mut total) = (Vec::new(), Vec::new(), Bytes::default());
        for line in listing.lines.iter().filter(|line| line.language != Language::Free) {
            let file = line.place.as_ref().map_or("", |(file, _)| file.as_str());
            for (rows, name) in [(&mut functions, line.function.as_str()), (&mut files, file)] {
                row(rows, name, file).bytes.add(line.language, line.bytes.len());
            }
            total.add(line.language, line.bytes.len());
        }
        for rows in [&functions, &files] {
            let sum: usize = rows.iter().map(|row: &Row| row.bytes.sum()).sum();
            ensure!(sum == listing.program.used, "the ledger has {sum} bytes, the program {}", listing.program.used);
        }
        ensure!(total.sum() == listing.program.used, "the ledger's total is wrong");
        Ok(Self { functions, files, total })
    }

    /// The table of functions, and a line with the totals in words.
    pub fn by_function(&self) -> String {
        let mut table =
            String::from("| function | file | Rust | assembly | data | bytes |\n|---|---|--:|--:|--:|--:|\n");
        for Row { name, file, bytes } in &self.functions {
            let file = if file.is_empty() { String::new() } else { format!("`{file}`") };
            let _ = writeln!(table, "| `{name}` | {file} | {} |", cells(*bytes));
        }
        let _ = writeln!(table, "| **used** | | {} |", bold(self.total));
        if let Some(free) = CAPACITY.checked_sub(self.total.sum()).filter(|&free| free > 0) {
            let _ = writeln!(table, "| free | | | | | {free} |");
        }
        let _ = writeln!(table, "\n{}", self.summary());
        table
    }

    /// The table of files.
    pub fn by_file(&self) -> String {
        let mut table = String::from("| file | Rust | assembly | data | bytes |\n|---|--:|--:|--:|--:|\n");
        for Row { name, bytes, .. } in &self.files {
            let name = if name.is_empty() { "constants".to_owned() } else { format!("`{name}`") };
            let _ = writeln!(table, "| {name} | {} |", cells(*bytes));
        }
        let _ = writeln!(table, "| **used** | {} |", bold(self.total));
        table
    }

    /// Puts the tables into a page, where it has markers called `ledger` and `ledger-files`.
    ///
    /// # Errors
    ///
    /// A marker without its partner.
    pub fn fill_in(&self, page: &str) -> Result<String> {
        let page = page::fill(page, "ledger", &self.by_function())?;
        page::fill(&page, "ledger-files", &self.by_file())
    }

    /// The totals in words.
    fn summary(&self) -> String {
        let Bytes { rust, assembly, data } = self.total;
        let used = self.total.sum();
        let rest = match CAPACITY.checked_sub(used) {
            Some(free) => format!("{free} free"),
            None => format!("{} too many", used - CAPACITY),
        };
        format!(
            "{used} of {CAPACITY} bytes, {rest}: {rust} the compiler chose from Rust, {assembly} were written as \
             assembly, {data} are data."
        )
    }
}

fn row<'a>(rows: &'a mut Vec<Row>, name: &str, file: &str) -> &'a mut Row {
    let at = rows.iter().position(|row| row.name == name && row.file == file).unwrap_or_else(|| {
        rows.push(Row { name: name.to_owned(), file: file.to_owned(), bytes: Bytes::default() });
        rows.len() - 1
    });
    &mut rows[at]
}

/// Numbers in the order of the table; none for 0.
fn cells(bytes: Bytes) -> String {
    let cell = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    [cell(bytes.rust), cell(bytes.assembly), cell(bytes.data), bytes.sum().to_string()].join(" | ")
}

fn bold(bytes: Bytes) -> String {
    [bytes.rust, bytes.assembly, bytes.data, bytes.sum()].map(|n| format!("**{n}**")).join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Line;
    use crate::program::Program;

    /// A listing of runs of bytes: how many, whose language, function and file.
    fn listing(runs: &[(usize, Language, &str, &str)]) -> Listing {
        let used = runs.iter().filter(|run| run.1 != Language::Free).map(|run| run.0).sum();
        let program = Program {
            origin: 0x7C00,
            bytes: vec![0; CAPACITY.max(used)],
            used,
            free_at: 0x7C00,
            functions: vec![],
            constants: vec![],
        };
        let lines = runs.iter().map(|&(count, language, function, file)| Line {
            address: 0x7C00,
            bytes: vec![0; count],
            text: String::new(),
            language,
            function: function.into(),
            place: (!file.is_empty()).then(|| (file.to_owned(), None)),
            contract: None,
        });
        Listing { program, lines: lines.collect() }
    }

    #[test]
    fn bytes_are_added_up_by_function_and_by_file() {
        let ledger = Ledger::new(&listing(&[
            (10, Language::Rust, "f", "src/a.rs"),
            (20, Language::Assembly, "g", "src/b.rs"),
            (5, Language::Assembly, "f", "src/a.rs"),
            (40, Language::Rust, "f", "src/b.rs"),
            (7, Language::Data, "constants", ""),
            (174, Language::Free, "", ""),
        ]))
        .unwrap();
        assert_eq!(ledger.total, Bytes { rust: 50, assembly: 25, data: 7 });
        assert_eq!(
            ledger.by_function(),
            "\
| function | file | Rust | assembly | data | bytes |
|---|---|--:|--:|--:|--:|
| `f` | `src/a.rs` | 10 | 5 |  | 15 |
| `g` | `src/b.rs` |  | 20 |  | 20 |
| `f` | `src/b.rs` | 40 |  |  | 40 |
| `constants` |  |  |  | 7 | 7 |
| **used** | | **50** | **25** | **7** | **82** |
| free | | | | | 174 |

82 of 256 bytes, 174 free: 50 the compiler chose from Rust, 25 were written as assembly, 7 are data.
"
        );
        assert_eq!(
            ledger.by_file(),
            "\
| file | Rust | assembly | data | bytes |
|---|--:|--:|--:|--:|
| `src/a.rs` | 10 | 5 |  | 15 |
| `src/b.rs` | 40 | 20 |  | 60 |
| constants |  |  | 7 | 7 |
| **used** | **50** | **25** | **7** | **82** |
"
        );
    }

    #[test]
    fn a_full_program_has_no_free_row_and_a_bigger_one_says_how_much_is_too_many() {
        let full = Ledger::new(&listing(&[(256, Language::Rust, "f", "src/a.rs")])).unwrap().by_function();
        assert!(!full.contains("| free |") && full.contains("\n256 of 256 bytes, 0 free: "), "{full}");
        let big = Ledger::new(&listing(&[(261, Language::Rust, "f", "src/a.rs")])).unwrap().by_function();
        assert!(!big.contains("| free |") && big.contains("\n261 of 256 bytes, 5 too many: "), "{big}");
    }
}
