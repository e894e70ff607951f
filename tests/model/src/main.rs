//! Proof: the 256 bytes run in a model of the machine around them, fast enough to try everything.
//!
//! The processor is unicorn's, QEMU's own x86 in a library; the devices and the BIOS are plain Rust
//! ([`board`], [`bios`]), so that a row of a table ([`platforms`]) is a platform and a fault is a field.
//! What the program says is checked against [`boot256_facts::editor::Editor`], which is written from
//! the contract and not from the program.
//!
//! - [`engine`]: one processor, which runs one [`scenario::Scenario`] after the other;
//! - [`suite`]: the tests, each a plain function, so that coverage and mutants run the same ones;
//! - [`coverage`], [`mutants`]: what the tests reach, and what they notice;
//! - [`induction`]: a proof of the line editor, for every input of any length.
//!
//! Time is counted in ticks, one for each instruction: a microsecond, if you need a clock.

mod bios;
mod board;
mod coverage;
mod engine;
mod induction;
mod listing;
mod mutants;
mod platforms;
mod scenario;
mod suite;
#[cfg(test)]
mod tests;

use crate::platforms::PLATFORMS;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use boot256_qemu::image;
use clap::{Parser, Subcommand};
use engine::{Engine, SIZE};
use suite::typing;

/// Runs the 256 bytes in a model of the machine around them.
#[derive(Parser)]
#[command(name = "boot256-model")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the suite. Fails if it does not reach an instruction, or a way of a branch.
    Coverage,
    /// Changes each byte in a dozen ways and runs the suite. Fails as tests/model/survivors.txt says.
    Mutants {
        /// Only so many, spread over the program.
        #[arg(long)]
        sample: Option<usize>,
    },
    /// Proves the line editor: every byte from both sources at every length of the line, step by step.
    ProveEditor {
        /// For what must not matter; a failure prints it.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Random typing against the model of the line editor.
    Typing {
        /// Bytes, at the least.
        #[arg(long, default_value_t = 1_000_000)]
        bytes: u64,
        /// Where to start; a failure prints it.
        #[arg(long)]
        seed: Option<u64>,
    },
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `boot.bin`, as it is built.
fn program() -> Result<[u8; SIZE]> {
    let file = image::built("boot.bin");
    let program = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    program.try_into().map_err(|_| anyhow::anyhow!("{} is not {SIZE} bytes", file.display()))
}

fn run(args: &Args) -> Result<()> {
    let program = program()?;
    match args.command {
        Command::Coverage => {
            let (reached, missing) = coverage::measure(&program)?;
            println!("boot256: {reached}");
            ensure!(missing.is_empty(), "no test reaches these:\n{}", missing.join("\n"));
        }
        Command::Mutants { sample } => {
            let mut all = mutants::all(&program);
            if let Some(sample) = sample {
                let step = all.len().div_ceil(sample.max(1));
                all = all.into_iter().step_by(step).collect();
            }
            println!("boot256: {}", mutants::run(&program, &all, sample.is_none())?);
        }
        Command::ProveEditor { seed } => {
            let seed = seed.unwrap_or_else(|| fastrand::u64(..));
            let mut engine = Engine::new(&program);
            let proved = PLATFORMS.iter().map(|platform| induction::prove(&mut engine, platform, seed));
            let steps = proved.sum::<Result<u64>>()?;
            println!("boot256: the line editor is proved on {} platforms, in {steps} steps", PLATFORMS.len());
        }
        Command::Typing { bytes, seed } => {
            let seed = seed.unwrap_or_else(|| fastrand::u64(..));
            println!("boot256: random typing, seed {seed}");
            let typed = typing::run(&mut Engine::new(&program), bytes, seed)?;
            println!("boot256: {typed} bytes typed");
        }
    }
    Ok(())
}
