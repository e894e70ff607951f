//! The golden listing: bytes, instructions and symbols, in a form in which a small change is small.
//!
//! It depends on the bytes and the symbols only. Instructions have no address, and jumps within a
//! function go to labels: an instruction put in shows as one line more, and besides it only the jumps
//! whose distance has changed.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, ensure};
use iced_x86::{FlowControl, Instruction};
use similar::TextDiff;

use crate::flow::{self, Content, Writer, write_bytes, write_data};
use crate::program::{CAPACITY, Program};

/// Writes the listing.
///
/// # Errors
///
/// As for [`flow::pieces`]; a program of more than [`CAPACITY`] bytes.
pub fn golden(program: &Program) -> Result<String> {
    ensure!(program.used <= CAPACITY, "the program has {} bytes", program.used);
    let pieces = flow::pieces(program)?;
    let labels = labels(program, &pieces);
    let mut writer = Writer::with_labels(program, &labels);
    let mut text = format!("; {} of {CAPACITY} bytes. `make golden` writes this file anew.\n", program.used);
    for piece in &pieces {
        if let Some(symbol) = program.symbols().find(|symbol| symbol.address == piece.address) {
            let _ = writeln!(text, "\n{}: ; {:04X}h, {} bytes", symbol.name, symbol.address, symbol.size);
        }
        if let Some(label) = labels.get(&piece.address) {
            let _ = writeln!(text, "{label}:");
        }
        let offset = usize::from(piece.address - program.origin);
        let bytes = &program.bytes[offset..offset + piece.len];
        let words = match &piece.content {
            Content::Code(instruction) => writer.write(instruction),
            Content::Data => write_data(bytes),
            Content::Free => {
                let _ = writeln!(text, "\n; {} free", piece.len);
                continue;
            }
        };
        for (i, row) in bytes.chunks(8).enumerate() {
            let row = format!("  {:24}  {}", write_bytes(row), if i == 0 { words.as_str() } else { "" });
            let _ = writeln!(text, "{}", row.trim_end());
        }
    }
    Ok(text)
}

/// A name for each place that a jump goes to and that has no symbol: `.1`, `.2` in each function.
fn labels(program: &Program, pieces: &[flow::Piece]) -> BTreeMap<u16, String> {
    let target = |instruction: &Instruction| {
        let jumps = matches!(
            instruction.flow_control(),
            FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch | FlowControl::Call
        );
        jumps.then_some(instruction.near_branch_target() as u16)
    };
    let mut targets: Vec<u16> = pieces
        .iter()
        .filter_map(|piece| match &piece.content {
            Content::Code(instruction) => target(instruction),
            _ => None,
        })
        .filter(|&address| program.functions.iter().all(|function| function.address != address))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut counts = BTreeMap::new();
    let mut label = |address| {
        let count: &mut usize = counts.entry(program.function_at(address).map(|f| f.address)).or_default();
        *count += 1;
        format!(".{count}")
    };
    targets.into_iter().map(|address| (address, label(address))).collect()
}

/// What to do to `old` to get `new`, as a unified diff with three lines around each change; nothing
/// if they are equal.
pub fn diff(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(old_name, new_name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tests::program;
    use crate::program::Symbol;

    // in al, dx; jnz -3; ret
    const OLD: [u8; 4] = [0xEC, 0x75, 0xFD, 0xC3];

    #[test]
    fn the_form() {
        assert_eq!(
            golden(&program(&OLD)).unwrap(),
            "; 4 of 256 bytes. `make golden` writes this file anew.\n\nf: ; 7C00h, 4 bytes\n  \
             EC                        in al, dx\n  75 FD                     jne f\n  \
             C3                        ret\n\n; 252 free\n"
        );
    }

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(diff("a\n", "a\n", "x", "y"), "");
        assert_eq!(diff("a\nb\n", "a\nc\n", "x", "y"), "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }

    #[test]
    fn an_instruction_more_is_a_small_difference() {
        // ... with cli in front of ret.
        let new = golden(&program(&[0xEC, 0x75, 0xFD, 0xFA, 0xC3])).unwrap();
        let diff = diff(&golden(&program(&OLD)).unwrap(), &new, "old", "new");
        let changed: Vec<_> = diff.lines().skip(2).filter(|line| line.starts_with(['+', '-'])).collect();
        assert_eq!(
            changed,
            [
                "-; 4 of 256 bytes. `make golden` writes this file anew.",
                "+; 5 of 256 bytes. `make golden` writes this file anew.",
                "-f: ; 7C00h, 4 bytes",
                "+f: ; 7C00h, 5 bytes",
                "+  FA                        cli",
                "-; 252 free",
                "+; 251 free",
            ]
        );
    }

    #[test]
    fn each_function_counts_its_labels() {
        let text = golden(&program(&[0xEB, 0x00, 0xEB, 0x00, 0xC3])).unwrap();
        assert!(text.contains("jmp .1\n.1:\n") && text.contains("jmp .2\n.2:\n"), "{text}");
    }

    /// Two functions whose instructions are alike but for what they call: f, which has a name, and a place in g.
    #[test]
    fn a_function_is_called_by_its_name_and_the_counts_begin_anew() {
        // f: jmp .1; .1: jmp .2; .2: ret. g: jz .1; .1: call f; call .2; .2: ret; jmp .1 of f is `jmp .1` there.
        let mut two =
            program(&[0xEB, 0x00, 0xEB, 0x00, 0xC3, 0x74, 0x00, 0xE8, 0xF6, 0xFF, 0xE8, 0x00, 0x00, 0x74, 0xF8, 0xC3]);
        two.functions[0].size = 5;
        two.functions.push(Symbol { name: "g".into(), address: 0x7C05, size: 11 });
        assert_eq!(
            golden(&two).unwrap().split_once("\n\n").unwrap().1,
            "\
f: ; 7C00h, 5 bytes
  EB 00                     jmp .1
.1:
  EB 00                     jmp .2
.2:
  C3                        ret

g: ; 7C05h, 11 bytes
  74 00                     je .1
.1:
  E8 F6 FF                  call f
  E8 00 00                  call .2
.2:
  74 F8                     je .1
  C3                        ret

; 240 free
"
        );
    }

    #[test]
    fn eight_bytes_stand_in_a_row() {
        let mut with_text = program(b"\xC30123456789");
        with_text.constants.push(Symbol { name: "TEXT".into(), address: 0x7C01, size: 10 });
        let text = golden(&with_text).unwrap();
        let form = "\nTEXT: ; 7C01h, 10 bytes\n  30 31 32 33 34 35 36 37   db '0123456789'\n  38 39\n\n; 245 free\n";
        assert!(text.ends_with(form), "{text}");
    }

    #[test]
    fn too_big_is_refused() {
        let mut full = vec![0xC3; 257];
        let error = golden(&program(&full)).unwrap_err().to_string();
        assert_eq!(error, "the program has 257 bytes");
        full.truncate(256);
        assert!(golden(&program(&full)).unwrap().starts_with("; 256 of 256 bytes."));
    }
}
