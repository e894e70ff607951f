//! The processor: unicorn in 16-bit mode, its interrupts and BIOS calls made by hand.
//!
//! Unicorn knows no interrupt controller and no BIOS. Between any two instructions the board is asked
//! for an interrupt; its handler, like every BIOS call, is a function of the board, and leaves in the
//! program's memory what the real one would: garbage below the stack pointer.

use anyhow::{Context, Result, bail};
use unicorn_engine::{Arch, HookType, Mode, Prot, RegisterX86 as Reg, Unicorn};

use crate::bios::{self, DF, IF, Registers};
use crate::board::{Board, SECOND};
use crate::platforms::Int10;
use crate::scenario::Scenario;

/// Where the program is loaded.
pub const ORIGIN: u64 = 0x7C00;
/// Its size.
pub const SIZE: usize = 256;
/// Bytes of memory: all that real mode reaches.
const MEMORY: u64 = 0x11_0000;
/// The program may write here: the line of 80 bytes, and its end. It begins behind the prompt, which ends
/// the program as it is read backwards, over the banner: `src/line.rs`.
pub const LINE: std::ops::Range<u64> = 0x7CF7..0x7CF7 + 80 + 2;
/// And here: its stack, which interrupts and BIOS calls push to as well.
pub const STACK: std::ops::Range<u64> = 0xFF00..0x1_0000;
const SYSTEM_BIOS: u16 = 0xF000;
/// Bytes below the stack pointer that a handler uses.
const HANDLER_STACK: u64 = 64;
/// How often the processor may halt with nothing left to happen before the run is over.
const IDLE_HALTS: u32 = 2;
/// And when something is left that the program does not read.
const STUCK_HALTS: u32 = 6;
/// Ticks after which a processor that halts with nothing more to come is not woken any more: the clock
/// would have done it.
const LONGEST_HALT: u64 = 3 * SECOND;

#[derive(Default)]
struct Run {
    board: Board,
    /// Which instruction has followed which, by the pair's offsets; empty if it is not recorded.
    edges: Vec<bool>,
    pc: u64,
    ends: bool,
    /// Stop before one of these offsets, but not before the first instruction.
    stops: Vec<u8>,
    stopped: Option<u8>,
    /// The one instruction that may read the line, if that matters.
    reader: Option<u8>,
}

/// The machine between two instructions.
#[derive(Clone, Debug)]
pub struct Moment {
    /// EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.
    pub general: [u32; 8],
    /// CS, DS, ES, SS, FS, GS.
    pub segments: [u16; 6],
    pub flags: u16,
    pub offset: u8,
    pub memory: Vec<u8>,
    pub stack: Vec<u8>,
    pub board: Board,
}

/// EAX and so on, as [`Moment`] and the processor number them.
const GENERAL: [Reg; 8] = [Reg::EAX, Reg::ECX, Reg::EDX, Reg::EBX, Reg::ESP, Reg::EBP, Reg::ESI, Reg::EDI];
/// CS and so on, in the order of [`Moment`].
const SEGMENTS: [Reg; 6] = [Reg::CS, Reg::DS, Reg::ES, Reg::SS, Reg::FS, Reg::GS];
/// Memory that a [`Moment`] has: the program and what is around it.
pub const PROGRAM_MEMORY: std::ops::Range<u64> = 0x7000..0x8000;

pub struct Engine {
    uc: Unicorn<'static, Run>,
    program: [u8; SIZE],
}

impl Engine {
    pub fn new(program: &[u8; SIZE]) -> Self {
        let mut uc = Unicorn::new_with_data(Arch::X86, Mode::MODE_16, Run::default()).expect("unicorn starts");
        let hooked = (|| {
            uc.mem_map(0, MEMORY, Prot::ALL)?;
            uc.add_code_hook(1, 0, on_instruction)?;
            uc.add_intr_hook(on_interrupt)?;
            uc.add_insn_in_hook(|uc, port, size| uc.get_data_mut().board.input(port, size))?;
            uc.add_insn_out_hook(|uc, port, size, value| uc.get_data_mut().board.output(port, size, value))?;
            uc.add_mem_hook(HookType::MEM_WRITE, 1, 0, |uc, _, at, size, _| {
                let range = at..at + size as u64;
                let within = |allowed: &std::ops::Range<u64>| allowed.start <= range.start && range.end <= allowed.end;
                if !within(&STACK) && !within(&LINE) {
                    uc.get_data_mut().board.violate(format!("{size} bytes of memory are written at {at:05X}h"));
                }
                true
            })?;
            uc.add_mem_hook(HookType::MEM_READ, LINE.start, LINE.end - 1, |uc, _, at, _, _| {
                let run = uc.get_data_mut();
                if run.reader.is_some_and(|reader| run.pc != ORIGIN + u64::from(reader)) {
                    run.board.violate(format!("the line is read at {at:05X}h by the instruction at {:05X}h", run.pc));
                }
                true
            })
        })();
        hooked.expect("unicorn takes the hooks");
        Self { uc, program: *program }
    }

    pub fn load(&mut self, program: &[u8; SIZE]) {
        self.program = *program;
    }

    pub fn program(&self) -> &[u8; SIZE] {
        &self.program
    }

    /// Records from now on what runs.
    pub fn notes(&mut self) {
        self.uc.get_data_mut().edges = vec![false; SIZE * SIZE];
    }

    /// Has the instruction at `to` run right after the one at `from`? The first one has run after itself.
    pub fn has_edge(&self, from: u8, to: u8) -> bool {
        self.uc.get_data().edges[usize::from(from) * SIZE + usize::from(to)]
    }

    /// Runs `scenario` to its end, and returns the machine as it is then.
    pub fn run(&mut self, scenario: &Scenario) -> &Board {
        self.reset(scenario);
        self.go(ORIGIN);
        &self.uc.get_data().board
    }

    /// Runs `scenario` from its start until an instruction of `stops` comes, and not that one.
    pub fn run_until(&mut self, scenario: &Scenario, stops: &[u8]) -> Result<Moment> {
        self.reset(scenario);
        self.uc.get_data_mut().stops = stops.to_vec();
        self.go(ORIGIN);
        self.moment()
    }

    /// Goes on from `moment` until an instruction of `stops` comes again, and not that one. Only the
    /// instruction at `reader` may read the line.
    pub fn resume(&mut self, moment: &Moment, stops: &[u8], reader: u8) -> Result<Moment> {
        *self.uc.get_data_mut() =
            Run { board: moment.board.clone(), stops: stops.to_vec(), reader: Some(reader), ..Run::default() };
        let uc = &mut self.uc;
        for (reg, value) in GENERAL.into_iter().zip(moment.general) {
            write(uc, reg, value);
        }
        for (reg, value) in SEGMENTS.into_iter().zip(moment.segments) {
            write(uc, reg, value.into());
        }
        write(uc, Reg::EFLAGS, u32::from(moment.flags | 2));
        // The program's own bytes are as they are: to write them would make unicorn translate them again.
        let line = (LINE.start - PROGRAM_MEMORY.start) as usize..(LINE.end - PROGRAM_MEMORY.start) as usize;
        for (at, bytes) in [(LINE.start, &moment.memory[line]), (STACK.start, &moment.stack[..])] {
            uc.mem_write(at, bytes).expect("memory is there");
        }
        self.go(ORIGIN + u64::from(moment.offset));
        self.moment()
    }

    fn moment(&mut self) -> Result<Moment> {
        let run = self.uc.get_data();
        if let Some(violation) = &run.board.violation {
            bail!("{violation}");
        }
        let offset = run.stopped.context("the run ends, and the place to stop at has not come")?;
        let bytes = |range: std::ops::Range<u64>| {
            self.uc.mem_read_as_vec(range.start, (range.end - range.start) as usize).expect("memory is there")
        };
        let whole = |reg| self.uc.reg_read(reg).expect("the register exists") as u32;
        Ok(Moment {
            general: GENERAL.map(whole),
            segments: SEGMENTS.map(|reg| read(&self.uc, reg)),
            flags: read(&self.uc, Reg::EFLAGS),
            offset,
            memory: bytes(PROGRAM_MEMORY),
            stack: bytes(STACK),
            board: run.board.clone(),
        })
    }

    /// Runs from `at` until nothing is left to happen, or to a stop.
    fn go(&mut self, mut at: u64) {
        let mut idle = 0;
        let mut taken = 0;
        loop {
            let result = self.uc.emu_start(at, MEMORY, 0, 0);
            let flags = read(&self.uc, Reg::EFLAGS);
            let run = self.uc.get_data_mut();
            if let Err(error) = result {
                run.board.violate(format!("the processor gives up after {:05X}h: {error:?}", run.pc));
            }
            if run.ends || run.board.violation.is_some() {
                break;
            }
            if flags & IF == 0 {
                run.board.violate("HLT with interrupts off: nothing wakes it".into());
                break;
            }
            // Only HLT ends emu_start without an error or a stop.
            if run.board.taken.len() > taken {
                taken = run.board.taken.len();
                idle = 0;
            }
            let since = run.board.now;
            let woken = loop {
                run.board.step();
                if run.board.pic.pending().is_some() {
                    break true;
                }
                if run.board.is_quiet() && idle >= IDLE_HALTS || idle >= STUCK_HALTS {
                    break false;
                }
                if run.board.now - since > LONGEST_HALT && run.board.no_tick_to_come() {
                    run.board.violate("HLT, and nothing wakes it, the clock neither".into());
                    break false;
                }
                let next = run.board.next_event();
                run.board.halted += next - run.board.now;
                run.board.now = next;
            };
            idle = if run.board.nothing_left_to_happen() { idle + 1 } else { 0 };
            if !woken {
                if !run.board.is_quiet() {
                    run.board.violate(format!("input is left, {taken} bytes have been taken"));
                }
                break;
            }
            deliver(&mut self.uc);
            at = read(&self.uc, Reg::CS) as u64 * 16 + read(&self.uc, Reg::EIP) as u64 % 0x10000;
        }
    }

    fn reset(&mut self, scenario: &Scenario) {
        let edges = std::mem::take(&mut self.uc.get_data_mut().edges);
        *self.uc.get_data_mut() = Run { board: Board::new(scenario), edges, ..Run::default() };
        let uc = &mut self.uc;
        let set = |uc: &mut Unicorn<Run>, at: u64, bytes: &[u8]| uc.mem_write(at, bytes).expect("memory is there");
        // What is after the program, and where its stack will be, is whatever was there before.
        set(uc, 0x7000, &[0xCC; 0x1000]);
        set(uc, 0xFE00, &[0xCC; 0x200]);
        let video = if scenario.profile.int10 == Int10::Card { scenario.video_bios } else { SYSTEM_BIOS };
        // INT 10h and the one behind it, which has the offset that it has on every PC.
        let vectors = [0xF065, video, 0xF84D, SYSTEM_BIOS].map(u16::to_le_bytes);
        set(uc, 0x40, vectors.as_flattened());
        set(uc, ORIGIN, &self.program);
        uc.ctl_flush_tb().expect("unicorn forgets its translation");
        let entry = &scenario.entry;
        for (n, reg) in [Reg::EAX, Reg::EBX, Reg::ECX, Reg::EDX, Reg::ESI, Reg::EDI, Reg::EBP].into_iter().enumerate() {
            write(uc, reg, entry.registers.wrapping_mul(n as u32 * 2 + 1));
        }
        for (reg, value) in [(Reg::CS, entry.cs), (Reg::DS, entry.ds), (Reg::ES, entry.es), (Reg::SS, entry.ss)] {
            write(uc, reg, value.into());
        }
        write(uc, Reg::ESP, entry.registers & 0xFFFF_0000 | u32::from(entry.sp));
        let flags = entry.flags & !IF | if scenario.profile.enters_with_if { IF } else { 0 };
        write(uc, Reg::EFLAGS, u32::from(flags | 2));
    }
}

fn read(uc: &Unicorn<Run>, reg: Reg) -> u16 {
    uc.reg_read(reg).expect("the register exists") as u16
}

fn write(uc: &mut Unicorn<Run>, reg: Reg, value: u32) {
    uc.reg_write(reg, value.into()).expect("the register exists");
}

fn stop(uc: &mut Unicorn<Run>) {
    uc.get_data_mut().ends = true;
    uc.emu_stop().expect("a running processor stops");
}

/// The boundary before the instruction at `at`.
fn on_instruction(uc: &mut Unicorn<Run>, at: u64, _size: u32) {
    let run = uc.get_data_mut();
    let board = &mut run.board;
    if board.violation.is_some() || board.pm.is_off {
        return stop(uc);
    }
    let offset = at.wrapping_sub(ORIGIN);
    if offset >= SIZE as u64 {
        board.violate(format!("it runs at {at:05X}h, after {:05X}h", run.pc));
        return stop(uc);
    }
    if run.pc != 0 && run.stops.contains(&(offset as u8)) {
        run.stopped = Some(offset as u8);
        return stop(uc);
    }
    if board.instructions >= board.scenario.budget {
        board.violate(format!("it goes on for {} instructions", board.instructions));
        return stop(uc);
    }
    board.step();
    let before = run.pc;
    if !run.edges.is_empty() {
        let from = if before == 0 { offset } else { before - ORIGIN };
        run.edges[from as usize * SIZE + offset as usize] = true;
    }
    run.pc = at;
    if run.board.pic.pending().is_some() && read(uc, Reg::EFLAGS) & IF != 0 && !is_shadowed(uc, before) {
        deliver(uc);
    }
    let board = &mut uc.get_data_mut().board;
    board.instructions += 1;
    board.now += 1;
}

/// STI, MOV SS and POP SS keep interrupts out for one more instruction.
fn is_shadowed(uc: &Unicorn<Run>, before: u64) -> bool {
    let mut code = [0; 2];
    before != 0
        && uc.mem_read(before, &mut code).is_ok()
        && matches!(code, [0xFB | 0x17, _] | [0x8E, 0xD0..=0xD7 | 0x10..=0x17 | 0x50..=0x57 | 0x90..=0x97])
}

/// Runs the handlers of all interrupts that wait.
fn deliver(uc: &mut Unicorn<Run>) {
    scribble(uc);
    uc.get_data_mut().board.interrupts();
}

/// What a handler leaves below the stack pointer.
fn scribble(uc: &mut Unicorn<Run>) {
    let (ss, sp) = (u64::from(read(uc, Reg::SS)), u64::from(read(uc, Reg::SP)));
    let top = if sp == 0 { 0x10000 } else { sp };
    if top < HANDLER_STACK {
        return;
    }
    uc.mem_write(ss * 16 + top - HANDLER_STACK, &[0x5A; HANDLER_STACK as usize]).expect("memory is there");
}

/// INT, or an exception: unicorn calls this for both.
fn on_interrupt(uc: &mut Unicorn<Run>, number: u32) {
    let mut code = [0; 2];
    let at = uc.get_data().pc;
    let is_call = uc.mem_read(at, &mut code).is_ok() && code == [0xCD, number as u8];
    if !is_call {
        uc.get_data_mut().board.violate(format!("exception {number} or no INT at {at:05X}h"));
        return stop(uc);
    }
    if read(uc, Reg::EFLAGS) & DF != 0 {
        uc.get_data_mut().board.violate(format!("INT {number:02X}h with the direction flag set"));
        return stop(uc);
    }
    const REGISTERS: [Reg; 8] = [Reg::AX, Reg::BX, Reg::CX, Reg::DX, Reg::SI, Reg::DI, Reg::BP, Reg::EFLAGS];
    let before = REGISTERS.map(|reg| read(uc, reg));
    scribble(uc);
    let [ax, bx, cx, dx, si, di, bp, flags] = before;
    let mut after = Registers { ax, bx, cx, dx, si, di, bp, flags };
    bios::call(&mut uc.get_data_mut().board, number as u8, &mut after);
    let Registers { ax, bx, cx, dx, si, di, bp, flags } = after;
    for ((reg, old), new) in REGISTERS.into_iter().zip(before).zip([ax, bx, cx, dx, si, di, bp, flags]) {
        if old != new {
            write(uc, reg, new.into());
        }
    }
    if uc.get_data().board.violation.is_some() {
        stop(uc);
    }
}
