//! The contract, checked on the real images in real machines.

mod editor;

use boot256_tests::image::Image;
use boot256_tests::machine::Machine;
use boot256_tests::vm::Vm;

/// The raw disk image.
fn boot_img() -> Image {
    Image::built("boot.img")
}

/// A PC with the raw disk image, at its first prompt.
#[track_caller]
fn pc() -> Vm {
    Machine::pc().drive(&boot_img()).boot()
}
