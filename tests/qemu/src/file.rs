//! Files that appear whole or not at all: pages and reports.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes `text` beside `path` under another name, and renames it when it is whole.
///
/// # Errors
/// If it cannot; what was at `path` before is still there.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let draft = path.with_added_extension("tmp");
    fs::write(&draft, text)
        .and_then(|()| fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
