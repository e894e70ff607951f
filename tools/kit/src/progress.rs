//! One line that says how far a long run is: on a terminal, where it is erased at the end. In a log,
//! where each state of it would stay, there is none.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Takes what stands on the terminal's line away.
const ERASE: &str = "\r\x1b[K";

/// The line of a run. It goes when it is dropped.
pub struct Line {
    what: &'static str,
    steps: u64,
    done: AtomicU64,
    begun: Instant,
}

/// The line of a run of `steps` steps of `what`.
pub fn line(what: &'static str, steps: u64) -> Line {
    Line { what, steps, done: AtomicU64::new(0), begun: Instant::now() }
}

impl Line {
    /// So many steps more are done.
    pub fn inc(&self, steps: u64) {
        self.show(self.done.fetch_add(steps, Ordering::Relaxed) + steps);
    }

    /// So many steps are done, of all.
    pub fn set_position(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.show(done);
    }

    fn show(&self, done: u64) {
        if stderr().is_terminal() {
            let left = self.begun.elapsed().as_secs() * self.steps.saturating_sub(done) / done.max(1);
            eprint!("{ERASE}boot256: {} {done} of {}, {left} s left", self.what, self.steps);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if stderr().is_terminal() {
            eprint!("{ERASE}");
        }
    }
}
