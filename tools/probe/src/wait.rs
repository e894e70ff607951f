//! Waiting for a file to have something to read, until a point in time.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Pause between two attempts at what nothing tells a stranger of: a server that begins to listen, a process group's end.
pub const RETRY: Duration = Duration::from_millis(20);

/// Time left until `until`; zero if that is past.
pub fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Waits until `file` can be read without waiting, its end included, or until `until`.
/// Returns whether it can.
/// Errors: those of poll(2), but for an interruption by a signal.
pub fn readable(file: impl AsFd, until: Instant) -> io::Result<bool> {
    let file = file.as_fd();
    loop {
        let left = left(until);
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&timeout)) {
            // It is not over early: poll(2).
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
