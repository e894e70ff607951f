//! Waiting for a file to have something to read, until a point in time.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Time left until `until`; zero if that is past.
pub fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Waits until `file` can be read without waiting, its end included, or until `until`.
/// Returns whether it can.
///
/// # Errors
/// Those of poll(2), but for an interruption by a signal.
pub fn readable(file: impl AsFd, until: Instant) -> io::Result<bool> {
    let file = file.as_fd();
    loop {
        let left = left(until);
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&timeout)) {
            Ok(0) if left.is_zero() => return Ok(false),
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}
