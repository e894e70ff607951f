//! Runs the probe and looks at what it says.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A probe to be run. Without `--timeout` it has a minute, for machines that are busy.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-probe"));
    command.args(args).stdin(Stdio::null());
    command
}

/// What a probe that has ended said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
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
    /// It found nothing wrong, and says so in one line that names `steps`.
    #[track_caller]
    pub fn is_ok(&self, steps: &[&str]) {
        assert_eq!((self.exit, self.stderr.as_str()), (0, ""), "{self:?}");
        let line = self.stdout.strip_suffix('\n').expect("a line");
        assert!(line.starts_with("boot256-probe: ok (") && !line.contains('\n'), "{self:?}");
        for step in steps {
            assert!(line.contains(step), "no {step} in {self:?}");
        }
    }

    /// It found fault number `exit`, and says `message` in one line.
    #[track_caller]
    pub fn fails(&self, exit: i32, message: &str) {
        assert_eq!((self.exit, self.stdout.as_str()), (exit, ""), "{self:?}");
        let line = self.stderr.strip_suffix('\n').expect("a line");
        assert!(line.starts_with("boot256-probe: ") && !line.contains('\n'), "{self:?}");
        assert!(line.contains(message), "no `{message}` in {self:?}");
    }

    /// The one JSON object on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

/// Runs the probe with `args` to its end.
pub fn probe<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Said {
    command(args).output().expect("the probe runs").into()
}
