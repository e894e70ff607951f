//! The floor: boot sectors that do next to nothing, so that what QEMU and the firmware cost is known.
//!
//! Each writes one byte to COM1 and halts. What it lets wake it, and what it leaves running, differs.
//! One of them also sends back what comes, and does nothing else: no echo can be faster.

use anyhow::Result;
use iced_x86::code_asm::*;

/// The byte that a floor writes to COM1.
pub const BYTE: u8 = b'.';

/// What is left on when the sector halts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// Interrupts are off; the firmware's timer ticks on, unheard.
    Timer,
    /// Interrupts are off and the timer is stopped.
    Nothing,
    /// The timer is stopped, the clock wakes the processor once a second, and the BIOS's handler of
    /// IRQ 8 runs. It is what boot256 leaves on.
    Clock,
    /// The timer is stopped and COM1 wakes the processor, which sends the byte back: no screen, no line,
    /// no look at anything else. The BIOS's handler of IRQ 4 runs, as it does for boot256.
    Echo,
}

impl Floor {
    /// The code, to be loaded at 0x7C00.
    ///
    /// # Errors
    /// If the assembler refuses it.
    pub fn code(self) -> Result<Vec<u8>> {
        let mut a = CodeAssembler::new(16)?;
        // Ports up to FFh are in the instruction, others in DX.
        let out = |a: &mut CodeAssembler, port: u32, value: u32| {
            a.mov(al, value)?;
            if port < 0x100 {
                return a.out(port, al);
            }
            a.mov(dx, port)?;
            a.out(dx, al)
        };
        let mut halt = a.create_label();
        a.cli()?;
        a.xor(ax, ax)?;
        a.mov(ss, ax)?;
        a.mov(sp, 0x7C00)?;
        out(&mut a, 0x3F8, BYTE.into())?;
        if self != Self::Timer {
            // Counter 0 into mode 1, which waits for a trigger that no PC has.
            out(&mut a, 0x43, 0x12)?;
        }
        if self == Self::Clock {
            // Only IRQ 2 and IRQ 8 are open; register B of the clock: UIE, 24 hours.
            out(&mut a, 0x21, 0xFB)?;
            out(&mut a, 0xA1, 0xFE)?;
            out(&mut a, 0x70, 0x0B)?;
            out(&mut a, 0x71, 0x12)?;
            a.sti()?;
        }
        if self == Self::Echo {
            // Only IRQ 4 is open; the UART's IER: ERBFI, its MCR: DTR, RTS, OUT2.
            out(&mut a, 0x21, 0xEF)?;
            out(&mut a, 0xA1, 0xFF)?;
            out(&mut a, 0x3F9, 0x01)?;
            out(&mut a, 0x3FC, 0x0B)?;
            a.mov(dx, 0x3F8)?;
            a.sti()?;
        }
        a.set_label(&mut halt)?;
        a.hlt()?;
        if self == Self::Echo {
            a.in_(al, dx)?;
            a.out(dx, al)?;
        }
        a.jmp(halt)?;
        Ok(a.assemble(0x7C00)?)
    }
}
