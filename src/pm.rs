//! Power management: the PM1a block of the ACPI fixed hardware, button and switch in one.
//!
//! Names and bits: ACPI specification, section 4.8.3.1 (PM1 event registers) and 4.8.3.2 (PM1
//! control registers). All accesses are of 16 bits at even ports: QEMU, Bochs, VirtualBox and bhyve
//! take no other.

use core::arch::asm;

/// Offset of PM1a_CNT from PM1a_STS, where PM1a_EN is 2 bytes long like PM1a_STS.
pub const CNT: u8 = 4;

/// PM1a_STS: the power button has been pressed; writing 1 clears it. In PM1a_EN: it may raise the SCI.
pub const PWRBTN: u16 = 1 << 8;
/// PM1a_CNT: events raise an SCI, the interrupt of an operating system, and no SMI of the firmware.
pub const SCI_EN: u16 = 1 << 0;
/// PM1a_CNT: go to the sleep state of the SLP_TYP field.
pub const SLP_EN: u16 = 1 << 13;
/// PM1a_CNT: lowest bit of the SLP_TYP field.
pub const SLP_TYP: u8 = 10;

/// The SLP_TYP values that switch machines off, in the one order that is safe on all: 0 for QEMU,
/// Xen, Bochs, Hyper-V, VMware and the PIIX4; 7 for Intel's ICH, where 5 would be suspend to RAM;
/// 5 for VirtualBox and AMD. Each is without effect where it does not switch off.
pub const SOFT_OFF: [u16; 3] = [0, 7, 5];

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
/// port that nothing answers at: it reads FFFFh.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Block(pub u16);

/// PM1a_STS, in DX.
#[derive(Clone, Copy)]
pub struct Sts(u16);

impl Block {
    /// Moves the port to where IN and OUT take it from.
    #[inline(always)]
    pub fn sts(self) -> Sts {
        let port;
        // In: CX. Out: DX. Dies: nothing. (LLVM would copy 32 bits, for a byte more.)
        unsafe { asm!("mov dx, cx", in("cx") self.0, out("dx") port, options(nomem, nostack, preserves_flags)) }
        Sts(port)
    }
}

impl Sts {
    /// Has the button been pressed? If so, the press is taken back, so that it counts once.
    #[inline(always)]
    pub fn takes_press(self) -> bool {
        // FFFFh, no block, becomes 0 by the INC, no press. The other bits that the INC changes are
        // in the lower byte; written back, they clear events that are not used, or none.
        // SAHF moves PWRBTN, bit 0 of AH, to the carry flag.
        // In: DX. Dies: AX, flags.
        const { assert!(PWRBTN == 1 << 8) }
        unsafe {
            asm!(
                "in ax, dx",
                "inc ax",
                "sahf",
                "jnc {no}",
                "out dx, ax",
                no = label { return false },
                in("dx") self.0,
                out("ax") _,
                options(nomem, nostack)
            )
        }
        true
    }

    /// Switches the machine off, by each of [`SOFT_OFF`]. Returns where none of them does, and for
    /// some instructions where one does.
    #[inline(always)]
    pub fn switch_off(self) {
        const fn upper(typ: u16) -> u8 {
            ((SLP_EN | typ << SLP_TYP) >> 8) as u8
        }
        // In: DX. Dies: DX, AX, flags.
        unsafe {
            asm!(
                "add dx, {cnt}",
                "mov ax, {first}",
                "out dx, ax",
                "mov ah, {second}",
                "out dx, ax",
                "mov ah, {third}",
                "out dx, ax",
                cnt = const CNT,
                first = const SLP_EN | SOFT_OFF[0] << SLP_TYP,
                second = const upper(SOFT_OFF[1]),
                third = const upper(SOFT_OFF[2]),
                inout("dx") self.0 => _,
                out("ax") _,
                options(nomem, nostack)
            )
        }
    }
}
