//! How long the project itself takes to build and to test.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::host::Host;
use crate::report::{self, BuildTimes};

/// Sources of the two programs that `make all` builds: newer, they are built again, and nothing else.
const OUT_OF_DATE: [&str; 2] = ["src/main.rs", "tools/images/src/main.rs"];

/// Times `make all` and `make test` in a copy of the files that git tracks, outside of this folder,
/// whose cargo settings would count for the copy too. Crates that cargo has on disk are not
/// downloaded again.
///
/// # Errors
/// If a step fails; its output is shown.
pub fn run(build: &Path) -> Result<()> {
    let host = Host::here()?;
    let scratch = tempfile::tempdir()?;
    let copy = scratch.path().join("boot256");
    let tracked = Command::new("git").args(["ls-files", "-z"]).output().context("git is missing (package git)")?;
    ensure!(tracked.status.success(), "not a git checkout: {}", String::from_utf8_lossy(&tracked.stderr).trim());
    for name in String::from_utf8(tracked.stdout)?.split_terminator('\0') {
        let to = copy.join(name);
        fs::create_dir_all(to.parent().expect("it is in the copy"))?;
        // A file that is tracked and deleted is as good as none.
        if Path::new(name).is_file() {
            fs::copy(name, &to).with_context(|| format!("cannot copy {name}"))?;
        }
    }
    let make = |target: &str| -> Result<f64> {
        eprintln!("boot256: make {target} in a copy of this checkout");
        let log = scratch.path().join("log");
        let begun = Instant::now();
        let mut command = Command::new("make");
        command.arg(target).current_dir(&copy);
        // The make that runs this has set these for its own checkout, where everything is built already.
        for variable in ["MAKEFLAGS", "MAKELEVEL", "CARGO_TARGET_DIR"] {
            command.env_remove(variable);
        }
        let status = command.stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?).status()?;
        ensure!(status.success(), "make {target} fails:\n{}", String::from_utf8_lossy(&fs::read(&log)?));
        Ok(begun.elapsed().as_secs_f64())
    };
    let all = make("all")?;
    fs::remove_dir_all(copy.join("build"))?;
    for source in OUT_OF_DATE {
        File::options().append(true).open(copy.join(source))?.set_modified(std::time::SystemTime::now())?;
    }
    let all_core_cached = make("all")?;
    let test = make("test")?;
    let times = BuildTimes { date: report::today(), host, all, all_core_cached, test };
    report::store(build, BuildTimes::FILE, &times)?;
    print!("{}", crate::markdown::build_times(&times));
    Ok(())
}
