//! COM1, a UART of the 8250 to 16550 family, with the line behind it.
//!
//! Source: National Semiconductor PC16550D data sheet. The line waits for the receiver, as
//! hypervisors make it; a real line without flow control can lose bytes whatever a program does.

use std::collections::VecDeque;
use std::ops::Range;

use crate::platforms::Platform;
use crate::scenario::Scenario;

/// LSR: a byte has been received.
pub const DR: u8 = 1 << 0;
/// LSR: a byte has been lost because the receiver was full.
pub const OE: u8 = 1 << 1;
/// LSR: the byte had no stop bit.
pub const FE: u8 = 1 << 3;
/// LSR: the line was a break, longer than a byte.
pub const BI: u8 = 1 << 4;
/// LSR: the transmitter takes a byte.
pub const THRE: u8 = 1 << 5;
/// LSR: and has sent all of those before.
pub const TEMT: u8 = 1 << 6;
/// LSR: a byte in the receiver's FIFO has an error.
pub const FIFO_ERROR: u8 = 1 << 7;

/// Bytes that a FIFO holds.
const FIFO: usize = 16;
/// Ticks after which bytes below the FIFO's trigger level raise an interrupt: four characters of 9600 baud.
const TIME_OUT: u64 = 4_167;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UartFault {
    #[default]
    None,
    /// There is none: every port reads FFh.
    Absent,
    /// THRE comes back only when LSR has been read this many times, after each of the first `bytes` bytes.
    Looks { looks: u32, bytes: usize },
}

#[derive(Clone, Copy, Debug)]
struct Received {
    byte: u8,
    /// FE and BI.
    errors: u8,
    /// Halted time at which it came.
    halted: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Uart {
    pub fault: UartFault,
    platform: Platform,
    /// Ticks from when a byte is taken until the next is there.
    gap: u64,
    /// Ticks for which the transmitter is busy with a byte.
    send: u64,
    /// When the other end fetches nothing: a byte that would leave then leaves at the end.
    stalls: Vec<Range<u64>>,
    pub ier: u8,
    pub fcr: u8,
    pub mcr: u8,
    /// Line control register, set by INT 14h.
    pub lcr: u8,
    /// Divisor of the baud rate, set by INT 14h: 12 is 9600.
    pub divisor: u16,
    pub sent: Vec<u8>,
    pub sent_by_bios: Vec<u8>,
    /// Has IIR said that nothing waits? A switch of the FIFO may throw away what comes after that: no program
    /// can see it in time.
    told_none: bool,
    /// Bytes on the line, and with what errors they come.
    line: VecDeque<(u8, u8)>,
    received: VecDeque<Received>,
    overrun: bool,
    next: u64,
    /// When the last byte came or was taken.
    last: u64,
    /// When THRE comes back.
    ready: u64,
    looks: u32,
    thre_event: bool,
}

impl Uart {
    /// The port as a BIOS leaves it.
    pub fn new(scenario: &Scenario) -> Self {
        let &Scenario { uart: fault, profile: platform, gap, send, ref stalls, .. } = scenario;
        let (ier, fcr, stalls) = (platform.ier, platform.fifo_on.into(), stalls.clone());
        Self { fault, platform, gap, send, stalls, ier, fcr, divisor: 1, ..Self::default() }
    }

    fn has_fifo(&self) -> bool {
        self.fcr & 1 != 0 && self.platform.has_fifo
    }

    /// Bytes that the receiver holds.
    fn depth(&self) -> usize {
        if self.has_fifo() { FIFO } else { 1 }
    }

    /// Bytes that raise the interrupt at once.
    fn trigger(&self) -> usize {
        if self.has_fifo() { [1, 4, 8, 14][usize::from(self.fcr >> 6)] } else { 1 }
    }

    /// A byte comes down the line, with these of FE and BI.
    pub fn come(&mut self, byte: u8, errors: u8) {
        self.line.push_back((byte, errors));
    }

    /// A byte is lost on its way in, as on a real line.
    pub fn overrun(&mut self) {
        self.overrun = true;
    }

    /// Moves bytes from the line to the receiver. `halted` is the halted time, for the report of waits.
    pub fn step(&mut self, now: u64, halted: u64) {
        while self.received.len() < self.depth()
            && now >= self.next
            && let Some((byte, errors)) = self.line.pop_front()
        {
            self.received.push_back(Received { byte, errors, halted });
            self.last = now;
        }
    }

    /// When [`step`](Self::step) has something to do next, or the line of the interrupt rises.
    pub fn next_event(&self) -> Option<u64> {
        let arrival = (!self.line.is_empty() && self.received.len() < self.depth()).then_some(self.next);
        let time_out = (!self.received.is_empty() && self.received.len() < self.trigger())
            .then_some(self.last + TIME_OUT)
            .filter(|_| arrival.is_none());
        arrival.or(time_out)
    }

    pub fn line(&self, now: u64) -> bool {
        self.fault != UartFault::Absent
            && (self.mcr & 0x08 != 0 || !self.platform.needs_out2)
            && (self.has_data_interrupt(now) || self.ier & 2 != 0 && self.thre_event)
    }

    fn has_data_interrupt(&self, now: u64) -> bool {
        let enough = self.received.len() >= self.trigger() || now >= self.last + TIME_OUT;
        self.ier & 1 != 0 && !self.received.is_empty() && enough
    }

    pub fn has_input(&self) -> bool {
        !self.line.is_empty() || !self.received.is_empty()
    }

    /// Takes the byte that waits, with the halted time at which it came.
    pub fn take(&mut self, now: u64) -> Option<(u8, u64)> {
        let taken = self.received.pop_front();
        self.next = now + self.gap;
        self.last = now;
        taken.map(|Received { byte, halted, .. }| (byte, halted))
    }

    /// IIR: the strongest reason for the interrupt, and whether the FIFO is on.
    pub fn iir(&mut self, now: u64) -> u8 {
        if self.fault == UartFault::Absent {
            return 0xFF;
        }
        self.told_none = self.received.is_empty();
        let fifo = if self.has_fifo() { 0xC0 } else { 0 };
        fifo | if self.has_data_interrupt(now) {
            0x04
        } else if self.ier & 2 != 0 && std::mem::take(&mut self.thre_event) {
            0x02
        } else {
            0x01
        }
    }

    /// LSR. Reading it clears the errors that it shows.
    pub fn lsr(&mut self, now: u64) -> u8 {
        if self.fault == UartFault::Absent {
            return 0xFF;
        }
        let in_fifo = self.received.iter().any(|received| received.errors != 0);
        let mut lsr = if self.has_fifo() && in_fifo { FIFO_ERROR } else { 0 };
        if std::mem::take(&mut self.overrun) {
            lsr |= OE;
        }
        if let Some(first) = self.received.front_mut() {
            lsr |= DR | std::mem::take(&mut first.errors);
        }
        self.looks = self.looks.saturating_add(1);
        if self.is_ready(now) {
            lsr |= THRE;
            // The shift register is as long at work again as the holding register was.
            if now >= self.ready.saturating_add(self.send) {
                lsr |= TEMT;
            }
        }
        lsr
    }

    fn is_ready(&self, now: u64) -> bool {
        match self.fault {
            UartFault::Looks { looks, bytes } if (1..=bytes).contains(&self.sent.len()) => self.looks >= looks,
            _ => now >= self.ready,
        }
    }

    /// Does the other end fetch nothing at that time?
    pub fn is_shut(&self, at: u64) -> bool {
        self.stalls.iter().any(|stall| stall.contains(&at))
    }

    /// A byte goes out. False where the transmitter was still busy: a byte is lost.
    pub fn send(&mut self, byte: u8, now: u64) -> bool {
        if self.fault == UartFault::Absent {
            return true;
        }
        if !self.is_ready(now) {
            return false;
        }
        let leaves = now + self.send;
        self.ready = self.stalls.iter().find(|stall| stall.contains(&leaves)).map_or(leaves, |stall| stall.end);
        self.looks = 0;
        self.thre_event = true;
        // The word length cuts a byte: 5 bits and 1 for each step of LCR.
        self.sent.push(byte & 0xFF >> (3 - (self.lcr & 3)));
        true
    }

    /// The BIOS sends a byte of its own: it waits until the port is ready, and gives up after half a second.
    /// Returns the time at which it has done so.
    pub fn send_by_bios(&mut self, byte: u8, now: u64) -> u64 {
        const PATIENCE: u64 = 10 * super::TIMER;
        if self.fault == UartFault::Absent {
            return now;
        }
        let free = self.ready.saturating_add(self.send).max(now);
        if free - now > PATIENCE {
            return now + PATIENCE;
        }
        self.looks = u32::MAX;
        if self.send(byte, free) {
            self.sent_by_bios.push(byte);
        }
        free
    }

    /// IER is written: enabling the transmitter's interrupt at once gives one.
    pub fn set_ier(&mut self, value: u8) {
        if value & 2 != 0 && self.ier & 2 == 0 {
            self.thre_event = true;
        }
        self.ier = value & 0x0F;
    }

    /// FCR is written. A receiver whose FIFO is cleared, or switched on or off, forgets what it holds: returns how
    /// many bytes.
    pub fn set_fcr(&mut self, value: u8) -> Result<usize, &'static str> {
        if !self.platform.has_fifo {
            return Ok(0);
        }
        let is_switch = (self.fcr ^ value) & 1 != 0;
        if value & 5 == 5 && !is_switch {
            return Err("the firmware's bytes in the transmitter's FIFO are thrown away");
        }
        self.fcr = value & 0xC9;
        if !is_switch && value & 3 != 3 {
            return Ok(0);
        }
        let lost = std::mem::take(&mut self.received).len();
        if lost > 0 && !std::mem::take(&mut self.told_none) { Err("received bytes are thrown away") } else { Ok(lost) }
    }
}
