//! The program's instructions, as a disassembler reads them.

use boot256_facts::START;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Formatter, IntelFormatter};

use crate::engine::{ORIGIN, SIZE};

/// Where the code ends: the text printed at the start takes the program's last bytes (`src/line.rs`).
const CODE: usize = SIZE - START.len();

#[derive(Clone, Debug)]
pub struct Instruction {
    /// Its first byte's offset in the program.
    pub offset: u8,
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
    let decoder = Decoder::with_ip(16, &program[..CODE], ORIGIN, DecoderOptions::NONE);
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
