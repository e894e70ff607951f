//! COM1, by its ports. (The firmware's Serial I/O protocol would lose what a reader does not take in time.)
//!
//! Names and bits: National Semiconductor PC16550D data sheet, section 8.

use crate::port;
use crate::uart::{COM1, DR, DTR, FIFO_ENABLE, IER, IIR_FCR, LSR, MCR, PE, RBR_THR, RTS, THRE};

/// Line control register.
const LCR: u16 = COM1 + 3;
/// LCR: 8 data bits, no parity, 1 stop bit.
const LCR_8N1: u8 = 3;
/// LCR: the first two registers are the divisor's two bytes.
const DLAB: u8 = 1 << 7;
/// The divisor for 9600 baud: 115,200 / 9600.
const DIVISOR: u8 = 12;

/// Sets 9600 baud, 8N1, and no interrupt, for the firmware knows none of COM1's.
///
/// A byte that waits already is kept: to switch the FIFO on would throw it away.
pub fn open() {
    port::write(LCR, DLAB);
    port::write(RBR_THR, DIVISOR);
    port::write(IER, 0);
    port::write(LCR, LCR_8N1);
    port::write(IER, 0);
    port::write(MCR, DTR | RTS);
    if status() & DR == 0 {
        port::write(IIR_FCR, FIFO_ENABLE);
    }
}

/// The line status register. Where there is no UART it reads FFh: ready to send, and nothing received.
pub fn status() -> u8 {
    port::read(LSR)
}

/// Does this status say that a byte may be sent?
pub fn is_ready(status: u8) -> bool {
    status & THRE != 0
}

/// Does it say that a byte has come? PE is never set by a UART without parity, and always where there is none.
pub fn has_received(status: u8) -> bool {
    status & (DR | PE) == DR
}

/// The byte that has come.
pub fn receive() -> u8 {
    port::read(RBR_THR)
}

/// Sends `byte`, which a status before has said is taken.
pub fn send(byte: u8) {
    port::write(RBR_THR, byte);
}
