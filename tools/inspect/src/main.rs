//! The command line that the Makefile calls.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use boot256_inspect::ledger::Ledger;
use boot256_inspect::listing::Listing;
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::{disasm, golden, map_json, map_svg};
use boot256_kit::file;
use lexopt::Parser;
use lexopt::prelude::*;

const HELP: &str = "\
boot256-inspect: what each byte of the program is

  size ELF                      how many of the 256 bytes it needs
  oversize ELF                  of a program that is too big: by how much, and the ledger
  ledger ELF                    bytes by function and by file, as Markdown
  ledger ELF --update PAGE...   the same between the markers ledger:begin and ledger:end, and
                                ledger-files:begin and ledger-files:end, of each PAGE
  ledger ELF --check PAGE...    exit code 1 and a diff if a PAGE has another ledger
  disasm ELF                    listing with functions, places in the source, register contracts
  golden ELF                    listing of bytes, instructions and symbols only
  golden ELF --check LISTING    exit code 1 and a diff if LISTING is another
  map ELF                       the bytes as a picture, SVG
  map-json ELF                  the byte map for the web page

ELF is build/boot.elf. The source that it was built from is src/ in the current folder, or in the
one that --root names. A page is written whole or not at all.";

fn main() -> ExitCode {
    match run(Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What to do with the files behind the ELF file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Print,
    Update,
    Check,
}

struct Args {
    elf: PathBuf,
    root: PathBuf,
    action: Action,
    files: Vec<PathBuf>,
}

fn run(mut parser: Parser) -> Result<ExitCode> {
    let command = match parser.next()? {
        Some(Value(command)) => command.string()?,
        None | Some(Long("help") | Short('h')) => {
            println!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    let commands = ["size", "oversize", "ledger", "disasm", "golden", "map", "map-json"];
    ensure!(commands.contains(&command.as_str()), "no command {command:?}; boot256-inspect alone lists them");
    let args = arguments(&mut parser)?;
    let takes: &[Action] = match command.as_str() {
        "ledger" => &[Action::Print, Action::Update, Action::Check],
        "golden" => &[Action::Print, Action::Check],
        _ => &[Action::Print],
    };
    ensure!(takes.contains(&args.action), "{command} only prints");
    let listing = || Listing::read(&args.elf, &args.root);
    match command.as_str() {
        "size" => println!("{}", Program::read(&args.elf)?.size()),
        "oversize" => {
            let listing = listing()?;
            let used = listing.program.used;
            ensure!(used > CAPACITY, "the program fits: {}", listing.program.size());
            println!("{}", Ledger::new(&listing)?.by_function());
            println!("boot256: {used} bytes, {} too many", used - CAPACITY);
        }
        "ledger" => return ledger(&args, &listing()?),
        "disasm" => print!("{}", disasm::disasm(&listing()?)),
        "golden" => {
            let listing = golden::golden(&Program::read(&args.elf)?)?;
            match (args.action, args.files.as_slice()) {
                (Action::Check, [path]) => return Ok(report(&file::read_text(path)?, &listing, path)),
                (Action::Check, _) => bail!("one listing to check"),
                _ => print!("{listing}"),
            }
        }
        "map" => print!("{}", map_svg::map_svg(&listing()?)?),
        "map-json" => {
            let listing = listing()?;
            ensure!(listing.program.used <= CAPACITY, "the program has {} bytes", listing.program.used);
            println!("{}", map_json::map_json(&listing));
        }
        _ => unreachable!("the list above"),
    }
    Ok(ExitCode::SUCCESS)
}

fn arguments(parser: &mut Parser) -> Result<Args> {
    let (mut elf, mut root, mut action, mut files) = (None, PathBuf::from("."), Action::Print, Vec::new());
    while let Some(arg) = parser.next()? {
        match arg {
            Long("update") if action == Action::Print => action = Action::Update,
            Long("check") if action == Action::Print => action = Action::Check,
            Long("root") => root = parser.value()?.into(),
            Value(path) if elf.is_none() => elf = Some(PathBuf::from(path)),
            Value(path) if action != Action::Print => files.push(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Args { elf: elf.context("the ELF file is missing: build/boot.elf")?, root, action, files })
}

fn ledger(args: &Args, listing: &Listing) -> Result<ExitCode> {
    let ledger = Ledger::new(listing)?;
    if args.action == Action::Print {
        print!("{}\n{}", ledger.by_function(), ledger.by_file());
        return Ok(ExitCode::SUCCESS);
    }
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        let old = file::read_text(path)?;
        let new = ledger.fill_in(&old).with_context(|| path.display().to_string())?;
        if args.action == Action::Check {
            if report(&old, &new, path) != ExitCode::SUCCESS {
                code = ExitCode::FAILURE;
            }
        } else if new != old {
            file::write(path, &new)?;
            println!("boot256: {} brought up to date", path.display());
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
