//! How often and how long each figure is measured.

use std::time::Duration;

/// A plan for a whole run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Whether this is a short run, whose figures are not to be quoted.
    pub quick: bool,
    /// Starts of boot256 and of the floor, each with a press of the power button.
    pub starts: usize,
    /// Other guests are started in every n-th of these rounds.
    pub others_every: usize,
    /// How long the guests are left alone before they count as idle.
    pub settle: Duration,
    /// Windows in which idle guests are watched.
    pub windows: usize,
    /// Length of one for the guests of the idle table.
    pub idle_window: Duration,
    /// Length of one for many machines at once, and for the one that never rests.
    pub short_window: Duration,
    /// How many machines run at once, one count after the other, ascending.
    pub crowd: &'static [usize],
    /// Blocks of keys for each guest; the guests take turns.
    pub blocks: usize,
    /// Keys in a block: with the `#` before them they fit in a line.
    pub keys: usize,
    /// Pastes for each way to start QEMU.
    pub pastes: usize,
    /// Bytes of a paste.
    pub paste_bytes: usize,
    /// How long a reader stops in the midst of an answer: once in each run of [`slow_lines`](Self::slow_lines).
    pub stalls: &'static [Duration],
    /// Lines that are typed to a guest whose reader stops.
    pub slow_lines: usize,
    /// Runs for each guest and each stall.
    pub slow_runs: usize,
}

/// The figures for the documents: about ten minutes on two cores.
pub const FULL: Plan = Plan {
    quick: false,
    starts: 50,
    others_every: 7,
    settle: Duration::from_secs(10),
    windows: 7,
    idle_window: Duration::from_secs(20),
    short_window: Duration::from_secs(3),
    crowd: &[1, 10, 50, 100],
    blocks: 7,
    keys: 29,
    pastes: 7,
    paste_bytes: 100_000,
    stalls: &[Duration::ZERO, Duration::from_millis(200), Duration::from_secs(2)],
    slow_lines: 80,
    slow_runs: 3,
};

/// Every measurement once, to see that it works.
pub const QUICK: Plan = Plan {
    quick: true,
    starts: 6,
    others_every: 3,
    settle: Duration::from_secs(3),
    windows: 3,
    idle_window: Duration::from_secs(4),
    short_window: Duration::from_secs(2),
    crowd: &[1, 10],
    blocks: 3,
    keys: 10,
    pastes: 2,
    paste_bytes: 10_000,
    stalls: &[Duration::ZERO, Duration::from_millis(200)],
    slow_lines: 50,
    slow_runs: 2,
};
