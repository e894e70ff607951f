//! COM1, a UART of the 8250 to 16550 family with a virtual machine's wire behind it.
//!
//! Source: National Semiconductor PC16550D data sheet. The wire waits for the receiver, as
//! hypervisors make it; a real wire without flow control can lose bytes whatever a program does.

use std::collections::VecDeque;

/// What is wrong with the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UartFault {
    /// Nothing.
    #[default]
    None,
    /// There is none: every port reads FFh.
    Absent,
    /// The transmitter is never ready: THRE is 0, and what is written is lost.
    Stuck,
    /// The line status register reads 00h; what is written goes out all the same.
    StatusZero,
}

/// The port.
#[derive(Clone, Debug)]
pub struct Uart {
    /// What is wrong.
    pub fault: UartFault,
    /// Bytes the receiver holds: 1, or 16 with its FIFO on.
    pub depth: usize,
    /// Ticks from a byte's taking until the next is there.
    pub gap: u64,
    /// Ticks for which the transmitter is busy with a byte.
    pub send: u64,
    /// Does a machine need OUT2 for the interrupt? (v86 does not look at it.)
    pub needs_out2: bool,
    /// Interrupt enable register.
    pub ier: u8,
    /// Modem control register.
    pub mcr: u8,
    /// Line control register, set by INT 14h.
    pub lcr: u8,
    /// Divisor of the baud rate, set by INT 14h: 12 is 9600.
    pub divisor: u16,
    /// What has gone out.
    pub sent: Vec<u8>,
    /// Bytes on the wire.
    pub wire: VecDeque<u8>,
    /// Received bytes, each with the halted time at which it came.
    received: VecDeque<(u8, u64)>,
    next: u64,
    ready: u64,
    thre_event: bool,
}

impl Uart {
    /// The port as a BIOS leaves it.
    pub fn new(fault: UartFault, depth: usize, gap: u64, send: u64, needs_out2: bool) -> Self {
        Self {
            fault,
            depth,
            gap,
            send,
            needs_out2,
            ier: 0,
            mcr: 0,
            lcr: 0,
            divisor: 1,
            sent: Vec::new(),
            wire: VecDeque::new(),
            received: VecDeque::new(),
            next: 0,
            ready: 0,
            thre_event: false,
        }
    }

    /// Moves bytes from the wire to the receiver. `halted` is the halted time, for the report of waits.
    pub fn step(&mut self, now: u64, halted: u64) {
        while !self.wire.is_empty() && self.received.len() < self.depth && now >= self.next {
            let byte = self.wire.pop_front().expect("not empty");
            self.received.push_back((byte, halted));
        }
    }

    /// When [`step`](Self::step) has something to do next.
    pub fn next_event(&self) -> Option<u64> {
        (!self.wire.is_empty() && self.received.len() < self.depth).then_some(self.next)
    }

    /// Is the interrupt line up?
    pub fn line(&self) -> bool {
        self.fault != UartFault::Absent
            && (self.mcr & 0x08 != 0 || !self.needs_out2)
            && (self.ier & 1 != 0 && !self.received.is_empty() || self.ier & 2 != 0 && self.thre_event)
    }

    /// Does the receiver or the wire hold bytes?
    pub fn has_input(&self) -> bool {
        !self.wire.is_empty() || !self.received.is_empty()
    }

    /// Takes the byte that waits, with the halted time at which it came.
    pub fn take(&mut self, now: u64) -> Option<(u8, u64)> {
        let taken = self.received.pop_front();
        self.next = now + self.gap;
        taken
    }

    /// IIR: the strongest reason for the interrupt.
    pub fn iir(&mut self) -> u8 {
        if self.fault == UartFault::Absent {
            0xFF
        } else if self.ier & 1 != 0 && !self.received.is_empty() {
            0x04
        } else if self.ier & 2 != 0 && std::mem::take(&mut self.thre_event) {
            0x02
        } else {
            0x01
        }
    }

    /// LSR.
    pub fn lsr(&self, now: u64) -> u8 {
        let received = u8::from(!self.received.is_empty());
        match self.fault {
            UartFault::Absent => 0xFF,
            UartFault::StatusZero => 0,
            UartFault::Stuck => received,
            UartFault::None if now >= self.ready => 0x60 | received,
            UartFault::None => received,
        }
    }

    /// A byte goes out. False where the transmitter was still busy: the byte before is lost.
    pub fn send(&mut self, byte: u8, now: u64) -> bool {
        match self.fault {
            UartFault::Absent | UartFault::Stuck => return true,
            UartFault::StatusZero => {}
            UartFault::None if now < self.ready => return false,
            UartFault::None => {}
        }
        self.ready = now + self.send;
        self.thre_event = true;
        // The word length cuts a byte: 5 bits and 1 for each step of LCR.
        self.sent.push(byte & 0xFF >> (3 - (self.lcr & 3)));
        true
    }

    /// The BIOS sends a byte of its own: it waits until the port is ready.
    pub fn send_by_bios(&mut self, byte: u8) {
        if self.fault == UartFault::None {
            self.sent.push(byte);
        }
    }

    /// IER is written: enabling the transmitter's interrupt at once gives one.
    pub fn set_ier(&mut self, value: u8) {
        if value & 2 != 0 && self.ier & 2 == 0 {
            self.thre_event = true;
        }
        self.ier = value & 0x0F;
    }
}
