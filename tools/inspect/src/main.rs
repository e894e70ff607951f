//! The command line that the Makefile calls.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use boot256_inspect::listing::Listing;
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::{ledger, write};
use boot256_kit::page;
use clap::Parser;

/// What each byte of the program is. ELF is build/boot.elf; it and src/ are looked for in this folder.
#[derive(Parser)]
#[command(name = "boot256-inspect", arg_required_else_help = true)]
enum Command {
    /// How many of the 256 bytes it needs
    Size { elf: PathBuf },
    /// For a program over 256 bytes: the excess, and the ledger
    Oversize { elf: PathBuf },
    /// Bytes by function and by file, as Markdown; each PAGE that has parts called ledger or ledger-files gets them
    Ledger { elf: PathBuf, page: Vec<PathBuf> },
    /// Listing with functions, places in the source, register contracts
    Disasm { elf: PathBuf },
    /// Listing of bytes, instructions and symbols only
    Golden { elf: PathBuf },
    /// The byte map for the web page
    MapJson { elf: PathBuf },
}

fn main() -> ExitCode {
    match run(&Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    let root = PathBuf::from(".");
    let fits = |listing: Listing| {
        ensure!(listing.program.used <= CAPACITY, "the program has {} bytes", listing.program.used);
        Ok(listing)
    };
    match command {
        Command::Size { elf } => {
            let program = Program::read(elf)?;
            println!("{} / {CAPACITY} bytes ({})", program.used, program.rest());
        }
        Command::Oversize { elf } => {
            let listing = Listing::read(elf, &root)?;
            ensure!(listing.program.used > CAPACITY, "the program fits: {}", listing.program.rest());
            println!("{}", ledger::by_function(&listing));
            println!("boot256: {} bytes, {}", listing.program.used, listing.program.rest());
        }
        Command::Ledger { elf, page } => {
            let listing = Listing::read(elf, &root)?;
            let (functions, files) = (ledger::by_function(&listing), ledger::by_file(&listing));
            println!("{functions}\n{files}");
            for path in page {
                page::update(path, &[("ledger", &functions), ("ledger-files", &files)])?;
            }
        }
        Command::Disasm { elf } => print!("{}", write::disasm(&Listing::read(elf, &root)?)),
        Command::Golden { elf } => print!("{}", write::golden(&fits(Listing::bare(Program::read(elf)?)?)?)),
        Command::MapJson { elf } => println!("{}", write::map_json(&fits(Listing::read(elf, &root)?)?)),
    }
    Ok(())
}
