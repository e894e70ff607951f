//! The program's instructions, as a disassembler reads them.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Formatter, IntelFormatter};

use crate::engine::{ORIGIN, SIZE};

/// Where the text lies, which is no code: `src/line.rs`.
const TEXT: std::ops::Range<usize> = 243..SIZE;

/// One instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Its first byte's offset in the program.
    pub offset: u8,
    /// Its bytes.
    pub length: u8,
    /// What a disassembler shows.
    pub text: String,
    /// For a conditional jump: the offset of its target.
    pub target: Option<u8>,
}

impl Instruction {
    /// The offset of what follows it in memory.
    pub fn next(&self) -> u8 {
        self.offset.wrapping_add(self.length)
    }
}

/// All instructions of `program`, by offset. Bytes that decode to nothing end it.
pub fn of(program: &[u8; SIZE]) -> Vec<Instruction> {
    [0..TEXT.start, TEXT.end..SIZE].into_iter().flat_map(|range| part(program, range)).collect()
}

fn part(program: &[u8; SIZE], range: std::ops::Range<usize>) -> Vec<Instruction> {
    let origin = ORIGIN + range.start as u64;
    let decoder = Decoder::with_ip(16, &program[range], origin, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    let instructions = decoder.into_iter().take_while(|instruction| !instruction.is_invalid());
    instructions
        .map(|instruction| {
            let mut text = String::new();
            formatter.format(&instruction, &mut text);
            let conditional = instruction.flow_control() == FlowControl::ConditionalBranch;
            Instruction {
                offset: (instruction.ip() - ORIGIN) as u8,
                length: instruction.len() as u8,
                text,
                target: conditional.then(|| (instruction.near_branch_target() - ORIGIN) as u8),
            }
        })
        .collect()
}
