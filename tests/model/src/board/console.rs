//! SeaBIOS's serial console: INT 10h mirrored to COM1, COM1 read into the ring of keys.
//!
//! Source: what `src/sercon.c` of SeaBIOS does, as `shared/facts/hypervisors.md` section 4 describes
//! it: output one character late, sent by the next one or by the timer tick; the tick takes what COM1
//! has received; a mode above 7 switches the console off, after the terminal has been reset.

/// What a mode change sends: reset, no line wrap, clear.
pub const RESET: &[u8] = b"\x1bc\x1b[?7l\x1b[2J";

/// The console.
#[derive(Clone, Debug)]
pub struct Console {
    /// Is it on?
    pub enabled: bool,
    /// The character that is not sent yet.
    pub late: Option<u8>,
}

impl Console {
    /// INT 10h AH=00h. What COM1 gets.
    pub fn set_mode(&mut self, mode: u8) -> &'static [u8] {
        self.enabled = mode & 0x7F <= 7;
        RESET
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
