//! The assembly blocks of the program's source: which instructions a person wrote, and their register contracts.
//!
//! No parser of Rust: an `asm!(` or `naked_asm!(`, the strings that follow it, and the comment above it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use boot256_kit::file;

/// An `asm!` or `naked_asm!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// File, from the project's folder: `src/line.rs`.
    pub file: String,
    /// The line where the macro starts, as DWARF has it for all that comes of it.
    pub line: usize,
    /// The function around it, by its own name: `push`.
    pub function: String,
    /// Is it the whole of a naked function?
    pub naked: bool,
    /// What the assembler makes bytes of.
    pub items: Vec<Item>,
    /// Its registers, as the comment above it or above its naked function has them.
    pub contract: Option<String>,
}

/// A line of assembly that makes bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The line of the source.
    pub line: usize,
    /// What it makes.
    pub kind: Kind,
}

/// What a line of assembly makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instruction, as it is written: `jnz 2f`.
    Instruction(String),
    /// So many bytes, by `.byte`.
    Bytes(usize),
}

/// Every block of `src/*.rs` in the project's folder `root`.
///
/// # Errors
/// A file cannot be read, or has assembly in a form that is not known here.
pub fn read(root: &Path) -> Result<Vec<Block>> {
    let folder = root.join("src");
    let mut blocks = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "rs") {
            let name = format!("src/{}", path.file_name().unwrap_or_default().display());
            blocks.extend(scan(&name, &file::read_text(&path)?)?);
        }
    }
    Ok(blocks)
}

/// The blocks of the file `name` with this text.
///
/// # Errors
/// As for [`read`].
pub fn scan(name: &str, text: &str) -> Result<Vec<Block>> {
    const START: &str = "asm!(";
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut blocks = Vec::new();
    for (found, _) in text.match_indices(START) {
        let line = line_of(found);
        if lines[line - 1].starts_with("//") {
            continue;
        }
        let naked = text[..found].ends_with("naked_");
        let function = text[..found].rfind("fn ").with_context(|| format!("{name}:{line}: assembly of no function"))?;
        let items = items(text, found + START.len(), line_of)
            .with_context(|| format!("{name}:{line}: assembly that is not known here"))?;
        blocks.push(Block {
            file: name.to_owned(),
            line,
            function: text[function + 3..]
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
                .into(),
            naked,
            items,
            contract: contract(&lines[..if naked { line_of(function) } else { line } - 1]),
        });
    }
    Ok(blocks)
}

/// The part of a comment that tells of registers, of the comment that ends these lines: from `In:`, `Out:` or
/// `Clobbers:` at the start of a line to the end of the paragraph.
fn contract(lines: &[&str]) -> Option<String> {
    // The statement may begin above the macro, and an assertion or attributes may stand between.
    let between = |line: &&&str| ["unsafe", "const {", "#["].iter().any(|start| line.starts_with(start));
    let comment = lines.iter().rev().skip_while(between).take_while(|line| line.starts_with("//"));
    let mut comment: Vec<&str> = comment.map(|line| line.trim_start_matches('/').trim()).collect();
    comment.reverse();
    let starts = |line: &&str| ["In:", "In, out:", "Out:", "Clobbers:"].iter().any(|start| line.starts_with(start));
    let from = comment.iter().position(starts)?;
    let lines: Vec<_> = comment[from..].iter().copied().take_while(|line| !line.is_empty()).collect();
    Some(lines.join(" "))
}

/// What the template that begins at `at` makes bytes of: its strings, up to the first operand.
fn items(text: &str, mut at: usize, line_of: impl Fn(usize) -> usize) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    loop {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
        let rest = &rest[skipped..];
        at += skipped;
        if rest.starts_with("//") {
            at += rest.find('\n').context("a comment without end")?;
        } else if rest.starts_with('#') {
            // `#[cfg(not(feature = ...))]`: the program that is looked at is built with no feature.
            at += rest.find(']').context("an attribute without end")? + 1;
        } else if let Some(string) = rest.strip_prefix('"') {
            let end = string.find('"').context("a string without end")?;
            for statement in string[..end].split("/*").map(|part| part.rsplit("*/").next().unwrap_or(part)) {
                items.extend(item(statement)?.map(|kind| Item { line: line_of(at), kind }));
            }
            at += end + 2;
        } else {
            return Ok(items);
        }
    }
}

/// What a statement of assembly makes, if it makes any bytes.
fn item(statement: &str) -> Result<Option<Kind>> {
    // A label, then the instruction.
    let statement = match statement.split_once(':') {
        Some((label, rest)) if label.chars().all(|c| c.is_alphanumeric() || c == '_') => rest.trim(),
        _ => statement.trim(),
    };
    let (word, operands) = statement.split_once(' ').unwrap_or((statement, ""));
    Ok(match word {
        "" | ".att_syntax" | ".intel_syntax" => None,
        ".byte" => Some(Kind::Bytes(operands.split(',').count())),
        _ if word.starts_with('.') || statement.contains([';', '\n', '\\']) => bail!("{statement}"),
        _ => Some(Kind::Instruction(statement.to_ascii_lowercase())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_what_the_assembler_makes_bytes_of() {
        let text = |line, text: &str| Item { line, kind: Kind::Instruction(text.into()) };
        let blocks = scan(
            "src/m.rs",
            r#"fn f() { asm!("2: in al, dx", "/* {place} */", // "nop"
                ".att_syntax", "callw {f}", "", ".byte 0xA8, 0",
                #[cfg(not(feature = "x"))] "hlt", "cmp byte ptr es:[di], al", f = sym f, in("al") byte) }"#,
        );
        assert_eq!(
            blocks.unwrap()[0].items,
            [
                text(1, "in al, dx"),
                text(2, "callw {f}"),
                Item { line: 2, kind: Kind::Bytes(2) },
                text(3, "hlt"),
                text(3, "cmp byte ptr es:[di], al")
            ]
        );
        for asm in [r#"".p2align 4""#, r#"".ascii \"a\"""#, r#""cli; hlt""#, r#""cli"#] {
            let error = scan("src/m.rs", &format!("fn f() {{\n    asm!({asm}) }}")).expect_err(asm).to_string();
            assert_eq!(error, "src/m.rs:2: assembly that is not known here");
        }
        assert!(scan("src/m.rs", "global_asm!(\"nop\");").is_err());
    }
}
