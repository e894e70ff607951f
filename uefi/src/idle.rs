//! Sleep until something happens.
//!
//! The firmware halts the processor until an interrupt comes, which is its timer's at the latest (10 ms in OVMF), and
//! then looks at the events that a program waits for. How it looks at a key it knows; how it looks at COM1 and at the
//! button the program tells it by an event of its own. So there is no timer of the program's: the firmware's tick
//! is what echo and idle follow.

use core::ffi::c_void;

use uefi_raw::Event;

use crate::com1;
use crate::console::Console;

/// The event that a byte has come to COM1. The firmware's look at it is a look at the button, too.
pub fn event(console: &Console) -> Event {
    console.firmware.event(look, console)
}

/// The firmware's look.
unsafe extern "efiapi" fn look(event: Event, console: *mut c_void) {
    // SAFETY: it is the console of `event`, which the program never leaves and never changes.
    let console = unsafe { &*console.cast::<Console>() };
    if com1::has_received(console.watch()) {
        console.firmware.signal(event);
    }
}
