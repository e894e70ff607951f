//! `make bench`: what boot256 costs, beside an empty machine, a minimal Linux, and itself without
//! HLT and with the timer tick.
//!
//! - [`guest`]: what is measured; [`floor`], [`linux`]: the guests that are made for it;
//! - [`measure`]: one file for each figure;
//! - [`report`]: what was measured, as `build/bench.json` has it; [`goals`]: whether it is
//!   enough; [`markdown`], [`picture`]: the same to be read; [`docs`] puts it into the documents.
//!
//! Timings are reported and never judged: no test depends on one. `docs/performance.md` says how each
//! is got and what limits it.

mod docs;
mod floor;
mod gdb;
mod goals;
mod guest;
mod host;
mod linux;
mod markdown;
mod measure;
mod picture;
mod plan;
mod report;
#[cfg(test)]
mod sample;
mod stats;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures boot256 beside other guests of the same QEMU.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure everything; write bench.json, bench.md and bench.svg
    Run {
        /// The folder of the images, which the results go to
        build: PathBuf,
        /// Few and short measurements, to see that they work
        #[arg(long)]
        quick: bool,
        /// Another boot.bin, from before a change, to be measured in the same run
        #[arg(long)]
        baseline: Option<PathBuf>,
    },
    /// Make the Linux guest from Debian's cloud kernel and busybox
    Linux {
        /// The folder that gets `bench/linux/`
        build: PathBuf,
    },
    /// Time `make all` and `make test` in a copy of this checkout; write bench-build.json
    Build {
        /// The folder the result goes to
        build: PathBuf,
    },
    /// Put the last results into documents that have the markers for it, and the picture beside them
    Docs {
        /// The folder with the results
        build: PathBuf,
        /// Where the picture goes
        #[arg(long)]
        picture: PathBuf,
        /// The documents; the README gets the short table, others all tables
        documents: Vec<PathBuf>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Run { build, quick, baseline } => {
            measure::run(&build, if quick { plan::QUICK } else { plan::FULL }, baseline.as_deref())
        }
        Command::Linux { build } => linux::make(&build),
        Command::Build { build } => measure::build::run(&build),
        Command::Docs { build, picture, documents } => docs::update(&build, &picture, &documents),
    }
}
