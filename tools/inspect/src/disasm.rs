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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Line;
    use crate::program::{Program, Symbol};

    fn line(address: u16, bytes: &[u8], text: &str, language: Language) -> Line {
        let (function, place, contract) = (String::new(), None, None);
        Line { address, bytes: bytes.to_vec(), text: text.into(), language, function, place, contract }
    }

    #[test]
    fn the_form() {
        let symbol = |name: &str, address| Symbol { name: name.into(), address, size: 3 };
        let program = Program {
            origin: 0x7C00,
            bytes: vec![0; 256],
            used: 19,
            free_at: 0x7C06,
            functions: vec![symbol("entry", 0x7C00), symbol("m::f", 0x7C03)],
            constants: vec![symbol("m::TEXT", 0x7CF3)],
        };
        let mut lines = vec![
            line(0x7C00, &[0x31, 0xC0], "xor ax, ax", Language::Assembly),
            line(0x7C02, &[0xC3], "ret", Language::Rust),
            line(0x7C03, &[0xE8, 0x00, 0x00], "call entry", Language::Rust),
            line(0x7C06, &[0; 237], "", Language::Free),
            line(0x7CF3, b"0123456789abc", "db '0123456789abc'", Language::Data),
        ];
        let of = |line: &mut Line, function: &str, place: Option<(&str, Option<usize>)>| {
            line.function = function.into();
            line.place = place.map(|(file, number)| (file.into(), number));
        };
        of(&mut lines[0], "entry", Some(("src/m.rs", Some(7))));
        of(&mut lines[1], "inner", Some(("src/m.rs", Some(12))));
        of(&mut lines[2], "m::f", None);
        of(&mut lines[4], "m::TEXT", Some(("src/m.rs", None)));
        lines[0].contract = Some("Clobbers: AX.".into());
        assert_eq!(
            disasm(&Listing { program, lines }),
            "\
entry:
                ; Clobbers: AX.
7C00  31 C0                     xor ax, ax          ; asm   entry    src/m.rs:7
7C02  C3                        ret                 ; Rust  inner    src/m.rs:12

m::f:
7C03  E8 00 00                  call entry          ; Rust  m::f

; 237 free

m::TEXT:
7CF3  30 31 32 33 34 35 36 37   db '0123456789abc'  ; data  m::TEXT  src/m.rs
7CFB  38 39 61 62 63
"
        );
    }
}
