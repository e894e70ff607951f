//! The program's lines: an instruction or a run of data each, and who wrote it.

use anyhow::{Result, ensure};
use iced_x86::{FlowControl, FormatMnemonicOptions, Formatter, Instruction, NasmFormatter};

use crate::flow;
use crate::program::Program;
use crate::write::data;

/// Who wrote the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// LLVM, from Rust.
    Rust,
    /// A person, in an assembly block.
    Assembly,
    /// Text and values.
    Data,
    /// Nobody: padding.
    Free,
}

/// An instruction, a run of data, or the free bytes before the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it is.
    pub address: u16,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many of them, the last ones, are also bytes of the lines that follow: see [`flow`].
    pub shared: usize,
    /// Intel syntax for code, `db` for data, nothing for free bytes.
    pub text: String,
    /// Where a jump or a call goes.
    pub target: Option<u16>,
    /// Who wrote it.
    pub language: Language,
    /// The innermost function of the source, inlined or not: `Cursor::push`. Empty for free bytes.
    pub function: String,
    /// The source: `src/line.rs`, and the line where the compiler says one.
    pub place: Option<(String, Option<usize>)>,
    /// The registers of the function or assembly block that begins here.
    pub contract: Option<String>,
}

impl Line {
    /// Its bytes but for those that are also bytes of a line that follows: of all lines they are the program.
    pub fn own(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - self.shared]
    }
}

/// The whole program, lowest address first, without gaps.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What it is made of.
    pub program: Program,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Listing {
    /// The bytes and what they are, without the source: all code is said to be Rust's.
    ///
    /// # Errors
    /// As for [`flow::reachable`]; or a byte that is only in the middle of an instruction which another one
    /// follows sooner.
    pub fn bare(program: Program) -> Result<Self> {
        let code = flow::reachable(&program)?;
        let mut formatter = NasmFormatter::new();
        formatter.options_mut().set_space_after_operand_separator(true);
        formatter.options_mut().set_nasm_show_sign_extended_immediate_size(false);
        let end = usize::from(program.origin) + program.bytes.len();
        let starts = || code.keys().copied().chain(program.symbols().map(|symbol| symbol.address)).map(usize::from);
        let (mut at, mut covered) = (usize::from(program.origin), 0);
        let mut lines = Vec::new();
        while at < end {
            let address = at as u16;
            // Up to the next line, if it is not longer.
            let own =
                starts().chain([program.free_at.into()]).filter(|&start| start > at).min().unwrap_or(end).min(end) - at;
            let instruction = code.get(&address);
            ensure!(
                instruction.is_some() || at >= covered,
                "the byte at {address:04X}h is in the middle of an instruction only"
            );
            let free = address == program.free_at && program.free() > 0;
            let len = match instruction {
                Some(instruction) => instruction.len(),
                None if free => program.free(),
                None => own,
            };
            let bytes = program.bytes[at - usize::from(program.origin)..][..len].to_vec();
            let (text, target, language) = match instruction {
                Some(instruction) => {
                    let (text, target) = words(&mut formatter, instruction, &program);
                    (text, target, Language::Rust)
                }
                None if free => (String::new(), None, Language::Free),
                None => (data(&bytes), None, Language::Data),
            };
            let (function, place, contract) = (String::new(), None, None);
            let shared = len.saturating_sub(own);
            lines.push(Line { address, bytes, shared, text, target, language, function, place, contract });
            covered = covered.max(at + len);
            at += len - shared;
        }
        ensure!(covered == end, "the last instruction ends at {covered:X}h, the program at {end:X}h");
        Ok(Self { program, lines })
    }
}

/// An instruction as this project writes it: Intel syntax, `0FFh`; functions by their names, other targets of
/// jumps by their addresses.
fn words(formatter: &mut NasmFormatter, instruction: &Instruction, program: &Program) -> (String, Option<u16>) {
    let mut text = String::new();
    use FlowControl::{Call, ConditionalBranch, UnconditionalBranch};
    if matches!(instruction.flow_control(), ConditionalBranch | UnconditionalBranch | Call) {
        let target = instruction.near_branch_target() as u16;
        let function = program.functions.iter().find(|function| function.address == target);
        formatter.format_mnemonic_options(instruction, &mut text, FormatMnemonicOptions::NONE);
        text.push(' ');
        text += &function.map_or_else(|| format!("{target:04X}h"), |function| function.name.clone());
        return (text, Some(target));
    }
    formatter.format(instruction, &mut text);
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tests::program;
    use crate::program::{CAPACITY, Symbol};

    #[test]
    fn a_constant_is_a_line_of_its_own_wherever_the_padding_is() {
        let mut program = program(&[0xC3, b'a', b'b']);
        program.constants.push(Symbol { name: "b".into(), address: 0x7C02, size: 1 });
        // The padding in front of the last two bytes, as `linker.ld` has it in front of the text.
        program.bytes[CAPACITY - 2..].copy_from_slice(b"xy");
        program.used += 2;
        program.constants.push(Symbol { name: "xy".into(), address: 0x7CFE, size: 2 });
        let lines = Listing::bare(program).unwrap().lines;
        let found: Vec<_> = lines.iter().map(|line| (line.address, line.bytes.len(), line.shared)).collect();
        assert_eq!(found, [(0x7C00, 1, 0), (0x7C01, 1, 0), (0x7C02, 1, 0), (0x7C03, 251, 0), (0x7CFE, 2, 0)]);
    }

    #[test]
    fn a_byte_that_nobody_comes_to_in_an_instruction_that_is_two_is_refused() {
        // jz 7C03h; mov ax, imm16 with ret and that byte in it; ret
        let error = Listing::bare(program(&[0x74, 0x01, 0xB8, 0xC3, 0x00, 0xC3])).unwrap_err().to_string();
        assert_eq!(error, "the byte at 7C04h is in the middle of an instruction only");
    }
}
