//! The way out: each byte to COM1 and to the screen.

use crate::button::Button;
use crate::com1;
use crate::firmware::Firmware;

/// The firmware, whose screen it is, and the button.
pub struct Console<'a> {
    /// Also the keyboard's.
    pub firmware: Firmware<'a>,
    /// None where the machine has none that can be found.
    pub button: Option<Button>,
}

impl Console<'_> {
    /// Looks at the power button, and returns COM1's status.
    pub fn watch(&self) -> u8 {
        if let Some(button) = self.button {
            button.obey(self.firmware);
        }
        com1::status()
    }

    /// Prints each of `bytes` as soon as COM1 takes it: it waits for a reader as long as that takes, and watches the
    /// button meanwhile.
    #[inline(never)]
    pub fn print(&self, bytes: &[u8]) {
        for byte in bytes {
            while !com1::is_ready(self.watch()) {}
            com1::send(*byte);
            self.firmware.show(*byte);
        }
    }
}
