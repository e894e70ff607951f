//! Power management: the PM1a block of the ACPI fixed hardware, button and switch in one.
//!
//! Names and bits: ACPI specification, section 4.8.3.1 (PM1 event registers) and 4.8.3.2 (PM1
//! control registers). All accesses are of 16 bits at even ports: QEMU, Bochs, VirtualBox and bhyve
//! take no other. `start.rs` finds the block and enables the button, `wait.rs` looks at it.

/// Offset of PM1a_CNT from PM1a_STS, where PM1a_EN is 2 bytes long like PM1a_STS.
pub const CNT: u8 = 4;

/// PM1a_STS: the power button has been pressed; writing 1 clears it. In PM1a_EN: it may raise the SCI.
pub const PWRBTN: u16 = 1 << 8;
/// PM1a_CNT: events raise an SCI, the interrupt of an operating system, and no SMI of the firmware.
pub const SCI_EN: u16 = 1 << 0;
/// PM1a_CNT: bits 3 to 8, reserved. Intel's chipsets and all that imitate them ignore them.
pub const CNT_RESERVED: u16 = 0b11_1111 << 3;
/// PM1a_CNT: go to the sleep state of the SLP_TYP field.
pub const SLP_EN: u16 = 1 << 13;
/// PM1a_CNT: lowest bit of the SLP_TYP field.
pub const SLP_TYP: u8 = 10;

/// The SLP_TYP values that switch machines off, in the one order that is safe on all: 0 for QEMU,
/// Xen, Bochs, Hyper-V, VMware and the PIIX4; 7 for Intel's ICH, where 5 would be suspend to RAM;
/// 5 for VirtualBox and AMD. Each has no effect where it does not switch off.
pub const SOFT_OFF: [u16; 3] = [0, 7, 5];

/// Upper byte of what PM1a_CNT gets for [`SOFT_OFF`]'s entry `n`.
///
/// Its lower byte is what PM1a_STS had there, and 1 more. Of the bits that come of it PM1a_CNT has
/// two, SCI_EN and BM_RLD, which no longer matter.
pub const fn soft_off(n: usize) -> u8 {
    ((SLP_EN | SOFT_OFF[n] << SLP_TYP) >> 8) as u8
}

// What has to be in the upper byte is there; and the test of the button by SAHF needs bit 8.
const _: () = assert!(SLP_EN as u8 == 0 && SLP_TYP >= 8 && PWRBTN == 1 << 8);

/// PCI vendor of both chips below.
pub const INTEL: u16 = 0x8086;
/// PCI device: the power management function of the PIIX4, which nearly all hypervisors have.
pub const PIIX4_PM: u16 = 0x7113;
/// PCI bus, device and function of the ICH's LPC bridge: 00:1f.0, as the PCI BIOS encodes it.
pub const ICH_LPC: u16 = 0x1F << 3;
/// Register of either chip's configuration space that holds the block's first port.
pub const PMBASE: u16 = 0x40;
/// The address bits in the lower byte of [`PMBASE`]; bit 0 is always 1 and says "port".
pub const PMBASE_ADDRESS: u8 = 0xC0;

/// The block, in CX: its first port, which is PM1a_STS. Where a machine has none, FFC0h or another
/// port where nothing answers: it reads FFFFh.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Block(pub u16);
