//! Commands of the user: the one that starts the machine, the one that presses its button.

use std::io;
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// Runs `command` by the shell and waits for it, not longer than `until`; then it is killed.
///
/// Its output goes to standard error: standard output is the report's, or even the serial line.
///
/// # Errors
/// A line that says what went wrong.
pub fn run(command: &str, until: Instant) -> Result<(), String> {
    let mut child = shell(command).and_then(|mut shell| shell.spawn()).map_err(|error| format!("sh: {error}"))?;
    let pid = Pid::from_child(&child);
    let (ended, status) = mpsc::channel::<io::Result<ExitStatus>>();
    let waiter = thread::spawn(move || ended.send(child.wait()));
    let status = match status.recv_timeout(wait::left(until)) {
        Ok(status) => status.map_err(|error| format!("{command}: {error}"))?,
        Err(_) => {
            // An error means that it has just ended.
            let _ = kill_process(pid, Signal::KILL);
            let _ = waiter.join();
            return Err(format!("does not return in time: {command}"));
        }
    };
    if status.success() { Ok(()) } else { Err(format!("{status}: {command}")) }
}

fn shell(command: &str) -> io::Result<Command> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(io::stderr().as_fd().try_clone_to_owned()?);
    Ok(shell)
}
