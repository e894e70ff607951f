//! The two 8259A interrupt controllers, and the register that makes a line edge- or level-triggered (ELCR).
//!
//! Source: Intel 8259A data sheet; Intel 82371AB data sheet, section 4.2.6, for the ELCR. Here is only what a program
//! that leaves them to the BIOS can notice: masks, requests latched at the edge, requests in service until their EOI.

/// Both controllers; line 2 of the first is where the second one is.
#[derive(Clone, Debug, Default)]
pub struct Pic {
    /// Interrupt masks (OCW1), bit n for IRQ n: a 1 shuts the line.
    pub masks: u16,
    requests: u16,
    in_service: u16,
    lines: u16,
    /// Level-triggered lines (ELCR), bit n for IRQ n.
    pub level: u16,
}

impl Pic {
    pub fn new(masks: u16, level: u16) -> Self {
        Self { masks, level, ..Self::default() }
    }

    /// Sets the level of a line. A rise latches a request, for a masked line too.
    pub fn set_line(&mut self, irq: u8, high: bool) {
        let bit = 1 << irq;
        if !high {
            self.lines &= !bit;
            self.requests &= !(bit & self.level);
        } else if self.lines & bit == 0 {
            self.lines |= bit;
            self.requests |= bit;
        }
    }

    /// Latches a request that no device made: noise.
    pub fn request(&mut self, irq: u8) {
        self.requests |= 1 << irq;
    }

    /// The request that the processor would be given now: the strongest unmasked one, if nothing as
    /// strong is in service.
    pub fn pending(&self) -> Option<u8> {
        let open = self.requests & !self.masks;
        // The second controller sits on line 2; what it has in service keeps that line busy.
        for irq in (0..2).chain(8..16).chain(3..8) {
            let line = if irq < 8 { irq } else { 2 };
            if self.in_service & 1 << line != 0 {
                return None;
            }
            if open & 1 << irq != 0 && (irq < 8 || self.masks & 1 << line == 0) {
                return Some(irq);
            }
        }
        None
    }

    pub fn acknowledge(&mut self, irq: u8) {
        let bit = 1 << irq;
        if self.level & self.lines & bit == 0 {
            self.requests &= !bit;
        }
        self.in_service |= bit;
        if irq >= 8 {
            self.in_service |= 1 << 2;
        }
    }

    /// The handler says that it is done with `irq`.
    pub fn end(&mut self, irq: u8) {
        self.in_service &= !(1 << irq);
        if irq >= 8 {
            self.in_service &= !(1 << 2);
        }
    }
}
