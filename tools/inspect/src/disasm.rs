//! The annotated listing: address, bytes, instruction, function, place, register contract.

use std::fmt::Write;

use crate::flow::write_bytes;
use crate::listing::{Language, Listing};

/// Bytes in one row of the listing.
const ROW: usize = 8;

/// The whole program, one instruction a line.
///
/// A symbol has a line of its own. Where a function or an assembly block with a register contract
/// begins, the contract stands above it, as in the source. Behind an instruction stand who wrote it,
/// the innermost function and its place in the source.
pub fn disasm(listing: &Listing) -> String {
    let mut text = String::new();
    let instruction = listing.lines.iter().map(|line| line.text.len()).max().unwrap_or_default();
    let function = listing.lines.iter().map(|line| line.function.len()).max().unwrap_or_default();
    for line in &listing.lines {
        if line.language == Language::Free {
            let _ = writeln!(text, "\n; {} free", line.bytes.len());
            continue;
        }
        if let Some(symbol) = listing.program.symbols().find(|symbol| symbol.address == line.address) {
            let _ = writeln!(text, "{}{}:", if text.is_empty() { "" } else { "\n" }, symbol.name);
        }
        if let Some(contract) = &line.contract {
            let _ = writeln!(text, "{:16}; {contract}", "");
        }
        let word = match line.language {
            Language::Rust => "Rust",
            Language::Assembly => "asm",
            Language::Data | Language::Free => "data",
        };
        let place = match &line.place {
            Some((file, Some(number))) => format!("{file}:{number}"),
            Some((file, None)) => file.clone(),
            None => String::new(),
        };
        for (i, bytes) in line.bytes.chunks(ROW).enumerate() {
            let address = usize::from(line.address) + i * ROW;
            let row = format!("{address:04X}  {:24}", write_bytes(bytes));
            let _ = match i {
                0 => writeln!(
                    text,
                    "{}",
                    format!("{row}  {:instruction$}  ; {word:4}  {:function$}  {place}", line.text, line.function)
                        .trim_end()
                ),
                _ => writeln!(text, "{}", row.trim_end()),
            };
        }
    }
    text
}
