//! The BIOS calls, as functions of the registers.
//!
//! Source: `shared/facts/hypervisors.md` of the project, sections 4 and 6, for what each BIOS returns.

use crate::board::Board;
use crate::profile::{Clobber, Iret, Video};

/// The registers of a call. `flags` holds CF, ZF and IF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// Accumulator, and so on.
    pub ax: u16,
    /// See `ax`.
    pub bx: u16,
    /// See `ax`.
    pub cx: u16,
    /// See `ax`.
    pub dx: u16,
    /// See `ax`.
    pub si: u16,
    /// See `ax`.
    pub di: u16,
    /// See `ax`.
    pub bp: u16,
    /// FLAGS.
    pub flags: u16,
}

/// FLAGS: carry.
pub const CF: u16 = 1 << 0;
/// FLAGS: zero.
pub const ZF: u16 = 1 << 6;
/// FLAGS: interrupts.
pub const IF: u16 = 1 << 9;
/// What is in a register of which nothing is promised.
const JUNK: u16 = 0xA5E7;

/// INT `number` with `regs`.
pub fn call(board: &mut Board, number: u8, regs: &mut Registers) {
    let clobber = board.scenario.profile.clobber;
    let before = *regs;
    match (number, (regs.ax >> 8) as u8) {
        (0x10, 0x0E) => teletype(board, regs),
        (0x10, 0x00) => set_mode(board, regs),
        (0x14, 0x00) => serial_init(board, regs),
        (0x16, 0x00) => read_key(board, regs),
        (0x16, 0x01) => peek_key(board, regs),
        (0x1A, 0xB1) => pci(board, regs),
        (_, function) => return board.violate(format!("INT {number:02X}h AH={function:02X}h")),
    }
    // Arithmetic flags mean nothing after a call, save for its results.
    if clobber == Clobber::All {
        regs.flags ^= 0x0894;
        if number == 0x10 || number == 0x14 {
            regs.flags ^= CF | ZF;
        }
    }
    let now = match board.scenario.profile.iret {
        Iret::Keep => before.flags & IF,
        Iret::Clear => 0,
        Iret::Set => IF,
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
        board.uart.send_by_bios(late);
    }
    if board.scenario.profile.clobber == Clobber::All {
        *regs = Registers { ax: JUNK, bx: JUNK, cx: JUNK, dx: JUNK, si: JUNK, di: JUNK, bp: JUNK, flags: regs.flags };
    }
}

fn set_mode(board: &mut Board, regs: &mut Registers) {
    let mode = regs.ax as u8;
    match (board.scenario.profile.video, &mut board.console) {
        (Video::Card, _) => board.violate("a video card's mode is changed".into()),
        (_, _) if mode <= 0x07 || mode >= 0x0D => board.violate(format!("video mode {mode:02X}h, which exists")),
        (_, Some(console)) => {
            for &byte in console.set_mode(mode) {
                board.uart.send_by_bios(byte);
            }
            regs.ax = regs.ax & 0xFF00 | 0x30;
        }
        (_, None) => {}
    }
    if board.scenario.profile.clobber == Clobber::All {
        (regs.ax, regs.si, regs.di, regs.bp) = (JUNK, JUNK, JUNK, JUNK);
    }
}

fn serial_init(board: &mut Board, regs: &mut Registers) {
    use crate::board::uart::UartFault;
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

fn peek_key(board: &mut Board, regs: &mut Registers) {
    match board.keyboard.peek() {
        Some(key) => {
            regs.ax = key;
            regs.flags &= !ZF;
        }
        None => {
            if board.scenario.profile.clobber != Clobber::Results {
                regs.ax = JUNK;
            }
            regs.flags |= ZF;
        }
    }
    if board.scenario.profile.clobber == Clobber::All {
        regs.flags ^= CF;
    }
}

fn read_key(board: &mut Board, regs: &mut Registers) {
    match board.take_key() {
        Some(key) => regs.ax = key,
        None => board.violate("INT 16h AH=00h waits for a key, and nothing else, for ever".into()),
    }
    if board.scenario.profile.clobber == Clobber::All {
        regs.flags ^= CF | ZF;
    }
}

fn pci(board: &mut Board, regs: &mut Registers) {
    let Some(functions) = board.scenario.profile.pci else {
        // A BIOS without PCI: the clock's services know no such function.
        regs.flags |= CF;
        return;
    };
    let failed = |regs: &mut Registers, code: u16| {
        regs.ax = regs.ax & 0x00FF | code << 8;
        regs.flags |= CF;
    };
    match regs.ax as u8 {
        0x02 => {
            let found = functions.iter().filter(|function| function.id == (regs.dx, regs.cx)).nth(usize::from(regs.si));
            match found {
                Some(function) => {
                    regs.bx = function.bdf;
                    regs.ax &= 0x00FF;
                    regs.flags &= !CF;
                }
                None => failed(regs, 0x86),
            }
        }
        0x09 if regs.di & 1 != 0 || regs.di > 0xFF => failed(regs, 0x87),
        0x09 => {
            let function = functions.iter().find(|function| function.bdf == regs.bx);
            regs.cx = match (function, regs.di) {
                (Some(function), 0x40) => function.reg40,
                (Some(_), _) => 0,
                (None, _) => 0xFFFF,
            };
            regs.ax &= 0x00FF;
            regs.flags &= !CF;
        }
        function => board.violate(format!("PCI BIOS function {function:02X}h")),
    }
    let finds = regs.ax as u8 == 0x02;
    match board.scenario.profile.clobber {
        Clobber::Results => {}
        Clobber::Rombios if regs.flags & CF == 0 => {
            regs.ax = regs.ax & 0xFF00 | 0x08;
            if finds {
                regs.cx = regs.dx;
            }
            regs.dx = 0x0CFC;
        }
        Clobber::Rombios => {}
        Clobber::All => {
            regs.ax = regs.ax & 0xFF00 | 0x5A;
            regs.dx = JUNK;
            regs.bp = JUNK;
            if finds {
                (regs.cx, regs.di) = (JUNK, JUNK);
            }
        }
    }
}
