//! `boot256-model`: what the model machine shows, as reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use boot256_kit::file;
use boot256_model::engine::{Engine, SIZE};
use boot256_model::suite::typing;
use boot256_model::{coverage, faults, induction, mutants, profile};
use clap::{Parser, Subcommand};

/// Runs the 256 bytes in a model of the machine around them.
#[derive(Parser)]
#[command(name = "boot256-model")]
struct Args {
    /// The folder that has boot.bin, and gets the reports.
    #[arg(long, default_value = "build")]
    build: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Which instructions the suite reaches: coverage.md. Fails if one is not, or a way of a branch.
    Coverage,
    /// Runs each fault and each platform: faults.md, a line each. Fails if one does.
    Faults,
    /// Changes each byte in a dozen ways and runs the suite: mutants.md. Fails as tests/model/survivors.txt says.
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

fn run(args: &Args) -> Result<()> {
    let file = args.build.join("boot.bin");
    let program = fs::read(&file).with_context(|| format!("cannot read {} (run `make all`)", file.display()))?;
    let program: [u8; SIZE] =
        program.try_into().map_err(|_| anyhow::anyhow!("{} is not {SIZE} bytes", file.display()))?;
    match args.command {
        Command::Coverage => {
            let coverage = coverage::measure(&program)?;
            write(&args.build.join("coverage.md"), &coverage.report())?;
            println!("boot256: {}", coverage.summary());
            let missing = coverage.missing();
            ensure!(missing.is_empty(), "no test reaches these:\n{}", missing.join("\n"));
        }
        Command::Faults => {
            let report = faults::run(&program)?;
            write(&args.build.join("faults.md"), &report.page())?;
            println!("boot256: {}", report.summary());
            let failed = report.failed();
            ensure!(failed.is_empty(), "these fail:\n{}", failed.join("\n"));
        }
        Command::Mutants { sample } => {
            let mut all = mutants::all(&program);
            if let Some(sample) = sample {
                let step = all.len().div_ceil(sample.max(1));
                all = all.into_iter().step_by(step).collect();
            }
            let score = mutants::run(&program, &all)?;
            write(&args.build.join("mutants.md"), &score.report()?)?;
            println!("boot256: {}", score.summary());
            score.judge(sample.is_none())?;
        }
        Command::ProveEditor { seed } => {
            let seed = seed.unwrap_or_else(|| fastrand::u64(..));
            let mut engine = Engine::new(&program)?;
            let mut proved = induction::Proved::default();
            for platform in profile::all() {
                proved += induction::prove(&mut engine, platform, seed)?;
            }
            println!("boot256: the line editor is proved on {} platforms: {proved}", profile::all().len());
        }
        Command::Typing { bytes, seed } => {
            let seed = seed.unwrap_or_else(|| fastrand::u64(..));
            println!("boot256: random typing, seed {seed}");
            let typed = typing::run(&mut Engine::new(&program)?, bytes, seed)?;
            println!(
                "boot256: {} bytes typed in {} runs, {} of them ended by the button, {} instructions",
                typed.bytes, typed.runs, typed.switched_off, typed.instructions
            );
        }
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    file::write(file, text)?;
    println!("boot256: {}", file.display());
    Ok(())
}
