//! The parts of the project's pages that a tool writes: what is between two markers.
//!
//! The markers of the part NAME are `<!-- NAME:begin -->` and `<!-- NAME:end -->`.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::file;

/// `page` with `content` between the markers of `name`, wherever it has them.
///
/// # Errors
///
/// A marker without its partner.
pub fn fill(page: &str, name: &str, content: &str) -> Result<String> {
    let (begin, end) = markers(name);
    let mut filled = String::new();
    let mut rest = page;
    while let Some(from) = rest.find(&begin) {
        let (before, after) = rest.split_at(from + begin.len());
        let next = after.find(&begin).unwrap_or(usize::MAX);
        let to = after.find(&end).filter(|&to| to < next && !before.contains(&end));
        let to = to.with_context(|| format!("the marker {begin} has no partner {end}"))?;
        filled.push_str(before);
        // Without blank lines Markdown may take a table for text.
        filled.push_str("\n\n");
        filled.push_str(content.trim());
        filled.push_str("\n\n");
        filled.push_str(&end);
        rest = &after[to + end.len()..];
    }
    ensure!(!rest.contains(&end), "the marker {end} has no partner {begin}");
    filled.push_str(rest);
    Ok(filled)
}

/// Has `page` a part called `name`, or half of one?
pub fn has(page: &str, name: &str) -> bool {
    let (begin, end) = markers(name);
    page.contains(&begin) || page.contains(&end)
}

/// Writes the parts `(name, content)` into the page at `path`, those that it has, and says whether that
/// changed it.
///
/// # Errors
///
/// The page cannot be read or written, or a marker has no partner.
pub fn update(path: &Path, parts: &[(&str, &str)]) -> Result<bool> {
    let old = file::read_text(path)?;
    let mut new = old.clone();
    for (name, content) in parts {
        new = fill(&new, name, content).with_context(|| path.display().to_string())?;
    }
    if new != old {
        file::write(path, &new)?;
        eprintln!("boot256: {} brought up to date", path.display());
    }
    Ok(new != old)
}

fn markers(name: &str) -> (String, String) {
    (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"))
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
    fn every_pair_of_markers_is_filled() {
        let page = "<!-- a:begin --><!-- a:end --> and <!-- a:begin -->old<!-- a:end -->";
        let part = "<!-- a:begin -->\n\nx\n\n<!-- a:end -->";
        assert_eq!(fill(page, "a", "x").unwrap(), format!("{part} and {part}"));
    }

    #[test]
    fn a_marker_alone_is_refused() {
        let (begin, end) = markers("a");
        for page in [begin.clone(), end.clone(), format!("{end} {begin}"), format!("{begin} {begin} {end}")] {
            assert!(fill(&page, "a", "x").is_err(), "{page}");
            assert!(has(&page, "a"));
        }
        assert!(!has("<!-- ab:begin -->", "a"));
    }

    #[test]
    fn a_page_is_written_only_if_it_changes() {
        let page = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(page.path(), PAGE).unwrap();
        assert!(update(page.path(), &[("ledger", "| a |"), ("none", "x")]).unwrap());
        assert!(!update(page.path(), &[("ledger", "| a |")]).unwrap());
        assert!(file::read_text(page.path()).unwrap().contains("\n\n| a |\n\n"));
    }
}
