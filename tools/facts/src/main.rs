//! `boot256-facts`: brings the contract's tables in pages up to date. `make facts` runs it.

use std::path::PathBuf;

use anyhow::Result;
use boot256_facts::page;
use clap::Parser;

/// Brings the tables that are made of tools/facts/cases.toml up to date.
#[derive(Parser)]
struct Args {
    /// Pages, of which those parts are written that they have.
    #[arg(required = true)]
    pages: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let (inputs, cases) = (page::inputs(), page::cases());
    for path in &Args::parse().pages {
        boot256_kit::page::update(path, &[("inputs", &inputs), ("cases", &cases)])?;
    }
    Ok(())
}
