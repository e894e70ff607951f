//! Tables in the project's pages, between two markers each: `<!-- ledger -->` and `<!-- /ledger -->`.

use anyhow::{Result, ensure};
use similar::TextDiff;

/// Puts `table` between the markers called `name`, wherever `page` has them.
///
/// # Errors
///
/// A marker without its partner.
pub fn fill_in(page: &str, name: &str, table: &str) -> Result<String> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let mut filled = String::new();
    let mut rest = page;
    while let Some(from) = rest.find(&open) {
        let (before, after) = rest.split_at(from + open.len());
        let to = after.find(&close);
        let next = after.find(&open).unwrap_or(usize::MAX);
        let to = to.filter(|&to| to < next && !before.contains(&close));
        ensure!(to.is_some(), "the marker {open} has no partner {close}");
        filled.push_str(before);
        // Blank lines, without which Markdown takes a table for text.
        filled.push_str("\n\n");
        filled.push_str(table.trim());
        filled.push_str("\n\n");
        filled.push_str(&close);
        rest = &after[to.unwrap_or_default() + close.len()..];
    }
    ensure!(!rest.contains(&close), "the marker {close} has no partner {open}");
    filled.push_str(rest);
    Ok(filled)
}

/// Does `page` have a marker called `name`?
pub fn has_marker(page: &str, name: &str) -> bool {
    page.contains(&format!("<!-- {name} -->")) || page.contains(&format!("<!-- /{name} -->"))
}

/// What to do to `old` to get `new`, as a unified diff with three lines around each change; nothing
/// if they are equal.
pub fn diff(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(old_name, new_name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Ledger\n<!-- ledger -->\nold\n<!-- /ledger -->\nend <!-- other -->\n";

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let filled = fill_in(PAGE, "ledger", "| a |\n").unwrap();
        assert_eq!(filled, "# Ledger\n<!-- ledger -->\n\n| a |\n\n<!-- /ledger -->\nend <!-- other -->\n");
        assert_eq!(fill_in(&filled, "ledger", "| a |").unwrap(), filled, "a second time changes nothing");
        assert_eq!(fill_in(PAGE, "none", "x").unwrap(), PAGE);
    }

    #[test]
    fn every_pair_of_markers_is_filled() {
        let filled = fill_in("<!-- a --><!-- /a --> and <!-- a -->old<!-- /a -->", "a", "x").unwrap();
        assert_eq!(filled, "<!-- a -->\n\nx\n\n<!-- /a --> and <!-- a -->\n\nx\n\n<!-- /a -->");
    }

    #[test]
    fn a_marker_alone_is_refused() {
        for page in ["<!-- a -->", "<!-- /a -->", "<!-- /a --> <!-- a -->", "<!-- a --> <!-- a --> <!-- /a -->"] {
            assert!(fill_in(page, "a", "x").is_err(), "{page}");
            assert!(has_marker(page, "a"));
        }
        assert!(!has_marker("<!-- ab -->", "a"));
    }

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(diff("a\n", "a\n", "x", "y"), "");
        assert_eq!(diff("a\nb\n", "a\nc\n", "x", "y"), "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }
}
