//! The linked program as `boot.elf` holds it: bytes, symbols, where it ends.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use boot256_kit::file;

/// What a BIOS loads of it, in bytes; a program that needs more does not boot.
pub const CAPACITY: usize = 256;

/// A function or a constant of the symbol table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name without the crate's: `console::teletype`.
    pub name: String,
    /// Where it starts.
    pub address: u16,
    /// Its length in bytes.
    pub size: u16,
}

impl Symbol {
    /// Has it the byte at `address`?
    pub fn has(&self, address: u16) -> bool {
        (self.address..self.address + self.size).contains(&address)
    }
}

/// A program at its address.
#[derive(Clone, Debug)]
pub struct Program {
    /// Address of the first byte: 7C00h, where a BIOS loads it.
    pub origin: u16,
    /// The bytes that it needs, zero or not, and the padding up to [`CAPACITY`] at [`free_at`](Self::free_at).
    pub bytes: Vec<u8>,
    /// How many it needs. More than [`CAPACITY`] only where a link that did not fit was asked for.
    pub used: usize,
    /// Where the padding begins, [`free`](Self::free) bytes long: behind the code, before the text.
    pub free_at: u16,
    /// Its functions, lowest first.
    pub functions: Vec<Symbol>,
    /// Its constants, lowest first.
    pub constants: Vec<Symbol>,
}

impl Program {
    /// Reads `boot.elf`.
    ///
    /// # Errors
    /// The file cannot be read, or is no link by the project's `linker.ld`.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&file::read(path)?).with_context(|| path.display().to_string())
    }

    /// Takes the program out of the content of `boot.elf`.
    ///
    /// # Errors
    /// It is no ELF file, or none that was linked by the project's `linker.ld`.
    pub fn parse(elf: &[u8]) -> Result<Self> {
        let elf = object::File::parse(elf)?;
        let symbol = |name: &str| {
            let symbol = elf.symbol_by_name(name).with_context(|| format!("no symbol {name}: not linked by linker.ld"));
            symbol.map(|symbol| symbol.address())
        };
        let (used, code_end) = (usize::try_from(symbol("__used")?)?, symbol("__code_end")?);
        let text = elf.section_by_name(".text").context("no section .text")?;
        let origin = u16::try_from(text.address()).context("linked above the first 64 KiB")?;
        let free_at = u16::try_from(code_end).context("linked above the first 64 KiB")?;
        let mut bytes = text.data()?.to_vec();
        ensure!(used <= bytes.len(), "__used is {used}, but .text has {} bytes", bytes.len());
        bytes.truncate(used.max(CAPACITY));
        bytes.resize(used.max(CAPACITY), 0);

        let (mut functions, mut constants) = (Vec::new(), Vec::new());
        for symbol in elf.symbols().filter(|symbol| symbol.size() > 0) {
            let symbols = match symbol.kind() {
                SymbolKind::Text => &mut functions,
                SymbolKind::Data => &mut constants,
                _ => continue,
            };
            let raw = symbol.name()?;
            let (from, to) = (symbol.address(), symbol.address() + symbol.size());
            if from < u64::from(origin) || to > u64::from(origin) + bytes.len() as u64 {
                bail!("{raw} is outside of the program");
            }
            let name = plain_name(raw).unwrap_or_else(|| raw.to_owned());
            symbols.push(Symbol { name, address: from as u16, size: symbol.size() as u16 });
        }
        ensure!(!functions.is_empty(), "no function in the symbol table");
        functions.sort_by_key(|function| function.address);
        constants.sort_by_key(|constant| constant.address);
        let program = Self { origin, bytes, used, free_at, functions, constants };
        let from = usize::from(free_at.checked_sub(origin).context("__code_end is before the program")?);
        let padding = program.bytes.get(from..from + program.free()).context("no room for the padding")?;
        ensure!(padding.iter().all(|&byte| byte == 0), "bytes behind __code_end are not 0");
        Ok(program)
    }

    /// The bytes that nothing needs.
    pub fn free(&self) -> usize {
        CAPACITY.saturating_sub(self.used)
    }

    /// What is left of the 256 bytes, in words: `1 free`.
    pub fn rest(&self) -> String {
        match self.used.checked_sub(CAPACITY) {
            Some(over) if over > 0 => format!("{over} too many"),
            _ => format!("{} free", self.free()),
        }
    }

    /// Its functions and its constants.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.functions.iter().chain(&self.constants)
    }
}

/// The path in its crate of one of the program's own functions or constants, generic arguments left out:
/// `<boot256::line::Cursor>::is_at::<88>` is `line::Cursor::is_at`. None for those of other crates.
pub fn plain_name(symbol: &str) -> Option<String> {
    let full = format!("{:#}", rustc_demangle::demangle(symbol));
    let path = full.trim_start_matches('<');
    let mut rest = if path.contains("::") { path.strip_prefix("boot256::")? } else { path };
    let mut plain = String::new();
    while let Some(c) = rest.chars().next() {
        if let Some(arguments) = rest.strip_prefix("::<") {
            // Generic arguments: up to the bracket that closes them, which is left out below.
            let mut depth = 1;
            let end = arguments.find(|c| {
                depth += i32::from(c == '<') - i32::from(c == '>');
                depth == 0
            });
            rest = end.map_or("", |end| &arguments[end..]);
        } else if rest.starts_with(" as ") {
            // `<Type as Trait>::function`: the type names the function well enough.
            rest = rest.find('>').map_or("", |end| &rest[end..]);
        } else {
            plain.extend((c != '>').then_some(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_crate_brackets_and_arguments() {
        for (symbol, name) in [
            ("entry", "entry"),
            ("_RNvNtCsjI9tWc4i2Ie_7boot2567console8teletype", "console::teletype"),
            ("<boot256::line::Cursor>::is_at::<88>", "line::Cursor::is_at"),
            ("<boot256::line::Cursor as core::clone::Clone>::clone", "line::Cursor::clone"),
            ("boot256::a::f::<core::option::Option<u8>>", "a::f"),
            ("<boot256::a::Pair>::new::<u8, core::option::Option<u8>>::inner::<1>::last", "a::Pair::new::inner::last"),
        ] {
            assert_eq!(plain_name(symbol).as_deref(), Some(name));
        }
        assert_eq!(plain_name("core::option::Option<boot256::pm::Block>::unwrap"), None);
    }
}
