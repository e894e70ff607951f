//! Code or data? Told by following the program from its functions' first instructions.
//!
//! What a jump, a call or the instruction before leads to is code, and the rest is data. That needs
//! the bytes and the symbols only. It holds for a program without indirect jumps, and one that has
//! them is refused. Two instructions may share bytes: where one is entered in its middle, both are code.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction};

use crate::program::Program;

/// What some bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// One instruction.
    Code(Instruction),
    /// Text or values, up to the next instruction or symbol.
    Data,
    /// Nothing: padding between the code and the text.
    Free,
}

/// Some bytes of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where they are.
    pub address: u16,
    /// How many there are.
    pub len: usize,
    /// How many of them, the last ones, are also the first of the pieces that follow.
    pub shared: usize,
    /// What they are.
    pub content: Content,
}

/// Cuts the whole program into pieces, lowest first, without gaps.
///
/// # Errors
///
/// An instruction that is invalid or leaves the program, a jump to where no constant says, a byte that is
/// only in the middle of an instruction which another one follows sooner, or a free byte that is not 0.
pub fn pieces(program: &Program) -> Result<Vec<Piece>> {
    let code = reachable(program)?;
    let origin = usize::from(program.origin);
    let end = origin + program.bytes.len();
    let symbols = program.symbols().map(|symbol| symbol.address);
    let starts: Vec<usize> = code.keys().copied().chain(symbols).chain([program.free_at]).map(usize::from).collect();
    let next_start = |at: usize| starts.iter().copied().filter(|&start| start > at).min().unwrap_or(end).min(end);
    let mut pieces = Vec::new();
    let (mut at, mut covered) = (origin, origin);
    while at < end {
        let address = at as u16;
        let piece = match code.get(&address) {
            Some(instruction) => {
                let shared = (at + instruction.len()).saturating_sub(next_instruction(&code, address).unwrap_or(end));
                Piece { address, len: instruction.len(), shared, content: Content::Code(*instruction) }
            }
            None if at < covered => bail!("the byte at {address:04X}h is in the middle of an instruction only"),
            None if address == program.free_at && program.free() > 0 => {
                let zeros = program.bytes[at - origin..][..program.free()].iter().all(|&byte| byte == 0);
                ensure!(zeros, "the free bytes at {address:04X}h are not 0");
                Piece { address, len: program.free(), shared: 0, content: Content::Free }
            }
            None => Piece { address, len: next_start(at) - at, shared: 0, content: Content::Data },
        };
        covered = covered.max(at + piece.len);
        at += piece.len - piece.shared;
        pieces.push(piece);
    }
    ensure!(covered == end, "the last instruction ends at {covered:X}h, the program at {end:X}h");
    Ok(pieces)
}

fn next_instruction(code: &BTreeMap<u16, Instruction>, address: u16) -> Option<usize> {
    code.range(address + 1..).next().map(|(&next, _)| usize::from(next))
}

/// Every instruction that a run can come to, by address.
fn reachable(program: &Program) -> Result<BTreeMap<u16, Instruction>> {
    let mut found = BTreeMap::new();
    let mut ahead: Vec<u16> = program.functions.iter().map(|function| function.address).collect();
    while let Some(address) = ahead.pop() {
        if found.contains_key(&address) {
            continue;
        }
        let offset = usize::from(address).wrapping_sub(program.origin.into());
        ensure!(offset < program.bytes.len(), "the program runs to {address:04X}h, which is outside of it");
        ensure!(address != program.free_at || program.free() == 0, "the program runs on behind its code");
        let bytes = &program.bytes[offset..];
        let instruction = Decoder::with_ip(16, bytes, address.into(), DecoderOptions::NONE).decode();
        ensure!(!instruction.is_invalid(), "no instruction at {address:04X}h");
        let next = instruction.next_ip16();
        let target = instruction.near_branch_target() as u16;
        match instruction.flow_control() {
            FlowControl::Next | FlowControl::Interrupt => ahead.push(next),
            FlowControl::ConditionalBranch | FlowControl::Call => ahead.extend([next, target]),
            FlowControl::UnconditionalBranch => ahead.push(target),
            FlowControl::Return => {}
            other => bail!("the instruction at {address:04X}h goes on at a place that is not known ({other:?})"),
        }
        found.insert(address, instruction);
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::program::{CAPACITY, Symbol};

    /// A program of these bytes, with one function that has them all.
    pub(crate) fn program(bytes: &[u8]) -> Program {
        let mut padded = bytes.to_vec();
        padded.resize(CAPACITY.max(bytes.len()), 0);
        let function = Symbol { name: "f".into(), address: 0x7C00, size: bytes.len() as u16 };
        let free_at = 0x7C00 + bytes.len() as u16;
        let functions = vec![function];
        Program { origin: 0x7C00, bytes: padded, used: bytes.len(), free_at, functions, constants: vec![] }
    }

    fn cut(bytes: &[u8]) -> Vec<(u16, usize, usize, char)> {
        let kind = |content: &Content| match content {
            Content::Code(_) => 'c',
            Content::Data => 'd',
            Content::Free => 'f',
        };
        pieces(&program(bytes)).unwrap().iter().map(|p| (p.address, p.len, p.shared, kind(&p.content))).collect()
    }

    #[test]
    fn what_is_jumped_over_is_data() {
        // jmp 7C05h; three bytes that look like code; hlt; jmp 7C05h
        let bytes = [0xEB, 0x03, b'a', b'b', 0xB8, 0xF4, 0xEB, 0xFD];
        let code = |address, len| (address, len, 0, 'c');
        assert_eq!(
            cut(&bytes),
            [code(0x7C00, 2), (0x7C02, 3, 0, 'd'), code(0x7C05, 1), code(0x7C06, 2), (0x7C08, 248, 0, 'f')]
        );
    }

    #[test]
    fn calls_interrupts_and_both_ways_of_a_branch_are_followed() {
        // call 7C08h; int 10h; jnz 7C08h; ret; ret
        let found = cut(&[0xE8, 0x05, 0x00, 0xCD, 0x10, 0x75, 0x01, 0xC3, 0xC3]);
        assert_eq!(found.iter().map(|piece| piece.3).collect::<String>(), "cccccf", "{found:?}");
    }

    #[test]
    fn an_instruction_entered_in_its_middle_is_two() {
        // jz 7C03h; test al, 0ECh with in al, dx in it; ret
        let found = cut(&[0x74, 0x01, 0xA8, 0xEC, 0xC3]);
        assert_eq!(found[..4], [(0x7C00, 2, 0, 'c'), (0x7C02, 2, 1, 'c'), (0x7C03, 1, 0, 'c'), (0x7C04, 1, 0, 'c')]);
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let full = [0x90; CAPACITY];
        for (bytes, why) in [
            (&[0xFF, 0xE3][..], "the instruction at 7C00h goes on at a place that is not known"), // jmp bx
            (&[0x90][..], "the program runs on behind its code"),
            (&full[..], "the program runs to 7D00h, which is outside of it"),
            (&[0xEB, 0xFD][..], "the program runs to 7BFFh, which is outside of it"),
            // jz 7C03h; mov ax, imm16 with ret and a byte that nobody comes to; ret
            (&[0x74, 0x01, 0xB8, 0xC3, 0x00, 0xC3][..], "the byte at 7C04h is in the middle of an instruction only"),
            (&[0x0F, 0x04, 0xC3][..], "no instruction at 7C00h"),
        ] {
            let error = pieces(&program(bytes)).expect_err(why).to_string();
            assert!(error.starts_with(why), "{error}, not {why}");
        }
        let mut program = program(&[0xC3]);
        program.bytes[CAPACITY - 1] = 1;
        assert_eq!(pieces(&program).unwrap_err().to_string(), "the free bytes at 7C01h are not 0");
    }

    #[test]
    fn a_constant_is_a_piece_of_its_own_wherever_the_padding_is() {
        let mut program = program(&[0xC3, b'a', b'b']);
        program.constants.push(Symbol { name: "b".into(), address: 0x7C02, size: 1 });
        // The padding in front of the last two bytes, as `linker.ld` has it in front of the text.
        program.bytes[CAPACITY - 2..].copy_from_slice(b"xy");
        program.used += 2;
        program.constants.push(Symbol { name: "xy".into(), address: 0x7CFE, size: 2 });
        let found: Vec<_> = pieces(&program).unwrap().iter().skip(1).map(|piece| (piece.address, piece.len)).collect();
        assert_eq!(found, [(0x7C01, 1), (0x7C02, 1), (0x7C03, 251), (0x7CFE, 2)]);
    }
}
