//! A byte from the keyboard or from COM1, whichever has one.

use crate::keyboard;
use crate::pm::Block;
use crate::wait::Com1;

/// The next byte, or none: then it is time to [sleep](crate::idle::sleep).
///
/// No interrupt may come between a look at a device and HLT, which would then wait for another. The look
/// at the keyboard is a BIOS call that may let interrupts in, so it is made with the first controller
/// shut, and what comes waits there. COM1 and the button are looked at after it, with the processor's
/// interrupts off. Sleep opens the controller first, and these with HLT.
///
/// The button is looked at for each byte, because a paste must not keep it waiting.
#[inline(always)]
pub fn get(pm: Block, com1: &mut Com1) -> Option<u8> {
    if keyboard::has_key() {
        return Some(keyboard::read());
    }
    *com1 = Com1::ready(pm);
    com1.has_received().then(|| com1.receive())
}
