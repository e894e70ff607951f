//! The crates whose tests are tried, and how.

use anyhow::{Context, Result};

/// A crate of the host.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Its folder in the project; its last part is its name here.
    pub folder: &'static str,
    /// Its name for cargo.
    pub package: &'static str,
    /// What of it is left out: regular expressions of cargo-mutants' names, each with its reason in a comment.
    pub exclude: &'static [&'static str],
    /// Options of `cargo test` that choose the tests; none for all of them.
    pub tests: &'static [&'static str],
    /// How many per cent of its mutants have to be noticed, those with a reason not counted as noticed.
    pub goal: u8,
}

/// All of them.
pub const ALL: &[Host] = &[
    Host { folder: "tools/kit", package: "boot256-kit", exclude: &[], tests: &[], goal: 90 },
    Host { folder: "tests/facts", package: "boot256-facts", exclude: &[], tests: &[], goal: 90 },
    Host { folder: "tools/readers", package: "boot256-readers", exclude: &[], tests: &[], goal: 90 },
    Host { folder: "tools/images", package: "boot256-images", exclude: &[], tests: &[], goal: 90 },
    Host { folder: "tools/probe", package: "boot256-probe", exclude: &[], tests: &[], goal: 90 },
    Host { folder: "tools/inspect", package: "boot256-inspect", exclude: &[], tests: &[], goal: 90 },
    Host {
        folder: "tools/bench",
        package: "boot256-bench",
        // What starts machines and takes the time is no test's: a test that depends on a time is none.
        exclude: &["tools/bench/src/measure", "tools/bench/src/linux.rs", "tools/bench/src/gdb.rs"],
        tests: &[],
        goal: 90,
    },
    Host { folder: "tests/mutants", package: "boot256-mutants", exclude: &["replace main"], tests: &[], goal: 70 },
];

/// Those called `names`; all if there are none.
///
/// # Errors
/// If one is not known.
pub fn named(names: &[String]) -> Result<Vec<&'static Host>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let known = || ALL.iter().map(Host::name).collect::<Vec<_>>().join(", ");
    names
        .iter()
        .map(|name| {
            ALL.iter().find(|host| host.name() == name).with_context(|| format!("no crate `{name}`: {}", known()))
        })
        .collect()
}

impl Host {
    /// The last part of its folder.
    pub fn name(&self) -> &'static str {
        self.folder.rsplit('/').next().unwrap_or(self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_or_all() {
        assert_eq!(named(&[]).unwrap().len(), ALL.len());
        let some = named(&["probe".into()]).unwrap();
        assert_eq!(some.iter().map(|host| host.package).collect::<Vec<_>>(), ["boot256-probe"]);
        let error = named(&["prob".into()]).unwrap_err().to_string();
        assert!(error.contains("no crate `prob`: ") && error.contains("images"), "{error}");
    }
}
