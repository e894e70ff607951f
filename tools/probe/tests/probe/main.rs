//! The probe as its users run it: against guests that misbehave, one fault each, and against the
//! real program in QEMU.

mod button;
mod guest;
mod lines;
mod qemu;
mod talk;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::fs::Mode;
use serde_json::Value;

/// A probe to be run. Without `--timeout` it has a minute, for machines that are busy.
fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-probe"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs the probe with `args` to its end.
fn probe<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Said {
    command(args).output().expect("the probe runs").into()
}

/// Runs the probe with `args`, and `during` while it runs.
fn probe_during(args: &[&str], during: impl FnOnce()) -> Said {
    let probe = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    during();
    probe.wait_with_output().unwrap().into()
}

fn make_pipe(path: impl AsRef<Path>) {
    rustix::fs::mkfifoat(rustix::fs::CWD, path.as_ref(), Mode::RUSR | Mode::WUSR).unwrap();
}

/// What a probe that has ended said.
#[derive(Debug)]
struct Said {
    exit: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().expect("an exit code and no signal"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Said {
    /// It found nothing wrong, and says so in one line that names `steps` and their times.
    #[track_caller]
    fn is_ok(&self, steps: &[&str]) {
        assert_eq!((self.exit, self.stderr.as_str()), (0, ""), "{self:?}");
        let line = self.stdout.strip_prefix("boot256-probe: ok (").and_then(|line| line.strip_suffix(" s)\n"));
        let told = line.unwrap_or_else(|| panic!("{self:?}")).split(" s, ");
        let names: Vec<_> = told.map(|step| step.rsplit_once(' ').expect("a step and its time").0).collect();
        assert_eq!(names, steps, "{self:?}");
    }

    /// It found fault number `exit`, and says `message` in one line.
    #[track_caller]
    fn fails(&self, exit: i32, message: &str) {
        assert_eq!((self.exit, self.stdout.as_str()), (exit, ""), "{self:?}");
        let line = self.stderr.strip_suffix('\n').expect("a line");
        assert!(line.starts_with("boot256-probe: ") && !line.contains('\n'), "{self:?}");
        assert!(line.contains(message), "no `{message}` in {self:?}");
    }

    /// The one JSON object on standard output.
    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}
