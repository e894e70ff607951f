//! One run: a platform, what is wrong with it, how the firmware enters, what happens and when.

use std::ops::Range;

use crate::board::uart::UartFault;
use crate::platforms::{Platform, pc};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Tick(u64),
    /// Before the instruction of this number, counted from 0; in HLT, too.
    Instruction(u64),
    /// Inside the BIOS call of this number, when it has done its work and lets interrupts in.
    Call(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Byte(u8),
    /// The line to COM1 is a break: a byte 00h comes with its errors.
    Break,
    /// A byte without a stop bit arrives at COM1.
    Unframed(u8),
    /// COM1's receiver loses a byte because it was full.
    Overrun,
    /// A key goes down: scan code in the upper byte, character in the lower.
    KeyDown(u16),
    KeyUp,
    Press,
    Spurious(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: At,
    pub what: What,
}

/// Instructions of the start-up code, its BIOS calls, and some more: what comes earlier may meet a
/// button that is not armed yet.
const START_UP: u64 = 60;
const START_UP_CALLS: u64 = 4;

impl Event {
    /// Does it happen before the program is sure to have set everything up?
    pub fn is_early(&self) -> bool {
        match self.at {
            At::Tick(tick) => tick < START_UP,
            At::Instruction(n) => n < START_UP,
            At::Call(n) => n < START_UP_CALLS,
        }
    }
}

/// The processor as the firmware hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Code segment: 0000h or 07C0h.
    pub cs: u16,
    /// The other segment registers.
    pub ds: u16,
    pub es: u16,
    pub ss: u16,
    pub sp: u16,
    /// FLAGS, without IF.
    pub flags: u16,
    /// What the eight registers and their upper halves start with.
    pub registers: u32,
    /// A timer tick waits in the controller.
    pub tick_due: bool,
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub profile: Platform,
    pub uart: UartFault,
    /// The block is where the register says, but nothing answers there: FFFFh.
    pub dead_block: bool,
    /// The segment of a video card's BIOS.
    pub video_bios: u16,
    /// PWRBTN_STS is set before the start.
    pub pressed_before: bool,
    pub entry: Entry,
    /// What happens. Ticks ascend, and so do instructions and calls.
    pub events: Vec<Event>,
    /// Ticks from when a received byte is taken until the next one.
    pub gap: u64,
    /// Ticks for which a sent byte keeps the transmitter busy.
    pub send: u64,
    /// When the reader of COM1 fetches nothing.
    pub stalls: Vec<Range<u64>>,
    /// Instructions before the run counts as hung.
    pub budget: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self::on(pc())
    }
}

impl Scenario {
    pub fn on(profile: &Platform) -> Self {
        Self {
            profile: *profile,
            uart: UartFault::None,
            dead_block: false,
            video_bios: 0xC000,
            pressed_before: false,
            entry: Entry { cs: 0, ds: 0, es: 0, ss: 0, sp: 0x6F04, flags: 0x0002, registers: 0, tick_due: false },
            events: Vec::new(),
            gap: 0,
            send: 3,
            stalls: Vec::new(),
            budget: 60_000,
        }
    }

    pub fn with(mut self, at: At, what: What) -> Self {
        self.events.push(Event { at, what });
        self
    }

    /// Types `bytes` on COM1, one every `every` ticks from `start`.
    pub fn serial(mut self, start: u64, every: u64, bytes: &[u8]) -> Self {
        for (n, &byte) in bytes.iter().enumerate() {
            self.events.push(Event { at: At::Tick(start + n as u64 * every), what: What::Byte(byte) });
        }
        self
    }

    /// Types `keys`, pressed and let go, one every `every` ticks from `start`.
    pub fn keys(mut self, start: u64, every: u64, keys: &[u16]) -> Self {
        for (n, &key) in keys.iter().enumerate() {
            let at = start + n as u64 * every;
            self.events.push(Event { at: At::Tick(at), what: What::KeyDown(key) });
            self.events.push(Event { at: At::Tick(at + every / 2), what: What::KeyUp });
        }
        self
    }

    pub fn press(self, tick: u64) -> Self {
        self.with(At::Tick(tick), What::Press)
    }

    /// From tick `from` on, for `ticks`, nobody fetches what COM1 sends.
    pub fn stall(mut self, from: u64, ticks: u64) -> Self {
        self.stalls.push(from..from.saturating_add(ticks));
        self
    }

    pub fn budget(mut self, instructions: u64) -> Self {
        self.budget = instructions;
        self
    }
}
