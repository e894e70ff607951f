//! The crates whose tests are tried, and how.

use anyhow::{Context, Result};

/// A crate of the host.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Its folder in the project; its last part is its name here.
    pub folder: &'static str,
    /// Its name for cargo.
    pub package: &'static str,
    /// Files of it that are left out: globs, from the project's folder, each with its reason in a comment.
    /// cargo-mutants' `--exclude-re` does not match where a field is deleted from a struct.
    pub files: &'static [&'static str],
    /// Options of `cargo test` that choose the tests, all of the crate's own: without a mutant, cargo-mutants runs
    /// no others, and takes a name that is not there for a failure.
    pub tests: &'static [&'static str],
    /// How many per cent of its mutants have to be noticed, those with a reason not counted as noticed.
    pub goal: u8,
}

/// A crate whose own tests judge all of it. `--tests`: those in documentation take long to link, and are two.
const fn host(folder: &'static str, package: &'static str) -> Host {
    Host { folder, package, files: &[], tests: &["--tests"], goal: 90 }
}

/// All of them.
pub const ALL: &[Host] = &[
    host("tools/kit", "boot256-kit"),
    host("tests/facts", "boot256-facts"),
    host("tools/evidence", "boot256-evidence"),
    host("tools/readers", "boot256-readers"),
    Host {
        // The others run make for each of their tests: minutes for a mutant.
        tests: &["--lib", "--test", "command", "--test", "flash"],
        ..host("tools/images", "boot256-images")
    },
    Host {
        // All but those that boot a machine: they are a third of the time, and find nothing that the others do not.
        tests: &["--tests", "--", "--skip", "qemu::"],
        ..host("tools/probe", "boot256-probe")
    },
    Host {
        // Not the one that runs gdb on a machine: it is slow, and of this crate it takes an address.
        tests: &["--lib", "--bins", "--test", "built", "--test", "elf"],
        ..host("tools/inspect", "boot256-inspect")
    },
    Host {
        // What starts machines and takes the time is no test's: a test that depends on a time is none.
        files: &["tools/bench/src/measure{.rs,/*}", "tools/bench/src/linux.rs", "tools/bench/src/gdb.rs"],
        ..host("tools/bench", "boot256-bench")
    },
    host("tools/qemu", "boot256-qemu"),
    host("tests/mutants", "boot256-mutants"),
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

    /// The files of tests that are chosen are there, in the crate itself.
    #[test]
    fn the_tests_that_judge_are_there() {
        for host in ALL {
            let folder = boot256_kit::root().join(host.folder).join("tests");
            for test in host.tests.windows(2).filter(|pair| pair[0] == "--test").map(|pair| pair[1]) {
                let is_there =
                    [format!("{test}.rs"), format!("{test}/main.rs")].iter().any(|file| folder.join(file).is_file());
                assert!(is_there, "{}: no test {test}", host.folder);
            }
        }
    }

    #[test]
    fn every_crate_is_where_the_table_says() {
        for host in ALL {
            let manifest = boot256_kit::root().join(host.folder).join("Cargo.toml");
            let text = std::fs::read_to_string(manifest).unwrap();
            assert!(text.contains(&format!("name = \"{}\"\n", host.package)), "{}", host.folder);
        }
    }

    #[test]
    fn what_takes_the_time_of_machines_is_left_out() {
        let left_out = |name: &str| named(&[name.into()]).unwrap()[0].files;
        assert!(left_out("bench").iter().any(|files| files.contains("measure")));
        assert!(left_out("kit").is_empty());
    }

    #[test]
    fn by_name_or_all() {
        assert_eq!(named(&[]).unwrap().len(), ALL.len());
        let some = named(&["probe".into()]).unwrap();
        assert_eq!(some.iter().map(|host| host.package).collect::<Vec<_>>(), ["boot256-probe"]);
        let error = named(&["prob".into()]).unwrap_err().to_string();
        assert!(error.contains("no crate `prob`: ") && error.contains("images"), "{error}");
    }
}
