//! The byte map for the web page: `web/page/map.js` says what it needs.

use serde_json::{Value, json};

use crate::listing::{Language, Listing};

/// `{size, bytes: [{offset, value, function, file, lang, address, instruction, first}, ...]}`, an entry
/// for each byte. `size` is the number of bytes that the program needs; `file` is the function's
/// (`src/line.rs`), empty for free bytes; `address` is that of the instruction the byte belongs to,
/// which begins where `first` is true.
pub fn map_json(listing: &Listing) -> Value {
    let mut bytes = Vec::new();
    for line in &listing.lines {
        for (i, value) in line.bytes.iter().enumerate() {
            bytes.push(json!({
                "offset": bytes.len(),
                "value": value,
                "function": line.function,
                "file": line.place.as_ref().map_or("", |(file, _)| file.as_str()),
                "lang": word(line.language),
                "address": line.address,
                "instruction": line.text,
                "first": i == 0,
            }));
        }
    }
    json!({ "size": listing.program.used, "bytes": bytes })
}

/// A language as the page's style sheet names it.
pub fn word(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::Assembly => "asm",
        Language::Data => "data",
        Language::Free => "free",
    }
}
