//! The reviewed list of what no test notices.
//!
//! ```text
//! tools/images/src/main.rs: replace main with ()
//!     the reason, on a line of its own that begins with blanks; it holds for all names above it
//! ```

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The list.
#[derive(Debug, Default)]
pub struct Survivors(HashSet<String>);

impl Survivors {
    /// Is there a reason for `name`?
    pub fn excuses(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// Reads the list at `path`.
///
/// # Errors
/// If it cannot be read, a name has no reason, or a reason no name.
pub fn read(path: &Path) -> Result<Survivors> {
    parse(&fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?)
        .with_context(|| path.display().to_string())
}

pub(crate) fn parse(text: &str) -> Result<Survivors> {
    let mut names = HashSet::new();
    let mut waiting: Vec<&str> = Vec::new();
    let mut reasoned = false;
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if waiting.is_empty() && !reasoned {
                bail!("line {}: a reason for nothing", n + 1);
            }
            names.extend(waiting.drain(..).map(str::to_owned));
            reasoned = true;
        } else {
            waiting.push(line.trim_end());
            reasoned = false;
        }
    }
    if let Some(name) = waiting.first() {
        bail!("no reason for `{name}`");
    }
    Ok(Survivors(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_for_all_names_above_it() {
        let list = parse("# comment\n\na.rs: x\na.rs: y #2\n  because,\n  of that\n\nb.rs: z\n\tfor\n").unwrap();
        for name in ["a.rs: x", "a.rs: y #2", "b.rs: z"] {
            assert!(list.excuses(name), "{name}");
        }
        assert!(!list.excuses("a.rs: y"));
        for name in ["  because,", "# comment", ""] {
            assert!(!list.excuses(name), "{name:?}");
        }
        assert!(parse("# comment\n").is_ok() && parse("\n").is_ok());
    }

    #[test]
    fn none_without_a_reason() {
        assert_eq!(parse("a.rs: x\n").unwrap_err().to_string(), "no reason for `a.rs: x`");
        assert_eq!(parse("  why\n").unwrap_err().to_string(), "line 1: a reason for nothing");
        assert!(read(Path::new("no-such-file")).unwrap_err().to_string().contains("cannot read no-such-file"));
    }
}
