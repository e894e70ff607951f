//! A program that runs in a process group of its own, so that what it leaves behind can be seen.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

/// How long who has just been killed is given to go.
const GRACE: Duration = Duration::from_secs(3);

/// How long a script may take.
const LIMIT: Duration = Duration::from_secs(100);

/// A program that runs.
#[derive(Debug)]
pub struct Group(Child);

/// What a program that has ended said, and whether it left a process behind.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; none if a signal has killed it.
    pub exit: Option<i32>,
    /// The signal that has killed it.
    pub signal: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Did it leave a process behind? That one is killed.
    pub left_process: bool,
}

impl Group {
    /// Starts `command`.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(command: &mut Command) -> Self {
        let command = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Sends it a signal, to it alone.
    ///
    /// # Panics
    /// If it has ended.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If its words are no UTF-8.
    pub fn wait(self) -> Said {
        let group = self.pid();
        // A script that never ends is ended, and fails by the missing exit code.
        let (ended, wait) = mpsc::channel::<()>();
        thread::spawn(move || {
            if wait.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = kill_process_group(group, Signal::KILL);
            }
        });
        let output = self.0.wait_with_output().expect("it ends");
        drop(ended);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Said {
            exit: output.status.code(),
            signal: output.status.signal(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            left_process: is_left(group),
        }
    }
}

/// Is anybody left in this process group? Who has just been killed is given a moment to go.
fn is_left(group: Pid) -> bool {
    let until = Instant::now() + GRACE;
    while test_kill_process_group(group).is_ok() {
        if Instant::now() > until {
            let _ = kill_process_group(group, Signal::KILL);
            return true;
        }
        thread::sleep(Duration::from_millis(2));
    }
    false
}
