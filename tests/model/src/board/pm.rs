//! The PM1a block of the ACPI fixed hardware, as each platform makes it.
//!
//! Source: ACPI specification, section 4.8.3; what differs by platform is in `tests/model/src/platforms.rs`.

use crate::platforms::{Platform, Sci};

/// PM1a_STS and PM1a_EN: power button.
pub const PWRBTN: u16 = 1 << 8;
/// PM1a_CNT: events raise an SCI.
pub const SCI_EN: u16 = 1 << 0;
/// PM1a_CNT: bits 3 to 8 are reserved.
pub const RESERVED: u16 = 0x01F8;
/// PM1a_CNT: go to sleep.
pub const SLP_EN: u16 = 1 << 13;

#[derive(Clone, Debug, Default)]
pub struct Pm {
    platform: Platform,
    pub sts: u16,
    pub en: u16,
    pub cnt: u16,
    /// Every write: offset and value.
    pub writes: Vec<(u16, u16)>,
    pub is_off: bool,
    /// Halted time at which a press came that has not been seen.
    pub pressed: Option<(u64, u64)>,
}

impl Pm {
    /// The block as the firmware leaves it.
    pub fn new(platform: Platform, pressed: bool) -> Self {
        let sts = platform.status_noise | if pressed { PWRBTN } else { 0 };
        Self { platform, sts, ..Self::default() }
    }

    pub fn press(&mut self, now: u64, halted: u64) {
        let is_kept = !self.platform.latches_if_enabled || self.en & PWRBTN != 0;
        if self.platform.base.is_some() && is_kept {
            self.sts |= PWRBTN;
            self.pressed.get_or_insert((now, halted));
        }
    }

    /// The SCI line, as far as the interrupt controllers see it.
    pub fn line(&self) -> bool {
        let goes_out = match self.platform.sci {
            Sci::Irq9 => true,
            Sci::Irq9IfSciEn => self.cnt & SCI_EN != 0,
            Sci::None => false,
        };
        self.platform.base.is_some() && self.sts & self.en & PWRBTN != 0 && goes_out
    }

    /// 16 bits from base + `offset`.
    pub fn read(&self, offset: u16) -> u16 {
        match offset {
            0 => self.sts,
            2 => self.en,
            _ => self.cnt,
        }
    }

    /// 16 bits to base + `offset`.
    pub fn write(&mut self, offset: u16, value: u16) {
        self.writes.push((offset, value));
        match offset {
            0 => self.sts &= !value,
            2 => self.en = value,
            _ => {
                let typ = value >> 10 & 7;
                let changes = self.cnt >> 10 & 7 != typ;
                let acts = if self.platform.acts_on_change { changes } else { value & SLP_EN != 0 };
                self.is_off |= acts && self.platform.off.contains(&typ);
                self.cnt = value & !SLP_EN;
            }
        }
    }
}
