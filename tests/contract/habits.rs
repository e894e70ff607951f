//! What real firmware does and SeaBIOS does not: handlers of the loader that stand in for the BIOS's,
//! and registers that it sets before it starts the program.

use iced_x86::IcedError;
use iced_x86::code_asm::*;

use crate::loader::Chip;

/// Where the loader puts the sector with the handlers: free memory behind the loader.
pub const HANDLERS: u32 = 0x0800;
/// Behind them: how many modes INT 10h has been asked for, in two bytes, and then these, a byte each.
pub const MODES: u32 = 0x0A00;
/// Behind them: how far [`Habit::KeyComesLate`] is.
pub const LATE: u32 = 0x0A40;

/// The handlers again, in memory that real mode reaches as a segment of the system BIOS: F0FFh.
/// Its offsets from F010h on are the first bytes above 1 MiB, which is memory and no ROM.
const HIGH_SEGMENT: u32 = 0xF0FF;
const HIGH_OFFSET: u32 = 0xF010;

/// The BIOS's own INT 10h and INT 16h, at vectors that are the user's.
const OLD_VIDEO: i32 = 0x61;
const OLD_KEYBOARD: i32 = 0x60;
/// The first scan code that INT 16h AH=00h does not hand out: F11. (F12 is 86h.)
const FIRST_OF_101_KEYS: i32 = 0x85;
/// Head and tail of the BIOS's key buffer; equal where it is empty.
const KEY_HEAD: u32 = 0x041A;
const KEY_TAIL: u32 = 0x041C;

/// Something that real firmware does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// IRQ 9, the SCI, is level-triggered, and its handler sends nothing but EOI (Phoenix, AMI).
    LevelSci,
    /// The ICH9's SCI goes to IRQ 20, which the two 8259 do not have (VirtualBox).
    SciPastThePics,
    /// INT 70h reads the clock's register C, without which no second interrupt comes, only where
    /// register B has the periodic or the alarm interrupt (15 of 142 real ones).
    ClockReadOnlyForPieOrAie,
    /// INT 10h lies in the system BIOS, segment F0xxh; it notes the modes it is asked for (an IBM
    /// PS/2 sets them).
    VideoInSystemBios,
    /// The same handler in another segment, as a video card's BIOS has it.
    VideoElsewhere,
    /// INT 16h knows the keys of a keyboard of 1981 only: AH=01h throws away F11 and F12, AH=00h does too and
    /// waits for another (Award, AMI, Phoenix).
    DropsF11,
    /// Not the firmware's habit but the user's: after the key `w` has been read, INT 16h AH=01h
    /// looks, and then waits for a key to come before it says that there was none. [`LATE`] is then 2, and
    /// 3 when it has come.
    KeyComesLate,
}

/// An interrupt vector that the loader changes.
#[derive(Clone, Copy, Debug)]
pub struct Vector {
    number: u32,
    /// Where the old one is kept, as another vector.
    kept_at: Option<u32>,
    segment: u32,
    offset: u32,
}

/// The code for [`HANDLERS`], and the vectors that lead to it.
pub fn handlers(habits: &[Habit]) -> Result<(Vec<u8>, Vec<Vector>), IcedError> {
    let mut code: Vec<u8> = Vec::new();
    let mut vectors = Vec::new();
    for habit in habits {
        let here = code.len() as u32;
        let mut vector = Vector { number: 0, kept_at: None, segment: 0, offset: HANDLERS + here };
        let mut a = CodeAssembler::new(16)?;
        match habit {
            Habit::SciPastThePics => continue,
            Habit::LevelSci => {
                vector.number = 0x71;
                sci(&mut a)?;
            }
            Habit::ClockReadOnlyForPieOrAie => {
                vector.number = 0x70;
                clock(&mut a)?;
            }
            Habit::VideoInSystemBios | Habit::VideoElsewhere => {
                (vector.number, vector.kept_at) = (0x10, Some(OLD_VIDEO as u32));
                if *habit == Habit::VideoInSystemBios {
                    (vector.segment, vector.offset) = (HIGH_SEGMENT, HIGH_OFFSET + here);
                }
                video(&mut a)?;
            }
            Habit::DropsF11 => {
                (vector.number, vector.kept_at) = (0x16, Some(OLD_KEYBOARD as u32));
                keyboard_of_1981(&mut a)?;
            }
            Habit::KeyComesLate => {
                (vector.number, vector.kept_at) = (0x16, Some(OLD_KEYBOARD as u32));
                late_key(&mut a)?;
            }
        }
        code.extend(a.assemble(u64::from(HANDLERS + here))?); // nothing in it depends on the segment
        vectors.push(vector);
    }
    Ok((code, vectors))
}

/// The loader's part: sets the vectors and the chips' registers. DS is 0, interrupts are off, DL
/// is not kept.
pub fn sets_up(a: &mut CodeAssembler, habits: &[Habit], vectors: &[Vector]) -> Result<(), IcedError> {
    a.cli()?;
    if habits.contains(&Habit::VideoInSystemBios) {
        // Port 92h bit 1: address line 20 is let through, bit 0 would be a reset.
        a.in_(al, 0x92)?;
        a.or(al, 2)?;
        a.and(al, 0xFE)?;
        a.out(0x92, al)?;
        a.push(es)?;
        a.mov(ax, 0xFFFF)?;
        a.mov(es, ax)?;
        a.mov(di, 0x0010)?;
        a.mov(si, HANDLERS)?;
        a.mov(cx, 256)?;
        a.rep().movsw()?;
        a.pop(es)?;
    }
    for vector in vectors {
        let entry = vector.number * 4;
        if let Some(kept_at) = vector.kept_at {
            a.mov(eax, dword_ptr(entry))?;
            a.mov(dword_ptr(kept_at * 4), eax)?;
        }
        a.mov(word_ptr(entry), vector.offset)?;
        a.mov(word_ptr(entry + 2), vector.segment)?;
    }
    if !vectors.is_empty() {
        a.mov(word_ptr(MODES), 0)?;
        a.mov(byte_ptr(LATE), 0)?;
    }
    if habits.contains(&Habit::LevelSci) {
        // ELCR, the edge/level register of IRQ 8 to 15 (Intel 82371AB, section 4.2.3).
        a.mov(dx, 0x04D1)?;
        a.in_(al, dx)?;
        a.or(al, 2)?;
        a.out(dx, al)?;
    }
    if habits.contains(&Habit::SciPastThePics) {
        // ACPI_CNTL: bit 7 enables the block, bits 2 to 0 select IRQ 20 (Intel ICH9, section 13.1.4).
        Chip::Ich9.selects(a, 0x44)?;
        a.in_(eax, dx)?;
        a.mov(al, 0x84)?;
        a.out(dx, eax)?;
    }
    a.sti()
}

/// EOI to both controllers, and the return. AX is on the stack.
fn ends_interrupt(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.mov(al, 0x20)?;
    a.out(0xA0, al)?;
    a.out(0x20, al)?;
    a.pop(ax)?;
    a.iret()
}

fn sci(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.push(ax)?;
    ends_interrupt(a)
}

fn clock(a: &mut CodeAssembler) -> Result<(), IcedError> {
    let mut neither = a.create_label();
    a.push(ax)?;
    a.mov(al, 0x0B)?;
    a.out(0x70, al)?;
    a.in_(al, 0x71)?;
    a.test(al, 0x60)?; // PIE, AIE
    a.jz(neither)?;
    a.mov(al, 0x0C)?;
    a.out(0x70, al)?;
    a.in_(al, 0x71)?;
    a.set_label(&mut neither)?;
    ends_interrupt(a)
}

/// Modes are noted and not set, all else is the video BIOS's.
fn video(a: &mut CodeAssembler) -> Result<(), IcedError> {
    let mut mode = a.create_label();
    a.test(ah, ah)?;
    a.jz(mode)?;
    a.int(OLD_VIDEO)?;
    a.iret()?;
    a.set_label(&mut mode)?;
    a.push(ds)?;
    a.push(bx)?;
    a.xor(bx, bx)?;
    a.mov(ds, bx)?;
    a.mov(bx, word_ptr(MODES))?;
    a.mov(byte_ptr(bx + (MODES + 2)), al)?;
    a.inc(word_ptr(MODES))?;
    a.pop(bx)?;
    a.pop(ds)?;
    a.iret()
}

/// Back to the caller with ZF as it is and interrupts on, as BIOSes do: RETF 2 drops the old flags.
fn returns_flags(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.sti()?;
    a.retf_1(2)
}

fn keyboard_of_1981(a: &mut CodeAssembler) -> Result<(), IcedError> {
    let (mut peek, mut seen, mut read) = (a.create_label(), a.create_label(), a.create_label());
    a.sti()?;
    a.cmp(ah, 1)?;
    a.je(peek)?;
    a.set_label(&mut read)?;
    a.mov(ah, 0x10)?;
    a.int(OLD_KEYBOARD)?;
    a.cmp(ah, FIRST_OF_101_KEYS)?;
    a.jae(read)?;
    a.iret()?;
    a.set_label(&mut peek)?;
    a.mov(ah, 0x11)?;
    a.int(OLD_KEYBOARD)?;
    a.jz(seen)?;
    a.cmp(ah, FIRST_OF_101_KEYS)?;
    a.jb(seen)?; // ZF is 0
    a.mov(ah, 0x10)?;
    a.int(OLD_KEYBOARD)?;
    a.jmp(peek)?;
    a.set_label(&mut seen)?;
    returns_flags(a)
}

fn late_key(a: &mut CodeAssembler) -> Result<(), IcedError> {
    let [mut peek, mut other, mut wait, mut came, mut none, mut seen] = [(); 6].map(|()| a.create_label());
    a.sti()?;
    a.cmp(ah, 1)?;
    a.je(peek)?;
    a.int(OLD_KEYBOARD)?;
    a.cmp(al, i32::from(b'w'))?;
    a.jne(other)?;
    a.mov(byte_ptr(LATE).cs(), 1)?;
    a.set_label(&mut other)?;
    a.iret()?;

    a.set_label(&mut peek)?;
    a.int(OLD_KEYBOARD)?;
    a.jnz(seen)?;
    a.cmp(byte_ptr(LATE).cs(), 1)?;
    a.jne(none)?;
    a.mov(byte_ptr(LATE).cs(), 2)?;
    a.set_label(&mut wait)?;
    // In the keyboard controller's output buffer, where IRQ 1 is shut; else the BIOS has put it in its own.
    a.in_(al, 0x64)?;
    a.test(al, 1)?;
    a.jnz(came)?;
    a.mov(ax, word_ptr(KEY_HEAD).cs())?;
    a.cmp(ax, word_ptr(KEY_TAIL).cs())?;
    a.je(wait)?;
    a.set_label(&mut came)?;
    a.mov(byte_ptr(LATE).cs(), 3)?;
    a.set_label(&mut none)?;
    a.cmp(al, al)?; // ZF: no key
    a.set_label(&mut seen)?;
    returns_flags(a)
}
