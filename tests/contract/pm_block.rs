//! The PM1a block is found where the firmware has put it.
//!
//! SeaBIOS puts it at 0600h on both boards; a boot sector of the tests (`loader.rs`) moves it to
//! where other platforms' firmware has it, and then starts the program as the BIOS would.
//!
//! Not here: a PIIX4 at another bus position. QEMU's `PIIX4_PM` is no device that `-device` takes
//! ("expects a pluggable device type"), and the boards have it at 00:01.3. The chipset models of the
//! other tests have it elsewhere.

use boot256_qemu::machine::Machine;
use boot256_qemu::vm::Vm;

use crate::boot_img;
use crate::loader::{Chip, Loader};

/// Where SeaBIOS puts the block on QEMU's boards.
pub const PORTS_OF_SEABIOS: u16 = 0x600;

/// PM1a_EN: the power button is enabled. Always seen at the block's first port plus 2.
const PWRBTN_EN: u16 = 1 << 8;
/// PM1a_CNT: the events are the operating system's.
const SCI_EN: u16 = 1;

/// Whether the block at `base` has the button enabled, and the SCI.
#[track_caller]
pub fn is_enabled(vm: &mut Vm, base: u16) -> bool {
    vm.port(base + 2) & PWRBTN_EN != 0 && vm.port(base + 4) & SCI_EN != 0
}

rows! {
    |machine: Machine| assert!(is_enabled(&mut machine.drive(&boot_img()).boot(), PORTS_OF_SEABIOS));
    the_button_and_the_sci_are_enabled_on_pc: Machine::pc();
    the_button_and_the_sci_are_enabled_on_q35: Machine::q35();
}

/// The block is moved to `base`; the program finds it there, and the button works.
#[track_caller]
fn is_found((chip, base): (Chip, u16)) {
    let (mut vm, _disk) = Loader::default().moves_block(chip, base).boot(chip.board());
    assert!(is_enabled(&mut vm, base), "the block at {base:#06x} is not enabled");
    assert_eq!(vm.port(PORTS_OF_SEABIOS + 2), 0xFFFF, "nothing is where it was");
    vm.types(b"hello\r");
    vm.powers_off();
}

rows! {
    is_found;
    /// Xen, Bochs, EC2, Google Cloud.
    piix4_at_b000h: (Chip::Piix4, 0xB000);
    /// VirtualBox.
    piix4_at_4000h: (Chip::Piix4, 0x4000);
    /// VMware.
    piix4_at_1000h: (Chip::Piix4, 0x1000);
    /// Hyper-V has 0400h; this is the next that the chip can have: bits 6 and up count.
    piix4_at_0440h: (Chip::Piix4, 0x0440);
    piix4_at_ff40h: (Chip::Piix4, 0xFF40);
    ich9_at_b000h: (Chip::Ich9, 0xB000);
    ich9_at_4000h: (Chip::Ich9, 0x4000);
    ich9_at_1000h: (Chip::Ich9, 0x1000);
    /// Real boards; bits 7 and up count.
    ich9_at_0480h: (Chip::Ich9, 0x0480);
    ich9_at_1800h: (Chip::Ich9, 0x1800);
}
