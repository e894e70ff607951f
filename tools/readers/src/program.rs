//! The program itself: its flat file, and the ELF that says how much of it is used.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol};

/// Bytes of the flat file, padding included.
pub const SIZE: usize = 256;

/// Where the bytes lie that nothing needs: between the code and the text, as the symbols say that
/// `linker.ld` puts in the ELF. Empty where all are used.
///
/// # Errors
///
/// The file is no ELF, has no such symbols, or they are not in the flat file.
pub fn padding(elf: &Path) -> Result<Range<usize>> {
    let bytes = std::fs::read(elf).with_context(|| elf.display().to_string())?;
    let elf = object::File::parse(bytes.as_slice())?;
    let origin = elf.section_by_name(".text").context("no section .text")?.address();
    let offset = |name: &str| {
        let symbol = elf.symbols().find(|symbol| symbol.name() == Ok(name));
        let address = symbol.with_context(|| format!("no symbol {name} in the ELF"))?.address();
        let offset = address.checked_sub(origin).and_then(|offset| usize::try_from(offset).ok());
        offset.filter(|&offset| offset <= SIZE).with_context(|| format!("{name} is not in the {SIZE} bytes"))
    };
    let padding = offset("__code_end")?..offset("__text")?;
    ensure!(padding.start <= padding.end, "the code runs into the text");
    Ok(padding)
}
