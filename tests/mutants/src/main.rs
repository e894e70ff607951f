//! `make mutants-host`: do the tests of the host crates notice when the code is wrong?
//!
//! cargo-mutants changes a function at a time (another value returned, a comparison turned round) and
//! runs the crate's tests. What no test notices is killed by a new one or listed, with its reason, in
//! `survivors.txt` beside this program.
//!
//! - [`crates`]: which crates, and with which of their tests; [`outcome`]: what cargo-mutants says;
//! - [`survivors`]: the reviewed list; [`tree`]: the copy of the project that is changed;
//! - [`report`]: the page, and whether all is well.

mod crates;
mod outcome;
mod report;
mod survivors;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use report::Report;

/// Changes the host crates in many ways and says which changes no test notices.
#[derive(Parser)]
struct Args {
    /// The project's folder
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// The folder of the images; the copy of the project and the report go there
    #[arg(long, default_value = "build")]
    build: PathBuf,
    /// The program cargo-mutants
    #[arg(long, default_value = "cargo-mutants")]
    cargo_mutants: PathBuf,
    /// The list of survivors
    #[arg(long, default_value = "tests/mutants/survivors.txt")]
    survivors: PathBuf,
    /// Try one mutant in so many
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Crates, by the names of their folders; all if none is given
    crates: Vec<String>,
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
    let wanted = crates::named(&args.crates)?;
    let known = survivors::read(&args.survivors)?;
    let tree = tree::Tree::of(&args.root, &args.build)?;
    // Hours of work are not lost because one crate cannot be tried.
    let (mut tried, mut failed) = (Vec::new(), Vec::new());
    for host in wanted {
        eprintln!("boot256: mutants of {}", host.folder);
        match tree.mutate(host, &args.cargo_mutants, args.sample) {
            Ok(verdicts) => tried.push((host, verdicts)),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    let report = Report::of(tried, &known, args.sample.is_some());
    let file = args.build.join("mutants-host.md");
    boot256_kit::file::write(&file, report.page())?;
    println!("{}\nboot256: {}", report.page(), file.display());
    ensure!(failed.is_empty(), "{}", failed.join("\nboot256: "));
    report.verdict().with_context(|| format!("mutants of the host crates, {}", args.survivors.display()))
}
