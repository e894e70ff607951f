//! SeaBIOS's serial console: INT 10h mirrored to COM1, COM1 read into the ring of keys.
//!
//! Source: `src/sercon.c` of SeaBIOS: output one character late, sent by the next one or by the timer
//! tick; the tick takes what COM1 has received; a mode above 7 switches the console off, after the
//! terminal has been reset.

/// What a mode change sends: reset, no line wrap.
const RESET: &[u8] = b"\x1bc\x1b[?7l";
/// And clear, unless the mode says that the screen is not to be cleared.
const CLEAR: &[u8] = b"\x1b[2J";
/// INT 10h AH=00h, in AL: do not clear the screen.
pub const DO_NOT_CLEAR: u8 = 1 << 7;

#[derive(Clone, Debug, Default)]
pub struct Console {
    pub enabled: bool,
    pub late: Option<u8>,
}

impl Console {
    /// INT 10h AH=00h. What COM1 gets.
    pub fn set_mode(&mut self, mode: u8) -> Vec<u8> {
        self.enabled = mode & !DO_NOT_CLEAR <= 7;
        if mode & DO_NOT_CLEAR != 0 { RESET.to_vec() } else { [RESET, CLEAR].concat() }
    }

    /// INT 10h AH=0Eh. What COM1 gets now.
    pub fn teletype(&mut self, byte: u8) -> Option<u8> {
        self.late.replace(byte)
    }

    /// The timer tick. What COM1 gets.
    pub fn tick(&mut self) -> Option<u8> {
        self.late.take()
    }
}
