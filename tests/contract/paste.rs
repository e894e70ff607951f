//! A paste of any length comes back whole and in order, also with the firmware's serial console.

use boot256_facts::paste::lines;
use boot256_qemu::machine::Machine;

use crate::boot_img;

#[track_caller]
fn pastes(machine: Machine) {
    let mut vm = machine.drive(&boot_img()).boot();
    vm.types(&lines(12_000));
    vm.types(b"still here\r");
    vm.powers_off();
}

rows! {
    pastes;
    on_pc: Machine::pc();
    on_q35: Machine::q35();
    with_nographic: Machine::pc().nographic();
    with_nographic_and_no_video_card: Machine::pc().nographic().without_vga();
    with_graphics_off: Machine::q35().graphics_off();
    with_graphics_off_and_no_video_card: Machine::pc().graphics_off().without_vga();
    without_a_video_card: Machine::pc().without_vga();
}

/// 240 lines, each after the answer to the last: what a script does.
#[test]
fn line_by_line_with_nographic() {
    let mut vm = Machine::pc().nographic().drive(&boot_img()).boot();
    for n in 0..240 {
        vm.types(format!("line {n}\r").as_bytes());
    }
    vm.powers_off();
}

/// No full line among them: one byte after the other, each after the last one's echo.
#[test]
fn byte_by_byte_with_nographic() {
    let mut vm = Machine::q35().nographic().drive(&boot_img()).boot();
    for byte in b"typed by hand, one byte after the other\x7f\x7f\r" {
        vm.types(&[*byte]);
    }
    vm.powers_off();
}
