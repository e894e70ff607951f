//! What is put back however the program ends, by a signal too: a terminal's mode, a socket's file, a command that runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

pub type Action = Box<dyn FnOnce() + Send>;

static ACTIONS: Mutex<Vec<(usize, Action)>> = Mutex::new(Vec::new());
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn actions() -> MutexGuard<'static, Vec<(usize, Action)>> {
    ACTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts its thing back when it goes.
#[derive(Debug)]
pub struct Undo(usize);

/// Makes something that must be put back. A signal waits until it is known how.
/// Errors: those of `make`.
pub fn with<T>(make: impl FnOnce() -> io::Result<(T, Action)>) -> io::Result<(T, Undo)> {
    let mut actions = actions();
    let (made, action) = make()?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    actions.push((number, action));
    Ok((made, Undo(number)))
}

impl Drop for Undo {
    fn drop(&mut self) {
        let mut actions = actions();
        if let Some(at) = actions.iter().position(|(number, _)| *number == self.0) {
            actions.remove(at).1();
        }
    }
}

/// From now on INT, TERM and HUP put everything back, the last thing first, and then end the program as they do.
/// Errors: those of sigaction(2).
pub fn on_signals() -> io::Result<()> {
    let ignored = ignored();
    let mut signals =
        Signals::new([SIGHUP, SIGINT, SIGTERM].iter().filter(|&signal| ignored >> (signal - 1) & 1 == 0))?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // Held to the end: nothing new is made.
            let mut actions = actions();
            while let Some((_, action)) = actions.pop() {
                action();
            }
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// The signals that whoever started the program wants ignored, as nohup(1) does: one bit each (proc(5), `SigIgn`).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
