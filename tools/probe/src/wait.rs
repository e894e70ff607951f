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
///
/// # Errors
/// Those of poll(2), but for an interruption by a signal.
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn bytes_and_the_end_can_be_read_and_silence_cannot() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let until = Instant::now() + Duration::from_millis(5);
        assert!(!readable(&here, until).unwrap());
        assert!(Instant::now() >= until, "it is over early");
        there.write_all(b"x").unwrap();
        // What is there already can be read when the time is over, too.
        assert!(readable(&here, until).unwrap());
        drop(there);
        assert!(readable(&here, until).unwrap());
    }

    #[test]
    fn no_time_is_left_when_it_is_over() {
        let now = Instant::now();
        assert_eq!(left(now), Duration::ZERO);
        let left = left(now + Duration::from_secs(1000));
        assert!(left > Duration::from_secs(900) && left <= Duration::from_secs(1000), "{left:?}");
    }
}
