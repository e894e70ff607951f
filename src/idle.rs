//! Sleep until something happens, and what may wake the program: the interrupt controllers, the
//! timer and the clock.
//!
//! An interrupt is all that ends HLT, and the handlers are the BIOS's own. Awake for nothing costs
//! the host most, so of the machine's interrupts only these are let in:
//!
//! | line | of | why |
//! |---|---|---|
//! | IRQ 1 | keyboard | a key |
//! | IRQ 4 | COM1 | a byte |
//! | IRQ 9 | SCI | the power button |
//! | IRQ 8 | clock, once a second | the power button, where no SCI comes: VirtualBox's ICH9 chipset sends it past these controllers |
//!
//! The timer tick, IRQ 0, is masked and its timer stopped: at 18.2 a second it cost 20 times as much
//! as all the rest, and where SeaBIOS has its console on COM1, its handler takes bytes from there.
//!
//! Two features of Cargo, `bench-polling` and `bench-tick`, build the program as it would be without
//! HLT and without this choice of interrupts, so that `make bench` can say what each of the two is
//! worth. No image has them.
//!
//! Names: Intel 8259A (OCW1), Intel 8254 (control word), Motorola MC146818A (registers A to D).

use core::arch::asm;

/// Interrupt mask (OCW1) of the first 8259A: a 1 shuts a line.
pub const PIC1_MASK: u8 = 0x21;
/// Interrupt mask of the second 8259A, whose lines are IRQ 8 to 15.
pub const PIC2_MASK: u8 = 0xA1;
/// The timer tick in [`PIC1_MASK`].
pub const IRQ0: u8 = 1 << 0;
/// IRQ 1, 2 (where the second controller is) and 4.
#[cfg(not(feature = "bench-tick"))]
pub const PIC1_OPEN: u8 = !(1 << 1 | 1 << 2 | 1 << 4);
/// The tick, and IRQ 1, by which alone the BIOS takes keys from the keyboard.
#[cfg(feature = "bench-tick")]
pub const PIC1_OPEN: u8 = !(IRQ0 | 1 << 1);
/// IRQ 8 and 9.
pub const PIC2_OPEN: u8 = !(1 << 0 | 1 << 1);

/// Control word register of the 8254 timer.
pub const PIT_CONTROL: u8 = 0x43;
/// The mode field of the control word, when it is shifted right by one.
pub const PIT_MODES: u8 = 0b111;
/// Mode 1, one pulse for each trigger. Counter 0 has no trigger on a PC: it stands still.
pub const PIT_MODE_1: u8 = 1;

/// Index register of the clock, an MC146818; [`RTC_DATA`] holds the register it names.
pub const RTC_INDEX: u8 = 0x70;
/// See [`RTC_INDEX`].
pub const RTC_DATA: u8 = 0x71;
/// The clock's register B.
pub const RTC_B: u8 = 0x0B;
/// Register B: 24-hour mode, which every BIOS wants.
pub const RTC_24_HOURS: u8 = 1 << 1;
/// Register B: interrupt when the time has been updated, once a second.
#[cfg(not(feature = "bench-tick"))]
pub const RTC_UIE: u8 = 1 << 4;
/// None. And the timer runs on: the control word without this bit is a latch command, which stops nothing.
#[cfg(feature = "bench-tick")]
pub const RTC_UIE: u8 = 0;

/// Sleeps until an interrupt. Interrupts are on afterwards.
///
/// The mask is written anew each time: VirtualBox's handler of an interrupt that no program has
/// claimed shuts the line. STI lets interrupts in only after the next instruction, so one that comes
/// between the last look at the devices and HLT wakes it all the same.
#[inline(always)]
pub fn sleep() {
    // Dies: AL.
    unsafe {
        asm!(
            "mov al, {open}",
            "out {mask}, al",
            "sti",
            #[cfg(not(feature = "bench-polling"))]
            "hlt",
            open = const PIC1_OPEN,
            mask = const PIC1_MASK,
            out("al") _
        )
    }
}

/// Keeps interrupts out, so that none is lost between a look at the devices and [`sleep`].
#[inline(always)]
pub fn hold_interrupts() {
    // Dies: nothing (the interrupt flag).
    unsafe { asm!("cli") }
}
