//! The second program: what the 256 bytes do under a BIOS, for x86-64 machines whose firmware is UEFI.
//!
//! It has no 256 bytes to fit in and no BIOS to ask, so it is plain Rust: the firmware's text console is
//! screen and keyboard, COM1 is driven by its ports, and the power button is where the ACPI tables say.
//! The order of the files is the order of a run:
//!
//! - here: the machine is found and set up, then a byte at a time goes to the line;
//! - [`firmware`]: the calls of the firmware that the program makes; [`port`]: its I/O ports;
//! - [`acpi`], [`button`]: where the button is, and what a press does;
//! - [`com1`]: the UART;
//! - [`console`]: a byte to COM1 and to the screen, the button watched meanwhile;
//! - [`line`]: the editor and its answer;
//! - [`idle`]: sleep until something happens.
//!
//! Registers and bits are those of the first program: `uart` and `pm` are files of its own.
//! Sources: UEFI Specification 2.10, ACPI Specification 6.5.

#![no_std]
#![no_main]

mod acpi;
mod button;
mod com1;
mod console;
mod firmware;
mod idle;
mod line;
#[allow(dead_code, reason = "what only the first program needs")]
#[path = "../../src/pm.rs"]
mod pm;
mod port;
#[allow(dead_code, reason = "what only the first program needs")]
#[path = "../../src/uart.rs"]
mod uart;

use button::Button;
use console::Console;
use firmware::{Firmware, Handle, SystemTable};
use line::Line;
use uefi_raw::Event;

/// The program's start: UEFI 4.1, image entry point.
#[unsafe(no_mangle)]
extern "efiapi" fn efi_main(_: Handle, system: &SystemTable) -> ! {
    let firmware = Firmware(system);
    firmware.stop_watchdog();
    firmware.leave_serial_ports();
    firmware.clear_screen();
    com1::open();
    #[cfg(feature = "bench-floor")]
    floor(firmware);
    let console = Console { firmware, button: Button::find(firmware) };
    let events = [idle::event(&console), firmware.key_event()];

    let mut line = Line::new();
    line.banner();
    loop {
        line.answer(&console);
        while !line.edit(next(firmware, &events), &console) {}
    }
}

/// One byte, which the firmware says none of before, and no end but that of the machine.
#[cfg(feature = "bench-floor")]
fn floor(firmware: Firmware) {
    com1::send(b'~');
    loop {
        firmware.wait(&[firmware.key_event()]);
    }
}

/// The next byte, from the keyboard or from COM1.
fn next(firmware: Firmware, events: &[Event; 2]) -> u8 {
    loop {
        if let Some(byte) = firmware.key() {
            return byte;
        }
        if com1::has_received(com1::status()) {
            return com1::receive();
        }
        firmware.wait(events);
    }
}

/// Nothing here can panic; the compiler wants to know all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
