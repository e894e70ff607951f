//! The serial port, a UART of the 8250 to 16550 family at COM1's ports.
//!
//! Names and bits: National Semiconductor PC16550D data sheet, section 8.

/// COM1's first port, on every PC.
pub const COM1: u16 = 0x3F8;
/// Receiver buffer (read) and transmitter holding (write) register.
pub const RBR_THR: u16 = COM1;
/// Interrupt enable register.
pub const IER: u16 = COM1 + 1;
/// Interrupt identification (read) and FIFO control register (write).
pub const IIR_FCR: u16 = COM1 + 2;
/// Modem control register.
pub const MCR: u16 = COM1 + 4;
/// Line status register.
pub const LSR: u16 = COM1 + 5;

/// IER: interrupt when a byte has been received.
pub const ERBFI: u8 = 1 << 0;
/// IIR: nothing interrupts.
pub const IIR_NONE: u8 = 1 << 0;
/// IIR: a byte has been received. That is the only interrupt that the program has on.
pub const IIR_RECEIVED: u8 = 1 << 2;
/// IIR: the FIFOs are on.
pub const IIR_FIFOS: u8 = 0b11 << 6;
/// FCR: the FIFOs are on, 16 bytes each way, and each byte that comes interrupts. A change of this bit
/// empties them and RBR. Where it is 0, nothing else of FCR counts.
pub const FIFO_ENABLE: u8 = 1 << 0;
/// MCR: data terminal ready, request to send: a peer with hardware handshake may send.
pub const DTR: u8 = 1 << 0;
/// See [`DTR`].
pub const RTS: u8 = 1 << 1;
/// MCR: the second output, which on a PC lets the interrupt through to the controller.
pub const OUT2: u8 = 1 << 3;
/// LSR: a byte has been received.
pub const DR: u8 = 1 << 0;
/// LSR: a byte's parity was wrong. Never set here, because 8N1 has no parity.
pub const PE: u8 = 1 << 2;
/// LSR: the transmitter holding register is empty, a byte may be written.
pub const THRE: u8 = 1 << 5;
