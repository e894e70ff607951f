//! Commands of the user: one that is the line itself, one that starts the machine, one that presses its button.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem::find;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, kill_process_group, test_kill_process_group, waitid,
};

use crate::failure::Kind;
use crate::undo::{self, Undo};
use crate::wait::{self, RETRY};

/// How long a command that is told to end may take until it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// Pause before a command is asked again: it may be a question to a whole cloud.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of a command's words a message quotes, in bytes: the last ones tell the most.
const QUOTED: usize = 1000;

/// What a command says. It is a file without a name: what the command leaves in the background may go on writing
/// to it when nobody reads any more, which a pipe would punish.
#[derive(Debug, Default)]
pub struct Words {
    file: Option<File>,
    /// How many bytes of it have been taken.
    taken: usize,
}

/// A file without a name.
#[cfg(target_os = "linux")]
fn nameless() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("words", MemfdFlags::CLOEXEC)?.into())
}

/// A file that has lost its name.
#[cfg(not(target_os = "linux"))]
fn nameless() -> io::Result<File> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("boot256-probe.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

impl Words {
    fn new() -> Self {
        // Where there can be no such file, the words go to standard error and are not quoted.
        Self { file: nameless().ok(), taken: 0 }
    }

    fn writer(&self) -> io::Result<OwnedFd> {
        match &self.file {
            Some(file) => Ok(file.try_clone()?.into()),
            None => io::stderr().as_fd().try_clone_to_owned(),
        }
    }

    fn all(&self) -> Vec<u8> {
        let Some(file) = &self.file else { return Vec::new() };
        let mut bytes = vec![0; file.metadata().map_or(0, |data| data.len() as usize)];
        let length = file.read_at(&mut bytes, 0).unwrap_or(0);
        bytes.truncate(length);
        bytes
    }

    /// What has been said since this was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        let mut all = self.all();
        // A command may cut it: `echo > /dev/stderr` does.
        let new = all.split_off(self.taken.min(all.len()));
        self.taken = all.len() + new.len();
        new
    }
}

/// `words` for the end of a message, in one line; nothing, if there are none.
pub fn quoted(words: &[u8]) -> String {
    let words = String::from_utf8_lossy(&words[words.len().saturating_sub(QUOTED)..]).replace(char::is_control, " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { words } else { format!(": {words}") }
}

/// Passes `words` on to standard error: standard output is the report's, or even the serial line.
pub fn pass_on(words: &[u8]) {
    // Nobody may be there to read.
    let _ = io::stderr().write_all(words);
}

/// How a command has ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// What it said, on standard output and standard error.
    pub said: Vec<u8>,
    /// What is said from now on, by what it has left in the background.
    pub words: Words,
}

impl Ended {
    /// Does the exit status say `kind`?
    pub fn is(&self, kind: Kind) -> bool {
        self.status.code() == Some(kind.exit_code().into())
    }

    /// For a message about `command`, which should not have ended so.
    pub fn complaint(&self, command: &str) -> String {
        format!("{}: {command}{}", self.status, quoted(&self.said))
    }
}

/// Runs `command` by the shell and waits for it, not longer than `until`; then it is killed.
/// Errors: a line that says what went wrong.
pub fn run(command: &str, until: Instant) -> Result<Ended, String> {
    let failed = |error| format!("sh: {error}");
    let mut words = Words::new();
    // Not in a process group of its own: sudo may ask for a password.
    let (mut child, undo) = undo::with(|| {
        let child = shell(command).stdin(Stdio::null()).stdout(words.writer()?).stderr(words.writer()?).spawn()?;
        let pid = Pid::from_child(&child);
        let kill = move || {
            // An error means that it has just ended.
            let _ = kill_process(pid, Signal::KILL);
        };
        Ok((child, Box::new(kill)))
    })
    .map_err(failed)?;
    let in_time = has_ended(Pid::from_child(&child), until);
    drop(undo);
    let status = child.wait().map_err(failed)?;
    let said = words.take();
    if in_time {
        Ok(Ended { status, said, words })
    } else {
        Err(format!("does not return in time: {command}{}", quoted(&said)))
    }
}

/// As [`run`], again and again, until `wanted` has an answer.
/// Errors: a line that says what the command said last, when the time is over.
pub fn ask<T>(command: &str, until: Instant, mut wanted: impl FnMut(&Ended) -> Option<T>) -> Result<T, String> {
    let mut last = None;
    loop {
        // One that is cut short by the time's end says less than the one before it.
        let ended = run(command, until).map_err(|error| last.take().unwrap_or(error))?;
        if let Some(answer) = wanted(&ended) {
            return Ok(answer);
        }
        last = Some(ended.complaint(command));
        thread::sleep(PAUSE.min(wait::left(until)));
    }
}

/// A command whose standard input and output are the line. It is ended, with all that it has started, when this goes.
#[derive(Debug)]
pub struct Session {
    pid: Pid,
    words: Words,
    _undo: Undo,
}

impl Session {
    /// Starts `command`. Its output comes first, then its input.
    /// Errors: those of fork(2) and its like.
    pub fn start(command: &str) -> io::Result<(Self, OwnedFd, OwnedFd)> {
        let words = Words::new();
        let (mut child, undo) = undo::with(|| {
            let mut shell = shell(command);
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(words.writer()?);
            let child = shell.process_group(0).spawn()?;
            let pid = Pid::from_child(&child);
            Ok((child, Box::new(move || end_group(pid))))
        })?;
        let pid = Pid::from_child(&child);
        let pipes = child.stdout.take().zip(child.stdin.take());
        let (output, input) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((Self { pid, words, _undo: undo }, output.into(), input.into()))
    }

    /// Waits until the command has said `text` on standard error.
    /// Errors: a line that says what it has said instead, when the time is over or the command has ended.
    pub fn wait_for(&mut self, text: &str, until: Instant) -> Result<(), String> {
        loop {
            // Asked first: what it said at its end counts.
            let is_over = wait::left(until).is_zero() || ending(self.pid).is_some();
            if find(&self.words.all(), text.as_bytes()).is_some() {
                // Not a complaint.
                self.words.take();
                return Ok(());
            }
            if is_over {
                return Err(format!("does not say {text:?}{}", quoted(&self.words.all())));
            }
            thread::sleep(RETRY);
        }
    }

    /// What the command has complained of; of one that `ends` all, with how it has ended if it said nothing.
    pub fn complaint(&mut self, ends: bool) -> String {
        if ends {
            has_ended(self.pid, Instant::now() + GRACE);
        }
        let words = quoted(&self.words.take());
        match ending(self.pid) {
            Some(status) if words.is_empty() => match status.exit_status() {
                Some(code) => format!(": exit status: {code}"),
                None => ": ended by a signal".into(),
            },
            _ => words,
        }
    }
}

/// How the child `pid` has ended, if it has. It is not reaped: its number stays its own.
fn ending(pid: Pid) -> Option<WaitIdStatus> {
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT).ok().flatten()
}

/// Waits until the child `pid` has ended, or until `until`; it is not reaped. Returns whether it has.
fn has_ended(pid: Pid, until: Instant) -> bool {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        ended.send(())
    });
    end.recv_timeout(wait::left(until)).is_ok() || ending(pid).is_some()
}

/// Ends a process group: by TERM, and what is still there after [`GRACE`] by KILL.
fn end_group(pid: Pid) {
    let until = Instant::now() + GRACE;
    // Errors mean that there is nobody.
    let _ = kill_process_group(pid, Signal::TERM);
    loop {
        // The shell itself, which may end before what it has started.
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        if test_kill_process_group(pid).is_err() {
            return;
        }
        if wait::left(until).is_zero() {
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
            return;
        }
        thread::sleep(RETRY);
    }
}

fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}
