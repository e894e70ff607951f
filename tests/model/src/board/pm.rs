//! The PM1a block of the ACPI fixed hardware, as each platform makes it.
//!
//! Source: ACPI specification, section 4.8.3; what differs by platform is in `profile.rs`.

/// PM1a_STS and PM1a_EN: power button.
pub const PWRBTN: u16 = 1 << 8;
/// PM1a_CNT: events raise an SCI.
pub const SCI_EN: u16 = 1 << 0;
/// PM1a_CNT: go to sleep.
pub const SLP_EN: u16 = 1 << 13;

/// What is at the port where the program looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A block.
    Block,
    /// Nothing: FFFFh.
    Nothing,
}

/// The block.
#[derive(Clone, Debug)]
pub struct Pm {
    /// What is there.
    pub kind: Kind,
    /// Its first port, as the program is to find it.
    pub base: u16,
    /// The SLP_TYP that switches off; none on v86.
    pub off: Option<u16>,
    /// Does a press count without PWRBTN_EN? (On QEMU it does not.)
    pub latches_always: bool,
    /// Does an SCI need SCI_EN?
    pub needs_sci_en: bool,
    /// PM1a_STS.
    pub sts: u16,
    /// PM1a_EN.
    pub en: u16,
    /// PM1a_CNT.
    pub cnt: u16,
    /// Every write: offset and value.
    pub writes: Vec<(u16, u16)>,
    /// The machine is off.
    pub is_off: bool,
    /// Presses that nobody armed the button for.
    pub dropped: u32,
    /// Halted time at which a press came that has not been seen.
    pub pressed: Option<(u64, u64)>,
}

impl Pm {
    /// The button is pressed.
    pub fn press(&mut self, now: u64, halted: u64) {
        if self.kind != Kind::Block {
            return;
        }
        if self.latches_always || self.en & PWRBTN != 0 {
            self.sts |= PWRBTN;
            self.pressed.get_or_insert((now, halted));
        } else {
            self.dropped += 1;
        }
    }

    /// The SCI line.
    pub fn line(&self) -> bool {
        self.kind == Kind::Block && self.sts & self.en & PWRBTN != 0 && (!self.needs_sci_en || self.cnt & SCI_EN != 0)
    }

    /// 16 bits from base + `offset`.
    pub fn read(&self, offset: u16) -> u16 {
        match (self.kind, offset) {
            (Kind::Nothing, _) => 0xFFFF,
            (_, 0) => self.sts,
            (_, 2) => self.en,
            _ => self.cnt,
        }
    }

    /// 16 bits to base + `offset`.
    pub fn write(&mut self, offset: u16, value: u16) {
        self.writes.push((offset, value));
        match (self.kind, offset) {
            (Kind::Nothing, _) => {}
            (Kind::Block, 0) => self.sts &= !value,
            (_, 2) => self.en = value,
            (_, _) => {
                if self.kind == Kind::Block && value & SLP_EN != 0 && self.off == Some(value >> 10 & 7) {
                    self.is_off = true;
                }
                self.cnt = value & !SLP_EN;
            }
        }
    }
}
