//! A signal at any moment of qemu.sh, not only in the midst of its commands. What it finds depends on the moment, so it
//! is long; it has found a folder, a QEMU's file and a complaint of bash's left behind, and a signal that was lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::run::{Place, built, script};

const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// Each comes once at each of so many milliseconds: a run takes 100, and more where many run.
const MOMENTS: u64 = 300;

/// How many runs at a time: more than cores, so that what happens at a moment differs.
const AT_A_TIME: usize = 6;

/// What is wrong with a run by `shell` that gets `signal` at `moment`.
fn interrupted(shell: &str, moment: Duration, signal: Signal) -> Result<(), String> {
    let place = Place::new();
    let run = place.start(&mut place.command([shell, &script("qemu.sh"), &built("boot.img")]));
    // Not a wait for something: any moment is a good one. Who has ended is not yet reaped, and does not mind.
    thread::sleep(moment);
    run.signal(signal);
    let said = run.wait();
    // The signal came before the script was there to take it.
    let is_early = said.exit.is_none() && said.stdout.is_empty();
    let is_done = said.exit == Some(0) && said.stdout.ends_with("smoke: ok\n");
    let is_ended = said.exit == Some(128 + signal.as_raw());
    let is_clean = said.left.is_empty() && said.stderr.is_empty();
    if (is_early || is_done || is_ended) && is_clean {
        return Ok(());
    }
    Err(format!("{shell}, {signal:?} after {moment:?}: {said:?}"))
}

#[test]
#[ignore = "long: make test-long"]
fn a_signal_at_any_moment() {
    let next = AtomicU64::new(0);
    let work = || {
        let mut faults = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(&signal) = SIGNALS.get(usize::try_from(n / MOMENTS).unwrap()) else { return faults };
            let shell = if n.is_multiple_of(2) { "/bin/sh" } else { "/bin/bash" };
            faults.extend(interrupted(shell, Duration::from_millis(n % MOMENTS), signal).err());
        }
    };
    let faults: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} times:\n{}", faults.len(), faults.join("\n"));
}
