//! What a machine says on a stream, read as it comes by a thread of its own.
//!
//! So nothing is lost while a test does something else, the machine is not held up by a full
//! socket unless the test wants it to be, and the whole transcript is there when a test fails.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// All that a stream has said so far.
#[derive(Clone, Debug)]
pub struct Transcript {
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
    stalls: VecDeque<Stall>,
    stopped: bool,
}

/// A pause that a reader makes, such as a script's between two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// After how many bytes from the stream's start; a reader that waits for bytes already takes what
    /// comes next, at most 4096, all the same.
    pub after: usize,
    /// How long nothing is read; `None` until [`Transcript::goes_on`].
    pub lasts: Option<Duration>,
}

impl Transcript {
    /// Reads `stream` to its end. An error ends it too: the other side is gone.
    pub fn of(mut stream: impl Read + Send + 'static) -> Self {
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let room = ear.turn().min(buffer.len());
                let n = match stream.read(&mut buffer[..room]) {
                    Ok(n) => n,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(_) => 0,
                };
                let mut state = ear.lock();
                state.bytes.extend_from_slice(&buffer[..n]);
                state.ended = n == 0;
                ear.more.notify_all();
                if state.ended {
                    return;
                }
            }
        });
        Self { heard }
    }

    /// The reader is to make these pauses, in the order of their places, beside those it has still
    /// to make.
    pub fn stalls(&self, stalls: impl IntoIterator<Item = Stall>) {
        self.heard.lock().stalls.extend(stalls);
    }

    /// Nothing more is read, but for what the reader waits for already, until [`goes_on`](Self::goes_on).
    pub fn stops(&self) {
        self.heard.lock().stopped = true;
    }

    /// The reader that [`stops`](Self::stops) reads again.
    pub fn goes_on(&self) {
        self.heard.lock().stopped = false;
        self.heard.more.notify_all();
    }

    /// The bytes so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.heard.lock().bytes.clone()
    }

    /// Shows `look` the bytes so far and whether the stream has ended, now and whenever that
    /// changes, until it returns something or `patience` is over.
    pub fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&[u8], bool) -> Option<T>) -> Option<T> {
        let until = Instant::now() + patience;
        let mut state = self.heard.lock();
        loop {
            if let Some(found) = look(&state.bytes, state.ended) {
                return Some(found);
            }
            let left = until.checked_duration_since(Instant::now())?;
            state = self.heard.more.wait_timeout(state, left).expect("the reader does not panic").0;
        }
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the reader does not panic")
    }

    /// Waits until the reader may read, and says how many bytes: up to the next pause.
    fn turn(&self) -> usize {
        let mut state = self.lock();
        loop {
            if state.stopped {
                state = self.more.wait(state).expect("nobody panics with the lock");
                continue;
            }
            match state.stalls.front() {
                Some(stall) if stall.after > state.bytes.len() => return stall.after - state.bytes.len(),
                None => return usize::MAX,
                Some(&Stall { lasts: None, .. }) => {
                    state.stalls.pop_front();
                    state.stopped = true;
                }
                Some(&Stall { lasts: Some(lasts), .. }) => {
                    state.stalls.pop_front();
                    drop(state);
                    // Not a wait for the machine: this is what a slow reader is.
                    std::thread::sleep(lasts);
                    state = self.lock();
                }
            }
        }
    }
}
