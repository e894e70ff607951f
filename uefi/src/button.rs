//! The power button, and what a press does.
//!
//! Names, bits and the SLP_TYP values: `pm`. All accesses are of 16 bits at even ports.

use core::num::NonZeroU16;

use crate::acpi::Fadt;
use crate::firmware::Firmware;
use crate::pm::{PWRBTN, SCI_EN, SLP_EN, SLP_TYP, SOFT_OFF};
use crate::port::{read_16, write_16};

/// Offset of PM1a_EN from PM1a_STS.
const EN: u16 = 2;

/// The PM1a registers.
#[derive(Clone, Copy)]
pub struct Button {
    sts: NonZeroU16,
    cnt: u16,
}

impl Button {
    /// Finds the button and enables it, as the first program does: an old press is cleared, PWRBTN_EN and SCI_EN are
    /// set. (To the firmware an SCI is nothing; VirtualBox's window offers "ACPI Shutdown" only then.)
    pub fn find(firmware: Firmware) -> Option<Self> {
        let fadt = Fadt::find(firmware)?;
        let (sts, cnt) = (fadt.pm1a_sts()?, fadt.pm1a_cnt());
        write_16(sts.get(), PWRBTN);
        write_16(sts.get() + EN, PWRBTN);
        write_16(cnt, SCI_EN);
        Some(Self { sts, cnt })
    }

    /// Switches the machine off if the button has been pressed.
    ///
    /// The registers come first: VirtualBox's firmware, asked to switch off, turns round for ever at a port of QEMU's.
    pub fn obey(self, firmware: Firmware) {
        // A port that nobody answers at reads FFFFh, which becomes 0: no press. What else the addition changes is not looked at.
        if read_16(self.sts.get()).wrapping_add(1) & PWRBTN == 0 {
            return;
        }
        // The press counts once.
        write_16(self.sts.get(), PWRBTN);
        let sleep = |soft_off| write_16(self.cnt, SCI_EN | SLP_EN | soft_off << SLP_TYP);
        let [first, second, third] = SOFT_OFF;
        sleep(first);
        sleep(second);
        sleep(third);
        firmware.shut_down();
    }
}
