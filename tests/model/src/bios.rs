//! The BIOS calls, as functions of the registers.
//!
//! Source: IBM PS/2 and PC BIOS Interface Technical Reference; PCI BIOS Specification 2.1; what differs by
//! platform is in `tests/model/src/platforms.rs`.

use crate::board::Board;
use crate::board::console::DO_NOT_CLEAR;
use crate::board::uart::UartFault;
use crate::platforms::{Clobbers, FlagAfter, Int10, LPC, PIIX4, PciBios};

/// The registers of a call. `flags` holds CF, ZF and IF.
#[derive(Clone, Copy)]
pub struct Registers {
    pub ax: u16,
    pub bx: u16,
    pub cx: u16,
    pub dx: u16,
    pub si: u16,
    pub di: u16,
    pub bp: u16,
    pub flags: u16,
}

/// FLAGS: carry.
pub const CF: u16 = 1 << 0;
/// FLAGS: zero.
pub const ZF: u16 = 1 << 6;
/// FLAGS: interrupts.
pub const IF: u16 = 1 << 9;
/// FLAGS: direction. Not every BIOS clears it for itself.
pub const DF: u16 = 1 << 10;
/// What is in a register that is not promised to hold anything.
const JUNK: u16 = 0xA5E7;

pub fn call(board: &mut Board, number: u8, regs: &mut Registers) {
    let clobbers = board.scenario.profile.clobbers;
    let before = *regs;
    match (number, (regs.ax >> 8) as u8) {
        (0x10, 0x0E) => teletype(board, regs),
        (0x10, 0x00) => set_mode(board, regs),
        (0x14, 0x00) => serial_init(board, regs),
        (0x16, 0x00 | 0x10) => read_key(board, regs),
        (0x16, 0x01 | 0x11) => peek_key(board, regs),
        (0x1A, 0xB1) => pci(board, regs),
        (_, function) => return board.violate(format!("INT {number:02X}h AH={function:02X}h")),
    }
    // Arithmetic flags mean nothing after a call, save for its results.
    if clobbers == Clobbers::All {
        regs.flags ^= 0x0894;
        if number == 0x10 || number == 0x14 {
            regs.flags ^= CF | ZF;
        }
    }
    let now = match board.scenario.profile.flag_after {
        FlagAfter::Kept => before.flags & IF,
        FlagAfter::Off => 0,
        FlagAfter::On => IF,
    };
    regs.flags = regs.flags & !IF | now;
    // The transmitter goes on meanwhile.
    board.now += 2;
    board.in_call();
}

/// The console prints `byte`, and whatever mirrors it does.
fn teletype(board: &mut Board, regs: &mut Registers) {
    let byte = regs.ax as u8;
    if regs.bx >> 8 != 0 {
        board.violate(format!("INT 10h AH=0Eh on page {}", regs.bx >> 8));
    }
    board.screen.push(byte);
    if let Some(console) = &mut board.console
        && console.enabled
        && let Some(late) = console.teletype(byte)
    {
        board.now = board.uart.send_by_bios(late, board.now);
    }
    if board.scenario.profile.clobbers == Clobbers::All {
        *regs = Registers { ax: JUNK, bx: JUNK, cx: JUNK, dx: JUNK, si: JUNK, di: JUNK, bp: JUNK, flags: regs.flags };
    }
}

/// The highest mode that IBM's video BIOSes know: on a PS/2, any number up to here changes the picture,
/// including those between that the tables leave out.
const LAST_MODE: u8 = 0x13;

fn set_mode(board: &mut Board, regs: &mut Registers) {
    let mode = regs.ax as u8;
    board.modes.push(mode);
    match (board.scenario.profile.int10, &mut board.console) {
        (Int10::Card, _) => board.violate("a video card's mode is changed".into()),
        (_, _) if mode & !DO_NOT_CLEAR <= LAST_MODE => {
            board.violate(format!("the picture is lost: video mode {mode:02X}h, which video BIOSes know"));
        }
        (Int10::System, _) if mode & DO_NOT_CLEAR == 0 => {
            board.violate(format!("the picture may be lost: video mode {mode:02X}h clears the screen"));
        }
        (_, Some(console)) => {
            for byte in console.set_mode(mode) {
                board.now = board.uart.send_by_bios(byte, board.now);
            }
            regs.ax = regs.ax & 0xFF00 | 0x30;
        }
        (_, None) => {}
    }
    if board.scenario.profile.clobbers == Clobbers::All {
        (regs.ax, regs.si, regs.di, regs.bp) = (JUNK, JUNK, JUNK, JUNK);
    }
}

fn serial_init(board: &mut Board, regs: &mut Registers) {
    if regs.dx != 0 {
        return board.violate(format!("INT 14h for port {}", regs.dx));
    }
    if board.uart.fault == UartFault::Absent {
        regs.flags |= CF;
        return;
    }
    const DIVISORS: [u16; 8] = [1047, 768, 384, 192, 96, 48, 24, 12];
    board.uart.divisor = DIVISORS[usize::from(regs.ax >> 5 & 7)];
    board.uart.lcr = regs.ax as u8 & 0x1F;
    regs.ax = 0x60B0;
}

/// Functions 10h and 11h are for enhanced keyboards, and throw nothing away.
fn is_enhanced(regs: &Registers) -> bool {
    regs.ax >> 8 >= 0x10
}

fn peek_key(board: &mut Board, regs: &mut Registers) {
    if !is_enhanced(regs) {
        board.drop_enhanced_keys();
    }
    match board.keyboard.peek() {
        Some(key) => {
            regs.ax = key;
            regs.flags &= !ZF;
        }
        None => {
            if board.scenario.profile.clobbers != Clobbers::Results {
                regs.ax = JUNK;
            }
            regs.flags |= ZF;
        }
    }
    if board.scenario.profile.clobbers == Clobbers::All {
        regs.flags ^= CF;
    }
}

fn read_key(board: &mut Board, regs: &mut Registers) {
    let enhanced = is_enhanced(regs);
    if !enhanced {
        board.drop_enhanced_keys();
    }
    match board.take_key(enhanced) {
        Some(key) => regs.ax = key,
        None => board.violate("INT 16h AH=00h waits for a key, and nothing else, for ever".into()),
    }
    if board.scenario.profile.clobbers == Clobbers::All {
        regs.flags ^= CF | ZF;
    }
}

fn pci(board: &mut Board, regs: &mut Registers) {
    let platform = board.scenario.profile;
    match platform.pci {
        PciBios::Present => {}
        PciBios::Absent => return regs.flags |= CF,
        PciBios::Silent => return regs.flags &= !CF,
    }
    let failed = |regs: &mut Registers, code: u16| {
        regs.ax = regs.ax & 0x00FF | code << 8;
        regs.flags |= CF;
    };
    match regs.ax as u8 {
        0x02 => {
            let is_it = |(_, device): &&(u16, u16)| regs.dx == 0x8086 && regs.cx == *device;
            match platform.functions.iter().filter(is_it).nth(usize::from(regs.si)) {
                Some(&(at, _)) => {
                    regs.bx = at;
                    regs.ax &= 0x00FF;
                    regs.flags &= !CF;
                }
                None => failed(regs, 0x86),
            }
        }
        0x09 if regs.di & 1 != 0 || regs.di > 0xFF => failed(regs, 0x87),
        0x09 => {
            let function = platform.functions.iter().find(|(at, _)| *at == regs.bx);
            // Bit 0 says "port", and is 1 wherever there is a block; the block has 64 ports.
            regs.cx = match (function, regs.di) {
                (Some((LPC, _) | (_, PIIX4)), 0x40) => platform.base.map_or(0, |base| base | 1),
                (Some(_), _) => 0,
                (None, _) => 0xFFFF,
            };
            regs.ax &= 0x00FF;
            regs.flags &= !CF;
        }
        function => board.violate(format!("PCI BIOS function {function:02X}h")),
    }
    let finds = regs.ax as u8 == 0x02;
    match board.scenario.profile.clobbers {
        Clobbers::Results => {}
        Clobbers::Rombios if regs.flags & CF == 0 => {
            regs.ax = regs.ax & 0xFF00 | 0x08;
            if finds {
                regs.cx = regs.dx;
            }
            regs.dx = 0x0CFC;
        }
        Clobbers::Rombios => {}
        Clobbers::All => {
            regs.ax = regs.ax & 0xFF00 | 0x5A;
            regs.dx = JUNK;
            regs.bp = JUNK;
            if finds {
                (regs.cx, regs.di) = (JUNK, JUNK);
            }
        }
    }
}
