//! Boot sectors that do something wrong, each in a disk of its own.

use std::io::Write;

use iced_x86::IcedError;
use iced_x86::code_asm::*;
use tempfile::NamedTempFile;

/// Where a BIOS loads a boot sector.
const ORIGIN: u64 = 0x7C00;
/// COM1's first port: QEMU's UART takes a byte at any time while its other end reads.
const COM1: u32 = 0x3F8;
/// PM1a_CNT, where SeaBIOS puts it.
const PM1A_CNT: u32 = 0x604;

/// A disk whose boot sector does what `code` says, and then halts for ever.
pub fn disk(code: impl FnOnce(&mut CodeAssembler) -> Result<(), IcedError>) -> NamedTempFile {
    let sector = || -> Result<Vec<u8>, IcedError> {
        let mut a = CodeAssembler::new(16)?;
        a.xor(ax, ax)?;
        a.mov(ds, ax)?;
        a.mov(es, ax)?;
        code(&mut a)?;
        let mut halt = a.create_label();
        a.cli()?;
        a.set_label(&mut halt)?;
        a.hlt()?;
        a.jmp(halt)?;
        a.assemble(ORIGIN)
    };
    let mut sector = sector().expect("the sector assembles");
    assert!(sector.len() <= 510, "the sector is too long: {} bytes", sector.len());
    sector.resize(510, 0);
    sector.extend([0x55, 0xAA]);
    sector.resize(1 << 20, 0);
    let mut file = tempfile::Builder::new().suffix(".img").tempfile().expect("a temporary file");
    file.write_all(&sector).expect("room for a disk of 1 MiB");
    file
}

/// Says `text` on COM1.
pub fn says(a: &mut CodeAssembler, text: &[u8]) -> Result<(), IcedError> {
    a.mov(dx, COM1)?;
    for &byte in text {
        a.mov(al, i32::from(byte))?;
        a.out(dx, al)?;
    }
    Ok(())
}

/// Shows `text` on the screen.
pub fn shows(a: &mut CodeAssembler, text: &[u8]) -> Result<(), IcedError> {
    a.xor(bx, bx)?;
    for &byte in text {
        a.mov(ax, 0x0E00 | u32::from(byte))?;
        a.int(0x10)?;
    }
    Ok(())
}

/// Waits for a byte on COM1, and drops it.
pub fn hears(a: &mut CodeAssembler) -> Result<(), IcedError> {
    let mut wait = a.create_label();
    a.mov(dx, COM1 + 5)?;
    a.set_label(&mut wait)?;
    a.in_(al, dx)?;
    a.test(al, 1)?;
    a.jz(wait)?;
    a.mov(dx, COM1)?;
    a.in_(al, dx)
}

/// Switches the machine off.
pub fn goes_off(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.mov(dx, PM1A_CNT)?;
    a.mov(ax, 0x2000)?;
    a.out(dx, ax)
}

/// Starts the machine anew, by the keyboard controller.
pub fn starts_anew(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.mov(al, 0xFE)?;
    a.out(0x64, al)
}

/// Writes the first sector of disk 80h to where it came from: INT 13h AH=03h.
pub fn writes(a: &mut CodeAssembler) -> Result<(), IcedError> {
    a.mov(ax, 0x0301)?;
    a.mov(bx, ORIGIN as u32)?;
    a.mov(cx, 1)?;
    a.mov(dx, 0x80)?;
    a.int(0x13)
}
