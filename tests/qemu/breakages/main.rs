//! Breaks the program on purpose, one instruction at a time, and runs the contract's tests on each
//! broken program: a test that cannot fail tests nothing.
//!
//! It takes the program and the image tool from a folder of built images, writes the result as a table
//! between the markers in a page, and fails if a breakage went unseen that must not. The images of a broken
//! program are made in a temporary folder.

mod list;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use boot256_kit::{file, page, progress};
use clap::Parser;
use tempfile::TempDir;

use list::{BREAKAGES, Breakage};

/// The files of tests that are run, the most telling first; the first that fails ends it. Not those
/// about image files and controllers, where the same program boots again and again.
const PARTS: &[&str] = &[
    "start",
    "editor",
    "firmware",
    "keyboard",
    "power_button",
    "ports",
    "slow_reader",
    "pm_block",
    "entry",
    "idle",
    "random",
    "paste",
    "boards",
];

/// Failed tests after which a part is broken off: they are enough to tell.
const ENOUGH: usize = 3;

/// Seconds after which a machine counts as hung, where `BOOT256_DEADLINE` does not say: enough on a machine
/// that does nothing else. See `boot256_qemu::deadline`.
const DEADLINE: &str = "20";

/// The part of the page that shows the result.
const PART: &str = "breakages";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Breaks the program on purpose: which test finds it?
#[derive(Parser)]
struct Options {
    /// The folder with boot.bin and tools/boot256-images
    build: PathBuf,
    /// The page that shows the result
    page: PathBuf,
    /// Only the breakages with this text in their names, and the page as it is
    #[arg(long)]
    only: Option<String>,
}

/// Whether every breakage went as the list says.
fn run() -> Result<bool> {
    let Options { build, page, only } = Options::parse();
    ensure!(page::has(&file::read_text(&page)?, PART), "{} has no part {PART}", page.display());
    let program = build.join("boot.bin");
    let program = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    let asked = |breakage: &&Breakage| only.as_ref().is_none_or(|text| breakage.name.contains(text));
    let mutants = BREAKAGES.iter().filter(asked).map(|breakage| Ok((breakage, breakage.of(&program)?)));
    let mutants: Vec<_> = mutants.collect::<Result<_>>()?; // a pattern that is wrong shows before any test runs
    ensure!(!mutants.is_empty(), "no breakage has `{}` in its name", only.unwrap_or_default());

    let tests = test_program()?;
    let sound = failures(&tests, &build, &program)?;
    ensure!(sound.is_empty(), "the program as it is fails already: {}", sound.join(", "));

    let mut right = true;
    let mut table = String::from("| broken on purpose | found by |\n|---|---|\n");
    let line = progress::line("breakages", mutants.len() as u64);
    for (breakage, mutant) in mutants {
        let failed = failures(&tests, &build, &mutant)?;
        let found = match (&failed[..], breakage.unseen) {
            ([], None) => "**nothing**".into(),
            ([], Some(why)) => format!("nothing here: {why}"),
            (failed, _) => failed.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", "),
        };
        right &= failed.is_empty() == breakage.unseen.is_some();
        line.suspend(|| println!("{}: {found}", breakage.name));
        line.inc(1);
        table += &format!("| {} | {found} |\n", breakage.name);
    }
    if only.is_none() {
        page::update(&page, &[(PART, &table)])?;
    }
    Ok(right)
}

/// The tests that fail with `program`, [`ENOUGH`] of the first part in which any does.
fn failures(tests: &Path, build: &Path, program: &[u8]) -> Result<Vec<String>> {
    let images = images(build, program)?;
    for part in PARTS {
        let failed = failures_of(tests, part, images.path())?;
        if !failed.is_empty() {
            return Ok(failed);
        }
    }
    Ok(Vec::new())
}

/// A folder with `program` and its images.
fn images(build: &Path, program: &[u8]) -> Result<TempDir> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let file = folder.path().join("boot.bin");
    fs::write(&file, program).with_context(|| format!("cannot write {}", file.display()))?;
    let tool = build.join("tools/boot256-images");
    for (kind, name) in [("disk", "boot.img"), ("floppy", "boot-floppy.img")] {
        let status = Command::new(&tool).arg(kind).arg(&file).arg(folder.path().join(name)).status();
        let status = status.with_context(|| format!("cannot start {}: run `make all`", tool.display()))?;
        ensure!(status.success(), "no {name} of a broken program");
    }
    Ok(folder)
}

/// The program that holds the contract's tests, built if need be.
fn test_program() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = Command::new(cargo)
        .args(["test", "--package", "boot256-tests", "--test", "contract", "--no-run", "--message-format=json"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(build.status.success(), "the tests do not build");
    let messages = String::from_utf8_lossy(&build.stdout).into_owned();
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    // The programs of the same crate are built and named along with it.
    let file = messages.find_map(|message| match message["target"]["name"].as_str()? {
        "contract" => Some(PathBuf::from(message["executable"].as_str()?)),
        _ => None,
    });
    file.context("cargo names no test program")
}

fn failures_of(tests: &Path, part: &str, images: &Path) -> Result<Vec<String>> {
    let mut tests = Command::new(tests)
        .args([&format!("{part}::"), "--format=pretty"])
        .env("BOOT256_BUILD", images)
        .env("BOOT256_DEADLINE", std::env::var("BOOT256_DEADLINE").unwrap_or_else(|_| DEADLINE.into()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start the tests")?;
    let mut ran = false;
    let mut failed = Vec::new();
    for line in BufReader::new(tests.stdout.take().expect("its output is a pipe")).lines() {
        let line = line.context("the tests' output ends early")?;
        let Some((name, result)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else {
            continue;
        };
        ran = true;
        if result == "FAILED" {
            failed.push(name.to_owned());
        }
        if failed.len() == ENOUGH {
            // Its machines end with it. An error means that it has ended by itself.
            let _ = tests.kill();
            break;
        }
    }
    tests.wait().context("the tests do not end")?;
    ensure!(ran, "no test of `{part}` has run");
    Ok(failed)
}
