//! The program itself: its flat file, and the ELF that says how much of it is used.

use std::path::Path;

use anyhow::{Context, Result};
use object::{Object, ObjectSymbol};

/// Bytes of the flat file, padding included.
pub const SIZE: usize = 256;

/// Bytes that code and data take, from the symbol `__used` that `linker.ld` puts in the ELF.
///
/// # Errors
///
/// The file is no ELF or has no such symbol.
pub fn used(elf: &Path) -> Result<u64> {
    let bytes = std::fs::read(elf).with_context(|| elf.display().to_string())?;
    let elf = object::File::parse(bytes.as_slice())?;
    elf.symbols()
        .find(|symbol| symbol.name() == Ok("__used"))
        .map(|symbol| symbol.address())
        .context("no symbol __used in the ELF")
}
