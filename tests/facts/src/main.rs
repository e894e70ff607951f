//! `boot256-facts PAGE...`: brings the contract's tables in these pages up to date. `make facts` runs it.

use std::env;
use std::path::Path;

use anyhow::{Result, ensure};
use boot256_facts::page;

fn main() -> Result<()> {
    let pages: Vec<_> = env::args_os().skip(1).collect();
    ensure!(!pages.is_empty(), "usage: boot256-facts PAGE...");
    let (inputs, cases) = (page::inputs(), page::cases());
    for path in &pages {
        boot256_kit::page::update(Path::new(path), &[("inputs", &inputs), ("cases", &cases)])?;
    }
    Ok(())
}
