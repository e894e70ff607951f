//! A guest that is none: it talks as the program does, but for what a test wants otherwise.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use boot256_facts::START;
use tempfile::TempDir;

/// What a guest does.
#[derive(Clone, Copy)]
pub struct Guest {
    /// What it says first.
    pub start: &'static [u8],
    /// How often it says what is typed.
    pub echo: usize,
    /// What it says to Enter, after this line.
    pub answer: fn(&[u8]) -> Vec<u8>,
    /// After how many lines it ends.
    pub lines: usize,
}

/// One that does all as it should.
pub const RIGHT: Guest = Guest { start: START, echo: 1, answer: backwards, lines: usize::MAX };

/// The right answer to `line`.
pub fn backwards(line: &[u8]) -> Vec<u8> {
    [&b"\r\n"[..], &line.iter().rev().copied().collect::<Vec<_>>(), b"\r\n$ "].concat()
}

/// All that a machine says to a probe that types `hello`, as a report shows it.
pub fn heard() -> String {
    [START, b"hello", &backwards(b"hello")].concat().escape_ascii().to_string()
}

/// Talks over `input` and `output` until the other side ends it; and that is no error.
pub fn talk(mut input: impl Read, mut output: impl Write, guest: Guest) {
    let (mut line, mut byte, mut lines) = (Vec::new(), [0], 0);
    let mut says = output.write_all(guest.start);
    while says.is_ok() && lines < guest.lines && matches!(input.read(&mut byte), Ok(1)) {
        if byte == *b"\r" {
            says = output.write_all(&(guest.answer)(&line));
            line.clear();
            lines += 1;
        } else {
            line.push(byte[0]);
            says = output.write_all(&byte.repeat(guest.echo));
        }
    }
}

/// A guest behind a Unix socket that serves one visitor.
pub struct Server {
    socket: PathBuf,
    _folder: TempDir,
    thread: JoinHandle<()>,
}

impl Server {
    /// Starts `guest`; it gets the visitor's connection.
    pub fn of(guest: impl FnOnce(UnixStream) + Send + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("com1");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let thread = thread::spawn(move || guest(listener.accept().expect("a visitor").0));
        Self { socket, _folder: folder, thread }
    }

    /// Starts this one.
    pub fn with(guest: Guest) -> Self {
        Self::of(move |socket| talk(&socket, &socket, guest))
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        self.socket.to_str().expect("UTF-8")
    }

    /// Waits until the guest has ended, and fails if it has panicked.
    #[track_caller]
    pub fn end(self) {
        // A guest whom nobody has visited would wait for ever: it gets a visitor that leaves at once.
        drop(UnixStream::connect(&self.socket));
        self.thread.join().expect("the guest ends well");
    }
}
