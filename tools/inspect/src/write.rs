//! The listing as text, for a reader, for a comparison, and for the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};

use crate::listing::{Language, Line, Listing};
use crate::program::CAPACITY;

/// Bytes in one row.
const ROW: usize = 8;

/// The listing for a reader: each row has its address, and who wrote it, the innermost function and its place in
/// the source. Where a function or an assembly block with a register contract begins, the contract stands above.
pub fn disasm(listing: &Listing) -> String {
    let longest = |of: fn(&Line) -> &str| listing.lines.iter().map(|line| of(line).len()).max().unwrap_or_default();
    let (text, function) = (longest(|line| &line.text), longest(|line| &line.function));
    rows(
        listing,
        |line| line.contract.as_ref().map(|contract| format!("{:16}; {contract}\n", "")).unwrap_or_default(),
        |address| format!("{address:04X}"),
        |line| {
            let place = match &line.place {
                Some((file, Some(number))) => format!("{file}:{number}"),
                Some((file, None)) => file.clone(),
                None => String::new(),
            };
            format!("{:text$}  ; {:4}  {:function$}  {place}", line.text, word(line.language), line.function)
        },
    )
}

/// The listing for a comparison: bytes, instructions and symbols only.
///
/// Instructions have no address, and jumps within a function go to labels: an instruction put in shows as one
/// line more, and besides it only the jumps whose distance has changed.
pub fn golden(listing: &Listing) -> String {
    let labels = labels(listing);
    let label = |address: &u16| labels.get(address);
    let rows = rows(
        listing,
        |line| label(&line.address).map(|label| format!("{label}:\n")).unwrap_or_default(),
        |_| String::new(),
        |line| match line.target.as_ref().and_then(|target| Some((target, label(target)?))) {
            Some((target, label)) => line.text.replace(&format!("{target:04X}h"), label),
            None => line.text.clone(),
        },
    );
    format!("; {} of {CAPACITY} bytes. `make golden` writes this file anew.\n\n{rows}", listing.program.used)
}

/// Symbols and bytes, and what the three functions say: above a line, of an address, and behind the bytes.
/// Bytes that are also those of the next line are in brackets.
fn rows(
    listing: &Listing,
    above: impl Fn(&Line) -> String,
    before: impl Fn(usize) -> String,
    behind: impl Fn(&Line) -> String,
) -> String {
    let mut text = String::new();
    for line in &listing.lines {
        if line.language == Language::Free {
            let _ = writeln!(text, "\n; {} free", line.bytes.len());
            continue;
        }
        if let Some(symbol) = listing.program.symbols().find(|symbol| symbol.address == line.address) {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}: ; {:04X}h, {} bytes", symbol.name, symbol.address, symbol.size);
        }
        text += &above(line);
        let (own, shared) = (hex(line.own()), hex(&line.bytes[line.own().len()..]));
        let bytes: Vec<String> = own.into_iter().chain(shared.into_iter().map(|byte| format!("[{byte}]"))).collect();
        for (i, row) in bytes.chunks(ROW).enumerate() {
            let address = before(usize::from(line.address) + i * ROW);
            let words = if i == 0 { behind(line) } else { String::new() };
            let _ = writeln!(text, "{}", format!("{address}  {:24}  {words}", row.join(" ")).trim_end());
        }
    }
    text
}

fn hex(bytes: &[u8]) -> Vec<String> {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A name for each place that a jump goes to and that has no symbol: `.1`, `.2` in each function.
fn labels(listing: &Listing) -> BTreeMap<u16, String> {
    let targets: BTreeSet<u16> = listing.lines.iter().filter_map(|line| line.target).collect();
    let mut counts = BTreeMap::new();
    let mut labels = BTreeMap::new();
    for target in targets {
        let function = listing.program.functions.iter().find(|f| f.has(target)).map(|function| function.address);
        if function != Some(target) {
            let count: &mut usize = counts.entry(function).or_default();
            *count += 1;
            labels.insert(target, format!(".{count}"));
        }
    }
    labels
}

/// The byte map for the web page (`web/page/map.js` says what it needs):
/// `{size, bytes: [{offset, value, function, file, lang, address, instruction, also, first}, ...]}`, an entry
/// for each byte. `size` is the number of bytes that the program needs; `file` is the function's
/// (`src/line.rs`), empty for free bytes; `address` is that of the instruction the byte belongs to, which
/// begins where `first` is true; `also` is another instruction that has the byte, where there is one.
pub fn map_json(listing: &Listing) -> Value {
    let mut bytes = Vec::new();
    let mut also = (0, "");
    for line in &listing.lines {
        for (i, value) in line.own().iter().enumerate() {
            bytes.push(json!({
                "offset": bytes.len(),
                "value": value,
                "function": line.function,
                "file": line.place.as_ref().map_or("", |(file, _)| file.as_str()),
                "lang": word(line.language).to_ascii_lowercase(),
                "address": line.address,
                "instruction": line.text,
                "also": if bytes.len() < also.0 { also.1 } else { "" },
                "first": i == 0,
            }));
        }
        if line.shared > 0 {
            also = (bytes.len() + line.shared, &line.text);
        }
    }
    json!({ "size": listing.program.used, "bytes": bytes })
}

fn word(language: Language) -> &'static str {
    match language {
        Language::Rust => "Rust",
        Language::Assembly => "asm",
        Language::Data => "data",
        Language::Free => "free",
    }
}

/// Bytes as an assembler would take them: text in quotes, the others as numbers.
pub fn data(bytes: &[u8]) -> String {
    let is_text = |byte: u8| (0x20..0x7F).contains(&byte) && byte != b'\'';
    let items = bytes.chunk_by(|&a, &b| is_text(a) && is_text(b)).map(|run| match run {
        [first, ..] if is_text(*first) => format!("'{}'", String::from_utf8_lossy(run)),
        _ => run.iter().map(|byte| format!("{}{byte:02X}h", if *byte >= 0xA0 { "0" } else { "" })).collect(),
    });
    format!("db {}", items.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tests::program;
    use crate::program::Symbol;

    #[test]
    fn the_form_for_a_reader() {
        // jz to the in of `test al, 0ECh`; in al, dx; ret; a text
        let mut program = program(b"\x74\x01\xA8\xEC\xC3\n'123456789\xFF");
        program.constants.push(Symbol { name: "m::TEXT".into(), address: 0x7C05, size: 12 });
        let mut listing = Listing::bare(program).unwrap();
        listing.lines[1].contract = Some("Clobbers: AX.".into());
        listing.lines[1].function = "inner".into();
        listing.lines[1].place = Some(("src/m.rs".into(), Some(7)));
        let row = "7C02  A8 [EC]                   test al, 0ECh                   ; Rust  inner  src/m.rs:7\n";
        let text = disasm(&listing);
        assert!(text.contains(&format!("\n                ; Clobbers: AX.\n{row}7C03  EC      ")), "{text}");
        assert!(text.contains("\n7C0D  37 38 39 FF\n"), "{text}");
    }
}
