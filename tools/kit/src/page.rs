//! The parts of the project's pages that a tool writes: what is between two markers.
//!
//! The markers of the part NAME are `<!-- NAME:begin -->` and `<!-- NAME:end -->`.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::file;

/// `page` with `content` between the markers of `name`; as it is if it has none.
///
/// # Errors
///
/// A marker without its partner, or a second pair.
pub fn fill(page: &str, name: &str, content: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = page.split_once(&begin) else {
        ensure!(!page.contains(&end), "the marker {end} has no partner {begin}");
        return Ok(page.to_owned());
    };
    let (old, after) = rest.split_once(&end).with_context(|| format!("the marker {begin} has no partner {end}"))?;
    let more = [before, old, after].iter().any(|part| part.contains(&begin) || part.contains(&end));
    ensure!(!more, "more than one pair of markers {begin}");
    // Blank lines, without which Markdown may take a table for text.
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", content.trim()))
}

/// Writes the parts `(name, content)` into the page at `path`, those that it has.
///
/// # Errors
///
/// The page cannot be read or written, or a marker has no partner.
pub fn update(path: &Path, parts: &[(&str, &str)]) -> Result<()> {
    let old = file::read_text(path)?;
    let mut new = old.clone();
    for (name, content) in parts {
        new = fill(&new, name, content).with_context(|| path.display().to_string())?;
    }
    if new != old {
        file::write(path, &new)?;
        eprintln!("boot256: {} brought up to date", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Ledger\n<!-- ledger:begin -->\nold\n<!-- ledger:end -->\nend <!-- other -->\n";

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let filled = fill(PAGE, "ledger", "| a |\n").unwrap();
        assert_eq!(filled, "# Ledger\n<!-- ledger:begin -->\n\n| a |\n\n<!-- ledger:end -->\nend <!-- other -->\n");
        assert_eq!(fill(&filled, "ledger", "| a |").unwrap(), filled, "a second time changes nothing");
        assert_eq!(fill(PAGE, "none", "x").unwrap(), PAGE);
    }

    #[test]
    fn a_marker_alone_or_a_second_pair_is_refused() {
        let [begin, end] = ["begin", "end"].map(|marker| format!("<!-- a:{marker} -->"));
        for page in ["B", "E", "EB", "BBE", "BEE", "BEBE"] {
            let page: String = page.chars().map(|marker| if marker == 'B' { &*begin } else { &end }).collect();
            assert!(fill(&page, "a", "x").is_err(), "{page}");
        }
    }
}
