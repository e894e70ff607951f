//! Code or data? Told by following the program from its functions' first instructions.
//!
//! What a jump, a call or the instruction before leads to is code, and the rest is data. That needs
//! the bytes and the symbols only. It holds for a program without indirect jumps, and one that has
//! them is refused. Two instructions may share bytes: where one is entered in its middle, both are code.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction};

use crate::program::Program;

/// Every instruction that a run can come to, by address.
///
/// # Errors
/// An instruction that is invalid or leaves the program, or a jump to where no constant says.
pub fn reachable(program: &Program) -> Result<BTreeMap<u16, Instruction>> {
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
        let functions = vec![Symbol { name: "f".into(), address: 0x7C00, size: bytes.len() as u16 }];
        let free_at = 0x7C00 + bytes.len() as u16;
        Program { origin: 0x7C00, bytes: padded, used: bytes.len(), free_at, functions, constants: vec![] }
    }

    #[test]
    fn jumps_calls_interrupts_and_both_ways_of_a_branch_are_followed() {
        for (bytes, code) in [
            // jmp 7C05h; three bytes that look like code; hlt; jmp 7C05h
            (&[0xEB, 0x03, b'a', b'b', 0xB8, 0xF4, 0xEB, 0xFD][..], &[0, 5, 6][..]),
            // call 7C08h; int 10h; jnz 7C08h; ret; ret
            (&[0xE8, 0x05, 0x00, 0xCD, 0x10, 0x75, 0x01, 0xC3, 0xC3], &[0, 3, 5, 7, 8]),
            // jz 7C03h; test al, 0ECh with in al, dx in it; ret
            (&[0x74, 0x01, 0xA8, 0xEC, 0xC3], &[0, 2, 3, 4]),
        ] {
            let found: Vec<_> = reachable(&program(bytes)).unwrap().into_keys().map(|at| at - 0x7C00).collect();
            assert_eq!(found, code, "{bytes:x?}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for (bytes, why) in [
            (&[0xFF, 0xE3][..], "the instruction at 7C00h goes on at a place that is not known"), // jmp bx
            (&[0x90], "the program runs on behind its code"),
            (&[0x90; CAPACITY], "the program runs to 7D00h, which is outside of it"),
            (&[0xEB, 0xFD], "the program runs to 7BFFh, which is outside of it"),
            (&[0x0F, 0x04, 0xC3], "no instruction at 7C00h"),
        ] {
            let error = reachable(&program(bytes)).expect_err(why).to_string();
            assert!(error.starts_with(why), "{error}, not {why}");
        }
    }
}
