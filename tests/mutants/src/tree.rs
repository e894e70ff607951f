//! The copy of the project in which cargo-mutants works.
//!
//! It changes sources in place, and an interrupt would leave a change behind. So it gets a clone of the
//! last commit, with the images that the tests boot, and never sees the user's own files.

use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::crates::Host;
use crate::outcome::{self, Verdict};

/// Seconds that a crate's tests may take before a mutant counts as one that hangs. The least; cargo-mutants
/// allows five times what they take without a mutant.
const PATIENCE: &str = "60";

/// Seconds after which a machine counts as hung, where a test waits for one that a mutant keeps silent: less than
/// the minute that users' machines have, for there are dozens of such mutants.
const DEADLINE: &str = "10";

/// A clone with images.
pub struct Tree {
    folder: PathBuf,
    output: PathBuf,
}

impl Tree {
    /// A new clone of `root` in `build`, in place of the one of the last run.
    ///
    /// # Errors
    /// If git or the disk says no.
    pub fn of(root: &Path, build: &Path) -> Result<Self> {
        let home = absolute(build.join("mutants-host"))?;
        let folder = home.join("tree");
        for old in [&folder, &home.join("out")] {
            if old.exists() {
                fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
            }
        }
        fs::create_dir_all(&home).with_context(|| format!("cannot write in {}", home.display()))?;
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--shared"]).arg(absolute(root)?).arg(&folder);
        run(&mut clone)?;
        // The images, without the folders, which are large and of no use here; and the tools.
        for from in [build.to_path_buf(), build.join("tools"), build.join("release")] {
            let to = folder.join("build").join(from.strip_prefix(build)?);
            copy_files(&from, &to)?;
        }
        Ok(Self { folder, output: home.join("out") })
    }

    /// Runs cargo-mutants on one crate.
    ///
    /// # Errors
    /// If it cannot be run, or the crate's tests fail without a mutant.
    pub fn mutate(&self, host: &Host, cargo_mutants: &Path, sample: Option<usize>) -> Result<Vec<Verdict>> {
        let output = self.output.join(host.name());
        fs::create_dir_all(&output)?;
        let mut command = Command::new(absolute(cargo_mutants)?);
        command.arg("mutants").current_dir(&self.folder).stdin(Stdio::null());
        command.args(["--in-place", "--no-shuffle", "--colors=never", "--package", host.package]);
        command.args(["--minimum-test-timeout", PATIENCE, "--output"]).arg(&output);
        for files in host.files {
            command.args(["--exclude", files]);
        }
        if let Some(n) = sample {
            command.args(["--shard", &format!("0/{n}"), "--sharding", "round-robin"]);
        }
        command.arg("--").args(host.tests);
        // A clone of its own, with a target folder of its own.
        command.env_remove("CARGO_TARGET_DIR").env_remove("BOOT256_BUILD").env("BOOT256_DEADLINE", DEADLINE);
        let status = command
            .status()
            .with_context(|| format!("{} is missing: run `make mutants-host`", cargo_mutants.display()))?;
        // 0: all noticed; 2: some not; 3: some took too long. 4 is a failure without a mutant.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            bail!("cargo-mutants of {} ends with {status}: see {}", host.folder, output.display());
        }
        let outcomes = output.join("mutants.out/outcomes.json");
        match fs::read_to_string(&outcomes) {
            Ok(text) => outcome::read(&text).with_context(|| outcomes.display().to_string()),
            // It writes none where its share of the sample is empty.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && sample.is_some() => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", outcomes.display())),
        }
    }
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{program} is missing: run `make setup`"))?;
    ensure!(output.status.success(), "{program} fails: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_copied() {
        let here = tempfile::tempdir().unwrap();
        let (from, to) = (here.path().join("from"), here.path().join("to"));
        fs::create_dir_all(from.join("folder")).unwrap();
        fs::write(from.join("image"), "x").unwrap();
        copy_files(&from, &to).unwrap();
        let names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["image"]);
        assert_eq!(fs::read(to.join("image")).unwrap(), b"x");
        copy_files(&here.path().join("none"), &to).unwrap();
    }

    #[test]
    fn a_command_that_fails_says_what_it_said() {
        let error = run(Command::new("sh").args(["-c", "echo no >&2; exit 1"])).unwrap_err().to_string();
        assert_eq!(error, "sh fails: no");
        run(&mut Command::new("true")).unwrap();
        assert!(
            run(&mut Command::new("no-such-program")).unwrap_err().to_string().contains("no-such-program is missing")
        );
    }
}
