//! A boot sector of the tests' own, which changes the machine and then starts the program as a BIOS
//! does: loaded at 7C00h, and jumped to.
//!
//! Its disk has the boot sector first, the program, from `build/boot.bin`, in the second sector, and in
//! the third the interrupt handlers that are to stand in for the firmware's (`habits.rs`).

use std::io::Write;

use boot256_qemu::image::{Image, built};
use boot256_qemu::machine::Machine;
use boot256_qemu::vm::Vm;
use iced_x86::IcedError;
use iced_x86::code_asm::*;
use tempfile::NamedTempFile;

use crate::habits::{self, Habit, Vector};

/// Bytes of a sector.
const SECTOR: usize = 512;
/// Where a BIOS loads a boot sector, and the loader the program.
const ORIGIN: u64 = 0x7C00;
/// Where the loader moves itself to, out of the program's way; free memory behind the BIOS's data.
const MOVED: u64 = 0x0600;
/// Bytes at its head that do the move.
const MOVER: usize = 0x20;
/// Bytes of the smallest disk that SeaBIOS boots behind every controller, and a bit more.
const DISK: usize = 1 << 20;

/// PCI configuration: address port, data port (PCI Local Bus Specification 3.0, section 3.2.2.3.2).
const CONFIG_ADDRESS: u32 = 0xCF8;
const CONFIG_DATA: u32 = 0xCFC;

/// A chip that has a PM1a block.
#[derive(Clone, Copy, Debug)]
pub enum Chip {
    /// Of the board `pc`; its function 3 of device 1.
    Piix4,
    /// Of the board `q35`; the LPC bridge at 00:1f.0.
    Ich9,
}

impl Chip {
    /// The board that has it.
    pub fn board(self) -> Machine {
        match self {
            Self::Piix4 => Machine::pc(),
            Self::Ich9 => Machine::q35(),
        }
    }

    /// Selects its configuration register `register`, and has the port of the register's data in DX.
    pub fn selects(self, a: &mut CodeAssembler, register: u32) -> Result<(), IcedError> {
        let (device, function) = match self {
            Self::Piix4 => (1, 3),
            Self::Ich9 => (0x1F, 0),
        };
        a.mov(eax, 1 << 31 | device << 11 | function << 8 | register)?;
        a.mov(dx, CONFIG_ADDRESS)?;
        a.out(dx, eax)?;
        a.mov(dx, CONFIG_DATA)
    }
}

/// How the program finds the CPU. The default is what SeaBIOS leaves.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// CS and IP: 0000:7C00 or 07C0:0000.
    pub at: (u16, u16),
    /// SS and SP.
    pub stack: (u16, u16),
    /// FLAGS.
    pub flags: u16,
    /// All other registers, the segments among them, hold this in each half; EDX the disk in DL.
    pub registers: Option<u16>,
}

impl Default for Entry {
    fn default() -> Self {
        Self { at: (0, ORIGIN as u16), stack: (0, 0x6F00), flags: 0x0202, registers: None }
    }
}

/// The boot sector, as it is to be.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    block: Option<(Chip, u16)>,
    enables_button_at: Option<u16>,
    habits: Vec<Habit>,
    entry: Entry,
}

impl Loader {
    /// Moves the PM1a block of `chip` to the ports from `base` on.
    pub fn moves_block(mut self, chip: Chip, base: u16) -> Self {
        self.block = Some((chip, base));
        self
    }

    /// Enables the power button of the block at `base` and waits until it has been pressed.
    pub fn waits_for_press(mut self, base: u16) -> Self {
        self.enables_button_at = Some(base);
        self
    }

    /// Leaves the machine as firmware with this habit does, beside those named before.
    pub fn has_habit(mut self, habit: Habit) -> Self {
        self.habits.push(habit);
        self
    }

    /// Enters the program in the state `entry`.
    pub fn enters(mut self, entry: Entry) -> Self {
        self.entry = entry;
        self
    }

    /// Starts `machine` from a disk with the loader. The disk goes when the second value does.
    #[track_caller]
    pub fn launch(&self, machine: Machine) -> (Vm, NamedTempFile) {
        let mut disk = tempfile::Builder::new().suffix(".img").tempfile().expect("a temporary file");
        disk.write_all(&self.disk()).expect("room for a disk of 1 MiB");
        let vm = machine.drive(&Image::at(disk.path())).launch();
        (vm, disk)
    }

    /// Starts `machine` and waits for the program's banner and prompt.
    #[track_caller]
    pub fn boot(&self, machine: Machine) -> (Vm, NamedTempFile) {
        let (mut vm, disk) = self.launch(machine);
        vm.starts();
        (vm, disk)
    }

    fn disk(&self) -> Vec<u8> {
        let program = std::fs::read(built("boot.bin")).expect("build/boot.bin can be read");
        let (handlers, vectors) = habits::handlers(&self.habits).expect("the handlers assemble");
        assert!(handlers.len() <= SECTOR, "the handlers are too long: {} bytes", handlers.len());
        let mut disk = self.sector(&vectors).expect("the loader assembles");
        assert!(disk.len() <= SECTOR - 2, "the loader is too long: {} bytes", disk.len());
        disk.resize(SECTOR - 2, 0);
        disk.extend([0x55, 0xAA]);
        disk.extend(program);
        disk.resize(2 * SECTOR, 0);
        disk.extend(handlers);
        disk.resize(DISK, 0);
        disk
    }

    fn sector(&self, vectors: &[Vector]) -> Result<Vec<u8>, IcedError> {
        let mut code = mover()?;
        code.resize(MOVER, 0x90); // NOP
        code.extend(self.body(vectors)?);
        Ok(code)
    }

    /// What runs at [`MOVED`], with the disk's number in DL.
    fn body(&self, vectors: &[Vector]) -> Result<Vec<u8>, IcedError> {
        let mut a = CodeAssembler::new(16)?;
        let mut hang = a.create_label();

        // INT 13h AH=02h: the second sector of the disk to 7C00h, the third to where the handlers are.
        for (sector, address) in [(2, ORIGIN as u32), (3, habits::HANDLERS)] {
            a.mov(ax, 0x0201)?;
            a.mov(cx, sector)?;
            a.mov(dh, 0)?;
            a.mov(bx, address)?;
            a.int(0x13)?;
            a.jc(hang)?;
        }
        habits::sets_up(&mut a, &self.habits, vectors)?;

        if let Some((chip, base)) = self.block {
            chip.selects(&mut a, 0x40)?; // PMBASE
            a.mov(eax, u32::from(base | 1))?; // bit 0: ports, not memory
            a.out(dx, eax)?;
        }
        if let Some(base) = self.enables_button_at {
            let mut wait = a.create_label();
            a.mov(dx, u32::from(base + 2))?; // PM1a_EN
            a.mov(ax, 0x0100)?;
            a.out(dx, ax)?;
            a.mov(dx, u32::from(base))?; // PM1a_STS
            a.set_label(&mut wait)?;
            a.in_(ax, dx)?;
            a.test(ah, 1)?;
            a.jz(wait)?;
        }
        self.enter(&mut a)?;
        a.set_label(&mut hang)?;
        a.cli()?;
        a.hlt()?;
        a.assemble(MOVED + MOVER as u64)
    }

    /// The entry. The flags come first, while the stack is still a good one, and no instruction
    /// behind them changes flags.
    fn enter(&self, a: &mut CodeAssembler) -> Result<(), IcedError> {
        let Entry { at: (segment, offset), stack: (stack, pointer), flags, registers } = self.entry;
        let filler = registers.unwrap_or(0);
        a.mov(ax, u32::from(flags))?;
        a.push(ax)?;
        a.popf()?;
        a.mov(ax, u32::from(filler))?;
        a.mov(ds, ax)?;
        a.mov(es, ax)?;
        a.mov(fs, ax)?;
        a.mov(gs, ax)?;
        a.mov(ax, u32::from(stack))?;
        a.mov(ss, ax)?; // no interrupt before the next instruction is done
        a.mov(sp, u32::from(pointer))?;
        let both = u32::from(filler) << 16 | u32::from(filler);
        for register in [eax, ebx, ecx, edx, esi, edi, ebp] {
            a.mov(register, both)?;
        }
        // JMP FAR imm16:imm16
        let [ip_low, ip_high] = offset.to_le_bytes();
        let [cs_low, cs_high] = segment.to_le_bytes();
        a.db(&[0xEA, ip_low, ip_high, cs_low, cs_high])
    }
}

/// Moves the sector from [`ORIGIN`] to [`MOVED`] and goes on there, behind itself.
fn mover() -> Result<Vec<u8>, IcedError> {
    let mut a = CodeAssembler::new(16)?;
    a.cli()?;
    a.cld()?;
    a.xor(ax, ax)?;
    a.mov(ds, ax)?;
    a.mov(es, ax)?;
    a.mov(ss, ax)?;
    a.mov(sp, MOVED as u32)?;
    a.mov(si, ORIGIN as u32)?;
    a.mov(di, MOVED as u32)?;
    a.mov(cx, SECTOR as u32 / 2)?;
    a.rep().movsw()?;
    a.mov(ax, MOVED as u32 + MOVER as u32)?;
    a.jmp(ax)?; // CS is 0: SeaBIOS enters a disk at 0000:7C00
    let code = a.assemble(ORIGIN)?;
    assert!(code.len() <= MOVER, "the mover is too long: {} bytes", code.len());
    Ok(code)
}
