//! A proof of the line editor by induction: not some inputs, but every input of any length.
//!
//! The program is cut at two instructions. At [`Cuts::look`] it looks for input, at [`Cuts::print`] it
//! prints the byte at the cursor; every way round either of its loops goes through one of them. What
//! holds for the machine at a cut, the invariant, is this:
//!
//! - BX is the cursor: at the look the line's end, at the print a byte of the text or the line;
//! - CX is the block's first port, DX COM1's data port, DS, SS and SP are 0, the direction flag is 0;
//! - the line lies behind the prompt, the program's other bytes are what they were;
//! - the devices are set up as at the first look.
//!
//! Nothing else matters: before each step all other registers, their upper halves, the other flags, the
//! interrupt flag, CS (0000h or 07C0h), the stack and the rest of the line's memory are made random.
//! From each state that the invariant allows, with every input, one step to the next cut must say
//! what the model of the editor says, and lead to a state that the invariant allows. A line's bytes may be
//! any; so that they need not all be tried, they are read at one instruction only, the print, and there each
//! of the 256 values is tried at each place. So what is true at the first look stays true for ever.

use anyhow::{Context, Result, ensure};
use boot256_facts::editor::Editor;
use boot256_facts::{LINE_MAX, PROMPT, SLEEP_TYPES, START};

use crate::bios::DF;
use crate::board::{Board, Source, pm};
use crate::engine::{Engine, LINE, Moment, PROGRAM_MEMORY};
use crate::listing;
use crate::platforms::{Irq9, Platform};
use crate::scenario::Scenario;

/// Places of the general registers and the segments in a [`Moment`].
const AX: usize = 0;
const CX: usize = 1;
const DX: usize = 2;
const BX: usize = 3;
const SP: usize = 4;
const CS: usize = 0;
const DS: usize = 1;
const SS: usize = 3;
/// FLAGS: carry, parity, auxiliary, zero, sign, interrupt and overflow, which the invariant says nothing about.
const FREE_FLAGS: u16 = 0x0AD5;

/// Where the program is cut: offsets of instructions.
#[derive(Clone, Copy, Debug)]
struct Cuts {
    /// INT 16h AH=01h.
    look: u8,
    /// MOV AL,[BX], the one instruction that reads the line.
    print: u8,
}

impl Cuts {
    /// Of the program in `engine`, by its listing.
    fn of(engine: &Engine) -> Result<Self> {
        let listing = listing::of(engine.program());
        let print: Vec<u8> = listing.iter().filter(|one| one.text == "mov al,[bx]").map(|one| one.offset).collect();
        ensure!(print.len() == 1, "the line is read at {print:02X?}, and not at one place");
        let look = listing.iter().find(|one| one.text == "int 16h").context("the keyboard is never looked at")?;
        Ok(Self { look: look.offset, print: print[0] })
    }
}

/// What comes in at a look. Of a key and a byte, the key is taken and the byte stays.
#[derive(Clone, Copy, Debug, Default)]
struct Input {
    byte: Option<u8>,
    key: Option<u8>,
    press: bool,
}

/// Proves the editor of the program in `engine` on `platform`, and returns in how many steps. `seed` is for what
/// does not matter.
pub fn prove(engine: &mut Engine, platform: &Platform, seed: u64) -> Result<u64> {
    let cuts = Cuts::of(engine)?;
    // Nothing switches this machine off, so that one sees what comes after a press, too. A handler that shuts
    // IRQ 9 would then leave the button to the clock, for good.
    let irq9 = if platform.irq9 == Irq9::EoiAndMask { Irq9::Eoi } else { platform.irq9 };
    let platform = &Platform { off: &[], irq9, ..*platform };
    let start = Scenario::on(platform);
    let first = engine.run_until(&start, &[cuts.look]).context("from the start to the first look")?;
    let mut prover = Prover { engine, cuts, first, random: fastrand::Rng::with_seed(seed) };
    let Board { uart, screen, .. } = &prover.first.board;
    ensure!(uart.sent.ends_with(START.as_ref()) && screen == START, "the start says something else");
    ensure!(
        prover.first.general[BX] as u16 == LINE.start as u16,
        "the cursor is not at the line's start at the first look"
    );
    let mut proved = 0;
    let wrong = |what: String| move || format!("{}, seed {seed}: {what}", platform.name);
    for length in 0..=LINE_MAX {
        for byte in 0..=255 {
            let (byte, none) = (Some(byte), Input::default());
            for input in [Input { byte, ..none }, Input { key: byte, ..none }] {
                prover.look(length, input).with_context(wrong(format!("{length} bytes in the line, {input:02X?}")))?;
                proved += 1;
            }
        }
        let both = |key, byte| Input { key: Some(key), byte: Some(byte), press: false };
        let press = platform.base.map(|_| Input { press: true, ..Input::default() });
        for input in [Input::default(), both(b'k', b'b'), both(b'\r', b'\x08')].into_iter().chain(press) {
            prover.look(length, input).with_context(wrong(format!("{length} bytes in the line, {input:02X?}")))?;
            proved += 1;
        }
    }
    for at in text() {
        // What is not the line is the program's own text.
        let own = (u64::from(at) < LINE.start).then(|| prover.first.memory[place(at.into())]);
        for value in own.map_or(0..=255, |own| own..=own) {
            prover.print(at, value).with_context(wrong(format!("{value:02X}h at {at:04X}h is printed")))?;
            proved += 1;
        }
    }
    Ok(proved)
}

/// Where a byte may lie that is printed: the prompt, its end first, and the line with its end.
fn text() -> std::ops::Range<u16> {
    let start = LINE.start as u16;
    start - PROMPT.len() as u16 - 2..start + LINE_MAX as u16 + 2
}

fn place(at: u64) -> usize {
    (at - PROGRAM_MEMORY.start) as usize
}

struct Prover<'a> {
    engine: &'a mut Engine,
    cuts: Cuts,
    /// The machine at the first look.
    first: Moment,
    random: fastrand::Rng,
}

impl Prover<'_> {
    /// A state that the invariant allows at `offset`, whatever else it is.
    fn any(&mut self, offset: u8, line: &[u8], cursor: u16) -> Moment {
        let mut any = self.first.clone();
        let random = &mut self.random;
        for (register, value) in any.general.iter_mut().enumerate() {
            *value = match register {
                BX => random.u32(..) << 16 | u32::from(cursor),
                CX | DX | SP => *value & 0xFFFF | random.u32(..) << 16,
                AX if offset == self.cuts.look => *value & 0xFF00 | random.u32(..) & 0xFFFF_00FF,
                _ => random.u32(..),
            };
        }
        // Unicorn pushes to ESP, real mode to SP.
        any.general[SP] &= 0xFFFF;
        any.segments[CS] = if random.bool() { 0x07C0 } else { 0 };
        for (segment, value) in any.segments.iter_mut().enumerate() {
            if ![CS, DS, SS].contains(&segment) {
                *value = random.u16(..);
            }
        }
        any.flags = any.flags & !FREE_FLAGS | random.u16(..) & FREE_FLAGS;
        any.offset = offset;
        random.fill(&mut any.stack);
        let room = place(LINE.start)..place(LINE.end);
        random.fill(&mut any.memory[room.clone()]);
        any.memory[room][..line.len()].copy_from_slice(line);
        let board = &mut any.board;
        board.taken.clear();
        board.offered.clear();
        board.screen.clear();
        board.uart.sent.clear();
        board.pm.writes.clear();
        any
    }

    /// One step from a look, with `length` bytes in the line.
    fn look(&mut self, length: usize, input: Input) -> Result<()> {
        let mut editor = Editor::new();
        while editor.line().len() < length {
            editor.feed(self.random.u8(0x20..));
        }
        let cursor = LINE.start as u16 + length as u16;
        let mut from = self.any(self.cuts.look, editor.line(), cursor);
        if let Some(key) = input.key {
            // With a scan code E0h and F0h would be no characters.
            let scan = if matches!(key, 0xE0 | 0xF0) { 0 } else { 0x1E00 };
            from.board.keyboard.push(scan | u16::from(key), from.board.halted);
        }
        if let Some(byte) = input.byte {
            from.board.uart.come(byte, 0);
        }
        if input.press {
            from.board.pm.press(from.board.now, from.board.halted);
        }
        let taken = input.key.map(|key| (Source::Key, key)).or(input.byte.map(|byte| (Source::Serial, byte)));
        let to = self.engine.resume(&from, &[self.cuts.look], self.cuts.print)?;
        let said = taken.map_or_else(Vec::new, |(_, byte)| editor.feed(byte));
        let cursor = LINE.start as u16 + editor.line().len() as u16;
        ensure!(to.board.taken == Vec::from_iter(taken), "{:?} is taken", to.board.taken);
        ensure!(
            to.board.uart.has_input() == (input.key.is_some() && input.byte.is_some()),
            "COM1's input is not as it was"
        );
        ensure!(!to.board.keyboard.has_input(), "the key is not taken");
        if input.press {
            ensure!(to.board.pm.sts & pm::PWRBTN == 0, "the press is not taken back");
            let told: Vec<_> = to.board.pm.writes[1..].iter().map(|&(at, value)| (at, value & 0xFF00)).collect();
            ensure!(told == SLEEP_TYPES.map(|typ| (4, pm::SLP_EN | typ << 10)), "PM1a: {:04X?}", to.board.pm.writes);
        } else {
            ensure!(to.board.pm.writes.is_empty(), "PM1a: {:04X?}", to.board.pm.writes);
        }
        self.holds(&from, &to, &said, cursor)?;
        let line = &to.memory[place(LINE.start)..][..editor.line().len()];
        ensure!(line == editor.line(), "the line is {:02X?}, must be {:02X?}", line, editor.line());
        Ok(())
    }

    /// One step from the print: the byte at the cursor is said, and the cursor is one lower.
    fn print(&mut self, at: u16, value: u8) -> Result<()> {
        let mut from = self.any(self.cuts.print, &[], at);
        from.memory[place(at.into())] = value;
        let to = self.engine.resume(&from, &[self.cuts.look, self.cuts.print], self.cuts.print)?;
        let is_last = at == text().start;
        let next = if is_last { self.cuts.look } else { self.cuts.print };
        ensure!(to.offset == next, "it goes on at {:02X}h", to.offset);
        ensure!(to.board.taken.is_empty() && to.board.pm.writes.is_empty(), "it does more than print");
        let cursor = if is_last { LINE.start as u16 } else { at - 1 };
        self.holds(&from, &to, &[value], cursor)?;
        let room = place(LINE.start)..place(LINE.end);
        ensure!(to.memory[room.clone()] == from.memory[room], "the line has changed");
        Ok(())
    }

    /// `said` has been said, and the invariant holds with the cursor at `cursor`.
    fn holds(&self, from: &Moment, to: &Moment, said: &[u8], cursor: u16) -> Result<()> {
        for (name, out) in [("COM1", &to.board.uart.sent), ("the screen", &to.board.screen)] {
            ensure!(out == said, "{name} shows {}, must be {}", out.escape_ascii(), said.escape_ascii());
        }
        let low = |register: usize| to.general[register] as u16;
        ensure!(low(BX) == cursor, "BX is {:04X}h, must be {cursor:04X}h", low(BX));
        for (name, register) in [("CX", CX), ("DX", DX), ("SP", SP)] {
            ensure!(low(register) == self.first.general[register] as u16, "{name} is {:04X}h", low(register));
        }
        let is_look = to.offset == self.cuts.look;
        ensure!(!is_look || low(AX) >> 8 == 0x01, "AH is {:02X}h at the look", low(AX) >> 8);
        for (name, segment) in [("DS", DS), ("SS", SS)] {
            ensure!(to.segments[segment] == self.first.segments[segment], "{name} is {:04X}h", to.segments[segment]);
        }
        ensure!(to.segments[CS] == from.segments[CS], "CS is {:04X}h", to.segments[CS]);
        ensure!(to.flags & DF == 0, "the direction flag is set");
        let room = place(LINE.start)..place(LINE.end);
        let outside = |memory: &[u8]| [&memory[..room.start], &memory[room.end..]].concat();
        ensure!(outside(&to.memory) == outside(&self.first.memory), "memory beside the line has changed");
        // A press that switches nothing off may take SCI_EN away: the writes have been looked at.
        let answered = !to.board.pm.writes.is_empty();
        ensure!(answered || to.board.pm.cnt == self.first.board.pm.cnt, "PM1a_CNT is {:04X}h", to.board.pm.cnt);
        ensure!(devices(&to.board) == devices(&self.first.board), "devices: {:02X?}", devices(&to.board));
        Ok(())
    }
}

/// What is set up at the start and must stay so: masks, ELCR, IER, FCR, MCR, LCR, divisor, register B, PM1a_EN,
/// whether the timer runs or the console is on, the video modes set.
fn devices(board: &Board) -> impl PartialEq + std::fmt::Debug + use<> {
    let Board { pic, uart, pm, console, .. } = board;
    (
        [pic.masks, pic.level, uart.divisor, pm.en],
        [uart.ier, uart.fcr, uart.mcr, uart.lcr, board.rtc_b],
        board.timer_runs || pm.is_off || console.as_ref().is_some_and(|console| console.enabled),
        board.modes.clone(),
    )
}
