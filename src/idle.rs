//! Sleep until something happens, and what may wake the program: the interrupt controllers, the
//! timer and the clock.
//!
//! An interrupt is all that ends HLT, and the handlers are the BIOS's own. Needless wake-ups cost
//! the host most, so only these of the machine's interrupts are let in:
//!
//! | line | of | why |
//! |---|---|---|
//! | IRQ 1 | keyboard | a key |
//! | IRQ 2 | the second controller | its lines below come in there |
//! | IRQ 3, 4 | COM1 | a byte; on 3 by some boards' setup |
//! | IRQ 8 | clock, once a second | the power button, where no SCI comes: VirtualBox's ICH9 chipset sends it past these controllers |
//! | IRQ 9 | SCI | the power button |
//! | IRQ 12 | mouse | nothing; it keeps a mouse that moves from blocking the keyboard's controller |
//!
//! The timer tick, IRQ 0, is masked and its timer stopped: it costs more than all the rest (see
//! `docs/performance.md`), and where SeaBIOS has its console on COM1, its handler takes bytes from there.
//!
//! Two features of Cargo, `bench-polling` and `bench-tick`, build the program without
//! HLT and without this choice of interrupts, so that `make bench` can measure what each of the two is
//! worth. No image has them.
//!
//! Names: Intel 8259A (OCW1), Intel 82371AB (ELCR2), Intel 8254 (control word), Motorola MC146818A
//! (registers A to D).

use core::arch::asm;

/// Interrupt mask (OCW1) of the first 8259A, whose lines are IRQ 0 to 7: a 1 shuts a line.
pub const PIC1_MASK: u8 = 0x21;
/// Interrupt mask of the second 8259A, whose lines are IRQ 8 to 15.
pub const PIC2_MASK: u8 = 0xA1;
/// The mask that shuts all lines of a controller.
pub const PIC_SHUT: u8 = all_but([]);
/// What wakes the program by the first controller.
#[cfg(not(feature = "bench-tick"))]
pub const PIC1_OPEN: u8 = all_but([1, 2, 3, 4]);
/// The tick, and IRQ 1, the only way for the BIOS to take keys from the keyboard.
#[cfg(feature = "bench-tick")]
pub const PIC1_OPEN: u8 = all_but([0, 1]);
/// What wakes the program by the second controller: IRQ 8, 9 and 12.
pub const PIC2_OPEN: u8 = all_but([8, 9, 12]);

/// Edge/level register of the second controller (ELCR2, since EISA): a 1 makes a line level-triggered.
///
/// Some BIOSes make IRQ 9 so. The SCI stays asserted until the press is taken from PM1a_STS, and the
/// BIOS's own handler of IRQ 9 does not do that: a level would call it for ever. An edge calls it once.
pub const ELCR2: u16 = 0x4D1;
/// In [`ELCR2`]: all lines by edge.
pub const ELCR_EDGE: u8 = 0;

/// The mask of an 8259A that leaves only these lines open, of IRQ 0 to 7 or of IRQ 8 to 15.
const fn all_but<const N: usize>(lines: [u8; N]) -> u8 {
    let (mut mask, mut n) = (0xFF, 0);
    while n < N {
        mask &= !(1 << (lines[n] % 8));
        n += 1;
    }
    mask
}

/// Control word register of the 8254 timer.
pub const PIT_CONTROL: u8 = 0x43;
/// Control word: the counter's number.
pub const PIT_COUNTER: u8 = 0b11 << 6;
/// Control word: which bytes of the counter are written; none is the command to latch it, and no mode.
pub const PIT_ACCESS: u8 = 0b11 << 4;
/// Control word: the mode and the format. Bits as they lie.
pub const PIT_MODE: u8 = 0b1111;
/// Mode 1, one pulse for each trigger. Counter 0 has no trigger on a PC: it stands still.
pub const PIT_MODE_1: u8 = 1 << 1;

/// Index register of the clock, an MC146818; [`RTC_DATA`] holds the register it names.
pub const RTC_INDEX: u8 = 0x70;
/// See [`RTC_INDEX`].
pub const RTC_DATA: u8 = 0x71;
/// The clock's register B.
pub const RTC_B: u8 = 0x0B;
/// Register B: 24-hour mode, which every BIOS wants.
pub const RTC_24_HOURS: u8 = 1 << 1;
/// Register B: interrupt when the time has been updated, once a second (UIE).
#[cfg(not(feature = "bench-tick"))]
pub const RTC_EACH_SECOND: u8 = 1 << 4 | RTC_AIE;
/// Register B: interrupt at the time of the alarm (AIE). Nobody waits for that; but some BIOSes' handlers
/// read register C, which the next interrupt depends on, only if this bit or PIE is set.
#[cfg(not(feature = "bench-tick"))]
const RTC_AIE: u8 = 1 << 5;
/// None, and the timer runs on: the control word without these bits is a latch command, which stops nothing.
#[cfg(feature = "bench-tick")]
pub const RTC_EACH_SECOND: u8 = 0;

/// Sleeps until an interrupt. Interrupts are on afterwards. Returns the first controller's mask.
///
/// The mask is written anew each time: VirtualBox's handler of an interrupt that no program has
/// claimed shuts the line. STI lets interrupts in only after the next instruction, so one that comes
/// between the last look at the devices and HLT wakes it all the same.
#[inline(always)]
pub fn sleep() -> u8 {
    let mut mask = PIC1_OPEN;
    // In, out: AL. Clobbers: nothing (the interrupt flag).
    unsafe {
        asm!(
            "out {pic1_mask}, al",
            "sti",
            #[cfg(not(feature = "bench-polling"))]
            "hlt",
            pic1_mask = const PIC1_MASK,
            inout("al") mask
        )
    }
    mask
}
