//! A signal at any moment of qemu.sh, not only in the midst of its commands. What it finds depends on the moment, so it
//! is long; it has found a folder, a QEMU's file and a complaint of bash's left behind, and a signal that was lost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, thread};

use boot256_smoke_tests::check::scripts;
use boot256_smoke_tests::process::Group;
use rustix::process::Signal;

/// The signals.
const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// Each comes once at each of so many milliseconds: a run takes 100, and more where many run.
const MOMENTS: u64 = 300;

/// How many runs at a time: more than cores, so that what happens at a moment differs.
const AT_A_TIME: usize = 6;

/// What is wrong with a run that gets `signal` at `moment`.
fn interrupted(image: &Path, moment: Duration, signal: Signal) -> Result<(), String> {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.arg(scripts().join("qemu.sh")).arg(image).env("TMPDIR", temporary.path()).stdin(Stdio::null());
    let script = Group::spawn(&mut command);
    // Not a wait for something: any moment is a good one. Who has ended is not yet reaped, and does not mind.
    thread::sleep(moment);
    script.signal(signal);
    let said = script.wait();
    let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let is_early = said.signal == Some(signal.as_raw()) && said.stdout.is_empty();
    let is_done = said.exit == Some(0) && said.stdout.ends_with("smoke: ok\n");
    let is_ended = said.exit == Some(128 + signal.as_raw());
    let is_clean = left.is_empty() && !said.left_process && said.stderr.is_empty();
    if (is_early || is_done || is_ended) && is_clean {
        return Ok(());
    }
    Err(format!("{signal:?} after {moment:?}: left {left:?}, {said:?}"))
}

#[test]
#[ignore = "long: make test-long"]
fn a_signal_at_any_moment() {
    let image = boot256_kit::root().join("build/boot.img");
    assert!(image.exists(), "{} is missing: run 'make all'", image.display());
    let next = AtomicU64::new(0);
    let faults: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = (0..AT_A_TIME)
            .map(|_| {
                scope.spawn(|| {
                    let mut faults = Vec::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&signal) = SIGNALS.get(usize::try_from(n / MOMENTS).unwrap()) else {
                            return faults;
                        };
                        let moment = Duration::from_millis(n % MOMENTS);
                        faults.extend(interrupted(&image, moment, signal).err());
                    }
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} times:\n{}", faults.len(), faults.join("\n"));
}
