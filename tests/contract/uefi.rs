//! The contract under UEFI, where the same images hold another program. A start of OVMF takes seconds: few machines are
//! asked much.

use std::time::Duration;

use boot256_facts::{Group, cases};
use boot256_qemu::chardev::Chardev;
use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;

use crate::boards::works_without_com1;
use crate::power_button::during_a_paste;
use crate::slow_reader::{a_press_is_seen_while_nobody_reads, stalls_and_reads_all};
use crate::{answers_and_powers_off, boot_img};

fn pc(image: &str, options: &str) -> Machine {
    Machine::pc().uefi().backend(&Image::built(image), options)
}

fn q35() -> Machine {
    Machine::q35().uefi()
}

/// Each case on COM1, the keyboard's on the keyboard too, and each of the 256 bytes; it scrolls, and switches off. (To the
/// firmware a letter with Alt is a letter.)
#[track_caller]
fn every_case(machine: Machine) {
    use Group::{Answers, Bytes, Ignored, Keys, Length, LineEnds, Removing};
    let mut vm = machine.boot();
    for group in [Answers, LineEnds, Removing, Length, Ignored, Bytes, Keys] {
        cases(group).for_each(|case| vm.holds(case));
        vm.shows_it();
    }
    for case in cases(Keys).filter(|case| case.keys().is_some_and(|keys| !keys.contains(&"Alt+a"))) {
        vm.holds_on_keyboard(case);
    }
    vm.types(&(0..=0xFF).flat_map(|byte| [b'a', byte, b'z', b'\r']).collect::<Vec<u8>>());
    vm.powers_off();
}

rows! {
    every_case;
    every_case_from_a_disk_on_q35: q35().drive(&boot_img());
    every_case_from_a_cd_on_pc: pc("boot.iso", "media=cdrom").device("ide-cd,drive=boot");
}

rows! {
    answers_and_powers_off;
    nvme: q35().backend(&boot_img(), "snapshot=on").device("nvme,drive=boot,serial=1");
    usb: pc("boot.iso", "snapshot=on").device("qemu-xhci").device("usb-storage,drive=boot");
    virtio_scsi_without_vga_in_64_mib: q35().backend(&boot_img(), "snapshot=on").without_vga().with("-m 64")
        .device("virtio-scsi-pci").device("scsi-hd,drive=boot");
}

#[test]
fn a_slow_reader_loses_nothing() {
    stalls_and_reads_all(q35(), Chardev::Unix, &[50, 200].map(Duration::from_millis), 6000);
}

#[test]
fn a_press_is_seen_with_a_line_that_nobody_reads() {
    a_press_is_seen_while_nobody_reads((Chardev::Unix, Machine::pc().uefi()));
}

#[test]
fn a_press_is_seen_during_a_paste() {
    during_a_paste(q35());
}

#[test]
fn keyboard_and_screen_work_without_com1() {
    works_without_com1(Machine::pc().uefi());
}
