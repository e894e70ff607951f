//! The contract, checked on the real images in real machines.
//!
//! One file an idea, one machine a test. A test is short because the harness does the checking:
//! whatever is typed goes to the model too, COM1 must say byte for byte what the model says, and
//! `powers_off` and `ends` compare the screen as well (see `boot256_qemu::vm`).
//!
//! `BOOT256_SEED` repeats a random run, `BOOT256_BUILD` names another folder of images,
//! `BOOT256_DEADLINE` sets the seconds after which a machine counts as hung.

/// One test a row, so that rows run in parallel, fail alone and are run alone by their names.
macro_rules! rows {
    ($check:expr; $($(#[$note:meta])* $name:ident: $row:expr;)+) => {
        $(
            $(#[$note])*
            #[test]
            fn $name() {
                $check($row)
            }
        )+
    };
}

mod boards;
mod controllers;
mod editor;
mod entry;
mod firmware;
mod habits;
mod idle;
mod image_files;
mod keyboard;
mod loader;
mod long;
mod paste;
mod pm_block;
mod ports;
mod power_button;
mod random;
mod slow_reader;
mod start;
mod uefi;

use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use boot256_qemu::skip::skips;
use boot256_qemu::vm::Vm;

/// The raw disk image.
fn boot_img() -> Image {
    Image::built("boot.img")
}

/// A PC with the raw disk image, at its first prompt.
#[track_caller]
fn pc() -> Vm {
    Machine::pc().drive(&boot_img()).boot()
}

/// A line goes in and its answer comes out, on a machine that has no power button.
#[track_caller]
fn answers(machine: Machine) {
    if skips(&machine) {
        return;
    }
    let mut vm = machine.boot();
    vm.types(b"hello\r");
    vm.ends();
}

/// A line goes in, its answer comes out, and the power button works: COM1 and the screen are right.
#[track_caller]
fn answers_and_powers_off(machine: Machine) {
    if skips(&machine) {
        return;
    }
    let mut vm = machine.boot();
    vm.types(b"hello\r");
    vm.powers_off();
}
