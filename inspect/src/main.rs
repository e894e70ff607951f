//! The command line that the Makefile calls.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use boot256_inspect::listing::Listing;
use boot256_inspect::map_json;
use lexopt::Parser;
use lexopt::prelude::*;

const HELP: &str = "\
boot256-inspect: what each of the 256 bytes is

  map-json ELF   the byte map for the web page, as JSON

ELF is build/boot.elf. The source that it was built from is read in the current folder.";

fn main() -> ExitCode {
    match run(Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot256: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Parser) -> Result<()> {
    let Some(command) = args.value().ok().map(|c| c.string()).transpose()? else {
        println!("{HELP}");
        return Ok(());
    };
    match command.as_str() {
        "map-json" => {
            let elf = PathBuf::from(args.value()?);
            println!("{}", map_json::map_json(&Listing::read(&elf, Path::new("."))?));
            Ok(())
        }
        other => bail!("no command {other:?}; boot256-inspect alone lists them"),
    }
}
