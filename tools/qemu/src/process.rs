//! QEMU's process: its end, its command line, and what it complained of.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// How long a process may take from where its files are closed, which its other side sees, to its end.
pub(crate) const LAST_MOMENT: Duration = Duration::from_secs(2);

/// QEMU's process, killed when this goes. Shows its command line and what it complained of.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    command: OsString,
    complaints: File,
}

impl Process {
    pub(crate) fn new(child: Child, command: OsString, complaints: File) -> Self {
        Self { child, command, complaints }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it has ended, or ends within `patience`; `None` if it goes on.
    pub(crate) fn ends(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a process");
        let ended = pidfd_open(pid, PidfdFlags::empty())?;
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).expect("a deadline of less than an age");
            match poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&left)) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return self.child.try_wait(),
            }
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", self.command.display())?;
        let mut complaints = String::new();
        let mut file = &self.complaints;
        if file.rewind().is_ok() && file.read_to_string(&mut complaints).is_ok() {
            write!(f, "{complaints}")?;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
