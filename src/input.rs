//! A byte from the keyboard or from COM1, whichever has one.

use crate::idle::{hold_interrupts, sleep};
use crate::keyboard;
use crate::pm::Block;
use crate::uart::Com1;

/// Waits for a byte, and watches the power button as it does.
///
/// The order matters. The look at the keyboard is a BIOS call that may let interrupts in: a byte that
/// comes in meanwhile has had its interrupt, and HLT would wait for another. So COM1 and the button
/// are looked at after it, with interrupts held, and the button before each byte, for a paste must
/// not keep it waiting. (A key that comes at that moment is seen when it is let go: that, too, is an
/// interrupt.)
#[inline(always)]
pub fn get(pm: Block, mut com1: Com1) -> (u8, Com1) {
    loop {
        if keyboard::has_key() {
            return (keyboard::read(), com1);
        }
        hold_interrupts();
        let sts = pm.sts();
        if sts.takes_press() {
            sts.switch_off();
        }
        com1 = Com1::iir();
        if com1.has_received() {
            return com1.receive();
        }
        sleep();
    }
}
