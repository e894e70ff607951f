//! The BIOS calls that the program makes: interrupt numbers, functions, arguments.
//!
//! Sources: IBM PS/2 and PC BIOS Interface Technical Reference for INT 10h, 14h and 16h; PCI BIOS
//! Specification 2.1 for INT 1Ah.

/// INT 10h, video.
pub const VIDEO: u8 = 0x10;
/// INT 10h AH: print AL and move the cursor; BH is the page.
pub const VIDEO_TELETYPE: u8 = 0x0E;
/// INT 10h AH: set the mode AL.
pub const VIDEO_SET_MODE: u8 = 0x00;
/// In a mode's number: leave the picture as it is.
pub const VIDEO_DO_NOT_CLEAR: u8 = 1 << 7;
/// The highest number of a mode that a video BIOS of IBM or any VGA knows.
pub const VIDEO_LAST_MODE: u8 = 0x13;

/// INT 14h, serial ports. Function 0 sets the line: AL as below, DX the port's number.
pub const SERIAL: u8 = 0x14;
/// INT 14h DX: COM1's number.
pub const SERIAL_COM1: u16 = 0;
/// INT 14h AX: function 0; 9600 baud in bits 7 to 5, no parity (0) and 1 stop bit (0) below, 8 data bits in 1 and 0.
pub const SERIAL_INIT_9600_8N1: u16 = 7 << 5 | 3;

/// INT 16h, keyboard.
pub const KEYBOARD: u8 = 0x16;
/// INT 16h AH: take a key from the buffer, or wait for one.
pub const KEYBOARD_READ: u8 = 0x00;
/// INT 16h AH: look at the buffer; the zero flag says that it is empty.
pub const KEYBOARD_PEEK: u8 = 0x01;

/// INT 1Ah, which the PCI BIOS shares with the clock.
pub const PCI: u8 = 0x1A;
/// INT 1Ah AX: find the device CX of the vendor DX, the SIth of its kind; BX says where it is.
pub const PCI_FIND_DEVICE: u16 = 0xB102;
/// INT 1Ah AX: read the word at DI of the configuration space of the device at BX into CX.
pub const PCI_READ_CONFIG_WORD: u16 = 0xB109;

/// Interrupt vector of [`VIDEO`]: the upper byte of its segment.
pub const VIDEO_SEGMENT_UPPER: u16 = 4 * VIDEO as u16 + 3;
/// The same byte of every address in the system BIOS's own segment, F000h.
pub const SYSTEM_BIOS: u8 = 0xF0;
/// The same byte of a video card's BIOS, C000h.
pub const VIDEO_BIOS: u8 = 0xC0;
