//! The command line that the Makefile calls.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use boot256_inspect::ledger::Ledger;
use boot256_inspect::listing::Listing;
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::{disasm, golden, map_json, map_svg};
use boot256_kit::{file, page};
use clap::{Args, Parser, Subcommand};

/// What each byte of the program is.
///
/// A page is written whole or not at all.
#[derive(Parser)]
#[command(name = "boot256-inspect", arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    /// The folder whose src/ the program was built from
    #[arg(long, global = true, default_value = ".")]
    root: PathBuf,
}

/// ELF is build/boot.elf.
#[derive(Subcommand)]
enum Command {
    /// How many of the 256 bytes it needs
    Size { elf: PathBuf },
    /// Of a program that is too big: by how much, and the ledger
    Oversize { elf: PathBuf },
    /// Bytes by function and by file, as Markdown; the parts of a page are called ledger and ledger-files
    Ledger {
        elf: PathBuf,
        #[command(flatten)]
        pages: Pages,
    },
    /// Listing with functions, places in the source, register contracts
    Disasm { elf: PathBuf },
    /// Listing of bytes, instructions and symbols only
    Golden {
        elf: PathBuf,
        /// Exit code 1 and a diff if LISTING is another
        #[arg(long, value_name = "LISTING")]
        check: Option<PathBuf>,
    },
    /// The bytes as a picture, SVG
    Map { elf: PathBuf },
    /// The byte map for the web page
    MapJson { elf: PathBuf },
}

#[derive(Args)]
#[group(multiple = false)]
struct Pages {
    /// Writes it into each PAGE
    #[arg(long, value_name = "PAGE", num_args = 1..)]
    update: Vec<PathBuf>,
    /// Exit code 1 and a diff if a PAGE has another
    #[arg(long, value_name = "PAGE", num_args = 1..)]
    check: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run(&CommandLine::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &CommandLine) -> Result<ExitCode> {
    let listing = |elf: &Path| Listing::read(elf, &args.root);
    match &args.command {
        Command::Size { elf } => println!("{}", Program::read(elf)?.size()),
        Command::Oversize { elf } => {
            let listing = listing(elf)?;
            let used = listing.program.used;
            ensure!(used > CAPACITY, "the program fits: {}", listing.program.size());
            println!("{}", Ledger::new(&listing)?.by_function());
            println!("boot256: {used} bytes, {} too many", used - CAPACITY);
        }
        Command::Ledger { elf, pages } => return ledger(&Ledger::new(&listing(elf)?)?, pages),
        Command::Disasm { elf } => print!("{}", disasm::disasm(&listing(elf)?)),
        Command::Golden { elf, check } => {
            let listing = golden::golden(&Program::read(elf)?)?;
            match check {
                Some(path) => return Ok(report(&file::read_text(path)?, &listing, path)),
                None => print!("{listing}"),
            }
        }
        Command::Map { elf } => print!("{}", map_svg::map_svg(&listing(elf)?)?),
        Command::MapJson { elf } => {
            let listing = listing(elf)?;
            ensure!(listing.program.used <= CAPACITY, "the program has {} bytes", listing.program.used);
            println!("{}", map_json::map_json(&listing));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn ledger(ledger: &Ledger, pages: &Pages) -> Result<ExitCode> {
    if pages.update.is_empty() && pages.check.is_empty() {
        print!("{}\n{}", ledger.by_function(), ledger.by_file());
    }
    let (by_function, by_file) = (ledger.by_function(), ledger.by_file());
    for path in &pages.update {
        page::update(path, &[("ledger", &by_function), ("ledger-files", &by_file)])?;
    }
    let mut code = ExitCode::SUCCESS;
    for path in &pages.check {
        let old = file::read_text(path)?;
        let new = ledger.fill_in(&old).with_context(|| path.display().to_string())?;
        if report(&old, &new, path) != ExitCode::SUCCESS {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Shows how the file at `path` differs from what it should be.
fn report(old: &str, new: &str, path: &Path) -> ExitCode {
    if old == new {
        return ExitCode::SUCCESS;
    }
    print!("{}", golden::diff(old, new, &path.display().to_string(), "what the program is"));
    eprintln!("boot256: {} is not what the program is", path.display());
    ExitCode::FAILURE
}
