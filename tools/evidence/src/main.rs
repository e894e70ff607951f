//! Puts the tables of where the program has been seen to run into the pages: `make evidence`.

use std::path::PathBuf;

use anyhow::Result;
use boot256_evidence::{Evidence, PAGE, SUMMARY};
use clap::Parser;

/// Writes the tables of tests/facts/evidence.toml into the pages that have room for them
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Markdown files with the markers of one of the tables
    #[arg(required = true)]
    pages: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let evidence = Evidence::read()?;
    let (summary, page) = (evidence.summary(), evidence.page());
    for path in &options.pages {
        boot256_kit::page::update(path, &[(SUMMARY, &summary), (PAGE, &page)])?;
    }
    Ok(())
}
