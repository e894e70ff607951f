//! How many instructions run from the program's first to its first HLT, its own and the firmware's.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use boot256_facts::START;
use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use serde_json::json;

use crate::gdb::Gdb;
use crate::report::Instructions;

/// Where a BIOS loads the program.
const ORIGIN: u32 = 0x7C00;
/// STI and HLT, as the program sleeps.
const SLEEP: [u8; 2] = [0xFB, 0xF4];
/// INT with a number.
const INT: u8 = 0xCD;
/// More than there can be: a program that never sleeps is noticed.
const TOO_MANY: u64 = 200_000;

/// Counts twice: by QEMU's own counter as the machine runs freely, and step by step.
///
/// # Errors
/// If the program does not get to its HLT, or the two counts cannot be of the same program.
pub fn measure(build: &Path, scratch: &Path) -> Result<Instructions> {
    let program = fs::read(build.join("boot.bin")).context("build/boot.bin: run `make all`")?;
    let sleep = program.windows(2).position(|pair| pair == SLEEP).context("no STI, HLT in boot.bin")?;
    let halt = ORIGIN + sleep as u32 + 1;
    let counted = counted(build, scratch, halt)?;
    let (own, firmware) = stepped(build, scratch, halt, &program)?;
    let total = own + firmware.iter().map(|(_, count)| count).sum::<u64>();
    ensure!(
        counted >= total,
        "counted {counted} instructions and stepped through {total}: interrupts can only add some"
    );
    Ok(Instructions { counted, own, firmware, printed: START.len() as u64 })
}

/// Runs freely from the first instruction to `halt` and takes QEMU's counter at both: it is kept for
/// record and replay. An interrupt that comes meanwhile counts too.
fn counted(build: &Path, scratch: &Path, halt: u32) -> Result<u64> {
    let log = scratch.join("replay");
    let machine = machine(build, &scratch.join("counted")).with("-icount");
    let mut vm = machine.arg(format!("shift=0,rr=record,rrfile={}", comma(&log))).launch();
    let mut gdb = Gdb::connect(&scratch.join("counted"))?;
    let mut count_at = |address| -> Result<u64> {
        gdb.run_to(address)?;
        vm.run("query-replay", json!({}))["icount"].as_u64().context("QEMU has no instruction count")
    };
    let first = count_at(ORIGIN)?;
    Ok(count_at(halt)? - first)
}

/// Steps from the first instruction to `halt`: the program's own instructions, and the firmware's by
/// the interrupt that the program called.
fn stepped(build: &Path, scratch: &Path, halt: u32, program: &[u8]) -> Result<(u64, Vec<(u8, u64)>)> {
    let _vm = machine(build, &scratch.join("stepped")).launch();
    let mut gdb = Gdb::connect(&scratch.join("stepped"))?;
    gdb.run_to(ORIGIN)?;
    let (mut own, mut firmware, mut called) = (0, Vec::<(u8, u64)>::new(), None);
    loop {
        let pc = gdb.linear_pc()?;
        if pc == halt {
            firmware.sort_unstable_by_key(|(number, _)| *number);
            return Ok((own, firmware));
        }
        match pc.checked_sub(ORIGIN).and_then(|at| program.get(at as usize..)) {
            Some(code) if !code.is_empty() => {
                own += 1;
                called = (code[0] == INT).then(|| code[1]);
            }
            _ => {
                let number = called.with_context(|| format!("at {pc:#x}, and no INT has led there"))?;
                match firmware.iter_mut().find(|(known, _)| *known == number) {
                    Some((_, count)) => *count += 1,
                    None => firmware.push((number, 1)),
                }
            }
        }
        ensure!(own < TOO_MANY, "the program does not get to its HLT");
        gdb.step()?;
    }
}

/// A machine that waits at its reset for a debugger on the socket at `path`.
fn machine(build: &Path, path: &Path) -> Machine {
    let machine = Machine::pc().drive(&Image::at(build.join("boot.img"))).with("-S -gdb chardev:gdb -chardev");
    machine.arg(format!("socket,id=gdb,path={},server=on,wait=off", comma(path)))
}

/// A path as a value of QEMU's options.
fn comma(path: &Path) -> String {
    path.to_string_lossy().replace(',', ",,")
}
