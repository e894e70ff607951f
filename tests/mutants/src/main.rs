//! `make mutants-host`: do the tests of the host crates notice when the code is wrong?
//!
//! cargo-mutants changes a function at a time (another value returned, a comparison turned round) and
//! runs the crate's tests. What no test notices is killed by a new one or listed, with its reason, in
//! `survivors.txt` beside this program.
//!
//! - [`crates`]: which crates, and with which of their tests; [`outcome`]: what cargo-mutants says;
//! - [`survivors`]: the reviewed list; [`tree`]: the copy of the project that is changed.

mod crates;
mod outcome;
mod survivors;
mod tree;

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail, ensure};
use clap::Parser;

use outcome::{Score, Verdict};

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
    let mut page = String::from(
        "# Mutants of the host crates\n\n| crate | tried | noticed | % | goal, % |\n|---|--:|--:|--:|--:|\n",
    );
    let mut alive = Vec::new();
    let mut below = Vec::new();
    let mut all = Score::default();
    for host in wanted {
        eprintln!("boot256: mutants of {}", host.folder);
        let verdicts = tree.mutate(host, &args.cargo_mutants, args.sample)?;
        let score = Score::of(&verdicts);
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {:.1} | {} |",
            host.folder,
            score.tried,
            score.noticed,
            score.percent(),
            host.goal
        );
        if score.tried > 0 && args.sample.is_none() && score.percent() < f64::from(host.goal) {
            below.push(format!("{}: {:.1} % of {} %", host.folder, score.percent(), host.goal));
        }
        all.add(&score);
        alive.extend(verdicts.into_iter().filter(|verdict| !verdict.noticed));
    }
    ensure!(all.tried > 0, "no mutant was tried: does any of these crates have code?");
    let _ = writeln!(page, "| all | {} | {} | {:.1} | |", all.tried, all.noticed, all.percent());

    let (excused, new): (Vec<Verdict>, Vec<Verdict>) =
        alive.into_iter().partition(|verdict| known.excuses(&verdict.name));
    let _ = write!(page, "\n## Not noticed, with a reason\n\n{}", list(&excused));
    let _ = write!(page, "\n## Not noticed\n\n{}", list(&new));
    let report = args.build.join("mutants-host.md");
    boot256_kit::file::write(&report, &page)?;
    println!("{page}\nboot256: {}", report.display());
    if !new.is_empty() {
        bail!("no test notices these, and {} does not say why:\n{}", args.survivors.display(), list(&new));
    }
    ensure!(below.is_empty(), "below the goal:\n{}", below.join("\n"));
    Ok(())
}

fn list(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(|verdict| format!("{}\n", verdict.name)).collect()
}
