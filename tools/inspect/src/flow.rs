//! Code or data? Told by following the program from its functions' first instructions.
//!
//! What a jump, a call or the instruction before leads to is code, and the rest is data. That needs
//! the bytes and the symbols only. It holds for a program without indirect jumps, and one that has
//! them is refused.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Formatter, Instruction, NasmFormatter, SymbolResolver, SymbolResult,
};

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
    /// What they are.
    pub content: Content,
}

/// Cuts the whole program into pieces, lowest first, without gaps.
///
/// # Errors
///
/// An instruction that is invalid, that overlaps another or that leaves the program, a jump to
/// where no constant says, or a free byte that is not 0.
pub fn pieces(program: &Program) -> Result<Vec<Piece>> {
    let code = reachable(program)?;
    let end = u32::from(program.origin) + program.bytes.len() as u32;
    let symbols = program.symbols().map(|symbol| symbol.address);
    let starts: Vec<u32> = code.keys().copied().chain(symbols).chain([program.free_at]).map(u32::from).collect();
    let mut pieces = Vec::new();
    let mut at = u32::from(program.origin);
    while at < end {
        let address = at as u16;
        let piece = match code.get(&address) {
            Some(instruction) => Piece { address, len: instruction.len(), content: Content::Code(*instruction) },
            None if address == program.free_at && program.free() > 0 => {
                let offset = usize::from(address - program.origin);
                let zeros = program.bytes[offset..offset + program.free()].iter().all(|&byte| byte == 0);
                ensure!(zeros, "the free bytes at {address:04X}h are not 0");
                Piece { address, len: program.free(), content: Content::Free }
            }
            None => {
                let next = starts.iter().copied().filter(|&start| start > at).min().unwrap_or(end).min(end);
                Piece { address, len: (next - at) as usize, content: Content::Data }
            }
        };
        at += piece.len as u32;
        pieces.push(piece);
    }
    ensure!(at == end, "the last instruction ends at {at:X}h, the program at {end:X}h");
    Ok(pieces)
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
    for (one, other) in found.iter().zip(found.keys().skip(1)) {
        let end = one.1.next_ip16();
        ensure!(end <= *other, "the instructions at {:04X}h and {other:04X}h overlap", one.0);
    }
    Ok(found)
}

/// Writes instructions as this project does: Intel syntax, `0FFh`, functions by their names, other
/// targets of jumps by their addresses or labels.
pub struct Writer(NasmFormatter);

/// Names of addresses.
struct Names(BTreeMap<u16, String>);

impl SymbolResolver for Names {
    fn symbol(
        &mut self,
        instruction: &Instruction,
        _: u32,
        _: Option<u32>,
        address: u64,
        _: u32,
    ) -> Option<SymbolResult<'_>> {
        // A constant may have the value of an address by chance: only jumps and calls have names.
        if matches!(instruction.flow_control(), FlowControl::Next | FlowControl::Interrupt) {
            return None;
        }
        let name = self.0.get(&u16::try_from(address).ok()?)?;
        Some(SymbolResult::with_str(address, name))
    }
}

impl Writer {
    /// A writer that knows the functions of `program`.
    pub fn new(program: &Program) -> Self {
        Self::with_labels(program, &BTreeMap::new())
    }

    /// A writer that knows `labels`, too.
    pub fn with_labels(program: &Program, labels: &BTreeMap<u16, String>) -> Self {
        let functions = program.functions.iter().map(|function| (function.address, function.name.clone()));
        let names = labels.clone().into_iter().chain(functions).collect();
        let mut formatter = NasmFormatter::with_options(Some(Box::new(Names(names))), None);
        let options = formatter.options_mut();
        options.set_space_after_operand_separator(true);
        options.set_nasm_show_sign_extended_immediate_size(false);
        options.set_show_branch_size(false);
        options.set_branch_leading_zeros(false);
        Self(formatter)
    }

    /// One instruction, without its address.
    pub fn write(&mut self, instruction: &Instruction) -> String {
        let mut text = String::new();
        self.0.format(instruction, &mut text);
        text
    }
}

/// Bytes as a disassembler shows them: `8A 07`.
pub fn write_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// Bytes as an assembler would take them: text in quotes, the others as numbers.
pub fn write_data(bytes: &[u8]) -> String {
    let mut items: Vec<String> = Vec::new();
    let mut text = String::new();
    let flush = |text: &mut String, items: &mut Vec<String>| {
        if !text.is_empty() {
            items.push(format!("'{text}'"));
            text.clear();
        }
    };
    for &byte in bytes {
        if (0x20..0x7F).contains(&byte) && byte != b'\'' {
            text.push(byte.into());
        } else {
            flush(&mut text, &mut items);
            let digits = format!("{byte:02X}h");
            items.push(if byte >= 0xA0 { format!("0{digits}") } else { digits });
        }
    }
    flush(&mut text, &mut items);
    format!("db {}", items.join(", "))
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

    fn cut(bytes: &[u8]) -> Vec<(u16, usize, char)> {
        let kind = |content: &Content| match content {
            Content::Code(_) => 'c',
            Content::Data => 'd',
            Content::Free => 'f',
        };
        pieces(&program(bytes)).unwrap().iter().map(|p| (p.address, p.len, kind(&p.content))).collect()
    }

    #[test]
    fn what_is_jumped_over_is_data() {
        // jmp 7C05h; three bytes that look like code; hlt; jmp 7C05h
        let bytes = [0xEB, 0x03, b'a', b'b', 0xB8, 0xF4, 0xEB, 0xFD];
        assert_eq!(
            cut(&bytes),
            [(0x7C00, 2, 'c'), (0x7C02, 3, 'd'), (0x7C05, 1, 'c'), (0x7C06, 2, 'c'), (0x7C08, 248, 'f')]
        );
    }

    #[test]
    fn both_ways_of_a_branch_are_followed_and_a_full_program_has_no_free_bytes() {
        let mut bytes = vec![0x75, 0x01, 0xC3, 0xC3]; // jnz 7C03h; ret; ret
        assert_eq!(cut(&bytes)[..3], [(0x7C00, 2, 'c'), (0x7C02, 1, 'c'), (0x7C03, 1, 'c')]);
        bytes.resize(CAPACITY, 7);
        assert_eq!(cut(&bytes).last(), Some(&(0x7C04, 252, 'd')));
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let full = [0x90; CAPACITY];
        for (bytes, why) in [
            (&[0xFF, 0xE3][..], "the instruction at 7C00h goes on at a place that is not known"), // jmp bx
            (&[0x90][..], "the program runs on behind its code"),
            (&full[..], "the program runs to 7D00h, which is outside of it"),
            (&[0xEB, 0xFD][..], "the program runs to 7BFFh, which is outside of it"),
            (&[0xE9, 0xFD, 0x00][..], "the program runs to 7D00h, which is outside of it"),
            (&[0xEB, 0xFF, 0xC0, 0xC3][..], "the instructions at 7C00h and 7C01h overlap"),
            (&[0x0F, 0x04, 0xC3][..], "no instruction at 7C00h"),
        ] {
            let error = pieces(&program(bytes)).expect_err(why).to_string();
            assert!(error.starts_with(why), "{error}, not {why}");
        }
    }

    #[test]
    fn free_bytes_are_zero() {
        for offset in [1, CAPACITY - 1] {
            let mut program = program(&[0xC3]);
            program.bytes[offset] = 1;
            assert_eq!(pieces(&program).unwrap_err().to_string(), "the free bytes at 7C01h are not 0");
        }
    }

    /// call 7C08h; int 10h; ret; data; ret
    const CALLS: [u8; 9] = [0xE8, 0x05, 0x00, 0xCD, 0x10, 0xC3, b'a', b'b', 0xC3];

    #[test]
    fn a_call_and_an_interrupt_come_back() {
        assert_eq!(
            cut(&CALLS)[..5],
            [(0x7C00, 3, 'c'), (0x7C03, 2, 'c'), (0x7C05, 1, 'c'), (0x7C06, 2, 'd'), (0x7C08, 1, 'c')]
        );
    }

    #[test]
    fn a_constant_is_a_piece_of_its_own_wherever_the_padding_is() {
        let mut program = program(&CALLS);
        program.constants.push(Symbol { name: "b".into(), address: 0x7C07, size: 1 });
        // The padding in front of the last two bytes, as `linker.ld` has it in front of the text.
        program.bytes[CAPACITY - 2..].copy_from_slice(b"xy");
        program.used += 2;
        program.constants.push(Symbol { name: "xy".into(), address: 0x7CFE, size: 2 });
        let found: Vec<_> = pieces(&program).unwrap().iter().skip(3).map(|piece| (piece.address, piece.len)).collect();
        assert_eq!(found, [(0x7C06, 1), (0x7C07, 1), (0x7C08, 1), (0x7C09, 245), (0x7CFE, 2)]);
    }

    #[test]
    fn instructions_and_data_read_as_in_the_source() {
        let mut names = program(&[0xC3]);
        names.functions[0].name = "console::teletype".into();
        let mut writer = Writer::new(&names);
        let mut write =
            |bytes: &[u8]| writer.write(&Decoder::with_ip(16, bytes, 0x7C10, DecoderOptions::NONE).decode());
        assert_eq!(write(&[0xB0, 0xFF]), "mov al, 0FFh");
        assert_eq!(write(&[0xE8, 0xED, 0xFF]), "call console::teletype");
        assert_eq!(write(&[0xB8, 0x00, 0x7C]), "mov ax, 7C00h", "a number is no address");
        assert_eq!(write(&[0xEB, 0x00]), "jmp 7C12h");
        assert_eq!(write(&[0xCD, 0x10]), "int 10h");
        assert_eq!(write_data(b" $\n'A\xFF"), "db ' $', 0Ah, 27h, 'A', 0FFh");
        assert_eq!(write_data(b"\x1F !~\x7F\x9F\xA0"), "db 1Fh, ' !~', 7Fh, 9Fh, 0A0h");
        assert_eq!(write_bytes(&[0x0A, 0xFF]), "0A FF");
    }
}
