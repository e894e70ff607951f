//! What a machine says on a stream, read as it comes by a thread of its own.
//!
//! So nothing is lost while a test does something else, the machine is never held up by a full
//! socket, and the whole transcript is there when a test fails.

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
}

impl Transcript {
    /// Reads `stream` to its end. An error ends it too: the other side is gone.
    pub fn of(mut stream: impl Read + Send + 'static) -> Self {
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let n = match stream.read(&mut buffer) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    #[test]
    fn waits_for_what_comes_later_and_sees_the_end() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let transcript = Transcript::of(there);
        here.write_all(b"one").unwrap();
        let seen = transcript.wait(crate::deadline(), |bytes, _| (bytes == b"one").then_some(()));
        assert_eq!(seen, Some(()));
        here.write_all(b" two").unwrap();
        drop(here);
        let all = transcript.wait(crate::deadline(), |bytes, ended| ended.then(|| bytes.to_vec()));
        assert_eq!(all.as_deref(), Some(&b"one two"[..]));
    }

    #[test]
    fn gives_up_at_the_deadline() {
        let (_here, there) = UnixStream::pair().unwrap();
        let transcript = Transcript::of(there);
        assert_eq!(transcript.wait(Duration::ZERO, |_, ended| ended.then_some(())), None);
    }
}
