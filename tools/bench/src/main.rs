//! `make bench`: what boot256 costs, beside an empty machine, a minimal Linux, and itself without
//! HLT and with the timer tick.
//!
//! - [`guest`]: what is measured; [`floor`], [`linux`]: the guests that are made for it;
//! - [`measure`]: one file for each figure; [`plan`]: how often;
//! - [`report`]: the results, as tables and beside the goals.
//!
//! Timings are reported and never judged by a test. `docs/performance.md` says how each is got and what limits it.

mod floor;
mod guest;
mod host;
mod linux;
mod measure;
mod plan;
mod report;
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
    /// Measure everything; write bench.md
    Run {
        /// The folder of the images, which the results go to
        build: PathBuf,
        /// Few and short measurements, to see that they work
        #[arg(long)]
        quick: bool,
        /// Another boot.bin, from before a change, to be measured in the same run
        #[arg(long)]
        baseline: Option<PathBuf>,
        /// A page that shows the results between its markers
        #[arg(long)]
        page: Option<PathBuf>,
    },
    /// Make the Linux guest from Debian's cloud kernel and busybox
    Linux {
        /// The folder that gets `bench/linux/`
        build: PathBuf,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Run { build, quick, baseline, page } => {
            let plan = if quick { plan::QUICK } else { plan::FULL };
            measure::run(&build, plan, baseline.as_deref(), page.as_deref())
        }
        Command::Linux { build } => linux::make(&build),
    }
}
