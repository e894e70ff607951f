//! The keyboard and its controller, and the ring of keys that the BIOS keeps.

use std::collections::VecDeque;

/// Keys that the ring in the BIOS data area holds.
pub const RING: usize = 15;

#[derive(Clone, Debug, Default)]
pub struct Keyboard {
    /// What the keyboard has to say: a key pressed, or `None` for a key let go.
    wire: VecDeque<Option<u16>>,
    /// The controller's output buffer, full until port 60h is read.
    output: Option<Option<u16>>,
    /// The BIOS's ring: scan code in the upper byte, character in the lower; and the halted time.
    ring: VecDeque<(u16, u64)>,
}

impl Keyboard {
    /// A key goes down (`Some`) or up.
    pub fn say(&mut self, key: Option<u16>) {
        self.wire.push_back(key);
    }

    /// Moves one code to the controller, if it is free. True when the interrupt line rises.
    pub fn step(&mut self) -> bool {
        if self.output.is_none()
            && let Some(code) = self.wire.pop_front()
        {
            self.output = Some(code);
            return true;
        }
        false
    }

    /// Is there something that no one has read yet?
    pub fn has_input(&self) -> bool {
        !self.wire.is_empty() || self.output.is_some() || !self.ring.is_empty()
    }

    /// INT 09h: the BIOS takes the code and rings it in.
    pub fn interrupt(&mut self, halted: u64) {
        if let Some(Some(key)) = self.output.take() {
            self.push(key, halted);
        }
    }

    /// A key into the ring. It is lost if there is no room.
    pub fn push(&mut self, key: u16, halted: u64) {
        if self.ring.len() < RING {
            self.ring.push_back((key, halted));
        }
    }

    pub fn peek(&self) -> Option<u16> {
        self.ring.front().map(|&(key, _)| key)
    }

    /// Takes the oldest key, with the halted time at which it came.
    pub fn take(&mut self) -> Option<(u16, u64)> {
        self.ring.pop_front()
    }
}

/// A key as INT 16h AH=00h gives it: E0h and F0h, which mark a key that a PC AT's keyboard lacks, are
/// no characters, and become 0. (With a scan code of 0 they are characters, typed by number.)
pub fn character(key: u16) -> u16 {
    match (key >> 8, key & 0xFF) {
        (1.., 0xE0 | 0xF0) => key & 0xFF00,
        _ => key,
    }
}

/// Is it a key that a PC AT's keyboard lacks, such as F11, and that no other key stands for?
///
/// Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 16h function 00h, and 101-key tables.
pub fn is_enhanced_only(key: u16) -> bool {
    match (key >> 8, key & 0xFF) {
        (1.., 0xF0) => true,
        (0x85.., low) => low != 0xE0 && key >> 8 != 0xE0,
        _ => false,
    }
}
