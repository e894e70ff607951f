//! Machines of many kinds: whatever is there works, nothing hangs, and nothing is said twice.
//!
//! COM1 and, where there is one, the screen are compared with the model at the end of each row.

use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use boot256_qemu::skip::skips;
use serde_json::json;

use crate::{answers_and_powers_off, boot_img};

rows! {
    |machine: Machine| answers_and_powers_off(machine.drive(&boot_img()));

    pc: Machine::pc();
    q35: Machine::q35();
    /// What Proxmox VE sets where the screen is a serial port: no system management mode.
    pc_without_smm: Machine::new("pc,smm=off");
    q35_without_smm: Machine::new("q35,smm=off");
    /// As Proxmox VE starts a machine whose display is `serial0`.
    pc_without_smm_nographic: Machine::new("pc,smm=off").nographic();
    q35_without_smm_nographic: Machine::new("q35,smm=off").nographic().without_vga();

    // The firmware's serial console writes to COM1 what is sent to the screen, until it is told not
    // to: COM1 and the screen must both show every byte once.
    nographic_pc: Machine::pc().nographic();
    nographic_q35: Machine::q35().nographic();
    nographic_pc_without_vga: Machine::pc().nographic().without_vga();
    nographic_q35_without_vga: Machine::q35().nographic().without_vga();
    graphics_off_pc: Machine::pc().graphics_off();
    graphics_off_q35: Machine::q35().graphics_off();
    graphics_off_pc_without_vga: Machine::pc().graphics_off().without_vga();
    pc_without_vga: Machine::pc().without_vga();
    q35_without_vga: Machine::q35().without_vga();

    // Other video cards have other video BIOSes.
    pc_with_cirrus: Machine::pc().with("-vga cirrus");
    pc_with_vmware_svga: Machine::pc().with("-vga vmware");
    q35_with_virtio_vga: Machine::q35().with("-vga virtio");
    q35_with_qxl: Machine::q35().with("-device qxl-vga -vga none");

    /// SeaBIOS's own limit: with less it does not come to boot anything.
    pc_with_1_mib: Machine::pc().with("-m 1M");
    q35_with_2_mib: Machine::q35().with("-m 2M");
    pc_with_memory_above_4_gib: Machine::pc().with("-m 6G");
    pc_with_32_cpus: Machine::pc().with("-smp 32");
    q35_with_16_cpus: Machine::q35().with("-smp 16");
    /// The oldest that QEMU has; the program asks for a 386.
    pc_with_a_486: Machine::pc().with("-cpu 486");
    pc_with_a_pentium: Machine::pc().with("-cpu pentium");
    q35_with_a_486: Machine::q35().with("-cpu 486");
    pc_with_every_cpu_feature: Machine::pc().with("-cpu max");
    pc_without_hpet: Machine::new("pc,hpet=off");
    pc_with_two_serial_ports: Machine::pc().with("-serial null");
    pc_with_a_clock_in_the_past: Machine::pc().with("-rtc base=1999-12-31T23:59:58");
}

/// A floppy is another drive (DL is 0) and another path through the BIOS.
#[test]
fn pc_from_a_floppy() {
    let floppy = Image::built("boot-floppy.img");
    answers_and_powers_off(Machine::pc().backend(&floppy, "snapshot=on").device("floppy,drive=boot"));
}

/// Without a power management block there is no button; pressing it is without effect.
#[track_caller]
fn answers_and_has_no_button(machine: Machine) {
    if skips(&machine) {
        return;
    }
    let mut vm = machine.drive(&boot_img()).boot();
    vm.types(b"hello\r");
    vm.presses_power_button();
    vm.types(b"\x08again\n\r");
    assert_eq!(vm.run("query-status", json!({}))["status"], "running");
    vm.ends();
}

rows! {
    answers_and_has_no_button;
    /// No PCI at all.
    isapc: Machine::new("isapc");
    isapc_nographic: Machine::new("isapc").nographic();
    isapc_without_vga: Machine::new("isapc").without_vga();
    isapc_with_a_486_and_640_kib: Machine::new("isapc").with("-cpu 486 -m 640K");
    /// PCI, but no PIIX4 function to be found; its ICH9 stand-in is not there either.
    pc_without_power_management: Machine::new("pc,acpi=off");
}

/// The screen and the keyboard are all there is.
#[track_caller]
pub fn works_without_com1(machine: Machine) {
    let mut vm = machine.without_com1().drive(&boot_img()).boot();
    vm.types_on_keyboard("abc\r\x08xy\x08\r");
    vm.powers_off();
}

rows! {
    works_without_com1;
    pc_without_com1: Machine::pc();
    q35_without_com1: Machine::q35();
    pc_without_com1_nographic: Machine::pc().nographic();
}

/// Nothing to be seen or typed, but the CPU halts and the button works.
#[test]
fn pc_without_com1_and_vga() {
    let mut vm = Machine::pc().without_com1().without_vga().drive(&boot_img()).launch();
    vm.until("the button is enabled and the CPU halts", |vm| {
        crate::pm_block::is_enabled(vm, crate::pm_block::PORTS_OF_SEABIOS) && vm.is_halted()
    });
    vm.powers_off();
}

/// COM1 is where a PC has it and not the first port of the BIOS's table: a machine with COM2 only
/// has no COM1.
#[test]
fn com2_is_not_used() {
    let mut vm = Machine::pc().without_com1().with("-serial null").drive(&boot_img()).boot();
    vm.types_on_keyboard("ok\r");
    vm.powers_off();
}
