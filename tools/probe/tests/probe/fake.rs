//! A guest that is none: it talks as the program does, but for one fault.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use boot256_facts::{PROMPT, START};
use tempfile::TempDir;

/// The one thing that a guest does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Says nothing at all.
    Silent,
    /// Says something else than the banner.
    OtherBanner,
    /// Says the banner and no prompt.
    NoPrompt,
    /// Says the banner twice.
    BannerTwice,
    /// Ends before the banner is whole.
    EndsInBanner,
    /// Never answers a byte.
    Deaf,
    /// Echoes each byte twice, as a console that is mirrored does.
    EchoTwice,
    /// Answers the line as it was typed.
    Forwards,
    /// Ends in the midst of the answer.
    EndsInAnswer,
    /// Has no prompt after the answer.
    NoSecondPrompt,
    /// Says one byte too many after the prompt.
    OneTooMany,
}

/// What a BIOS may say before the program does.
pub const PREFACE: &[u8] = b"\x1bc\x1b[?7l\x1b[2JSeaBIOS (version 1.16.2)\r\n\r\nBooting from Hard Disk...\r\n";

/// All that a machine says to a probe that types `hello`, as a report shows it.
pub fn heard() -> String {
    let hello = boot256_facts::CASES.iter().find(|case| case.bytes() == b"hello\r").expect("a case of it");
    [START, hello.said].concat().escape_ascii().to_string()
}

/// Talks over `socket` until the other side ends it.
pub fn talk(mut socket: UnixStream, fault: Fault) -> std::io::Result<()> {
    let start: &[u8] = match fault {
        Fault::Silent => b"",
        Fault::OtherBanner => b"Client\r\n$ ",
        Fault::NoPrompt => START.strip_suffix(PROMPT).expect("the start ends with the prompt"),
        Fault::BannerTwice => b"CClliieennttAAPPII\r\n$ ",
        Fault::EndsInBanner => return socket.write_all(b"Client"),
        _ => START,
    };
    socket.write_all(start)?;
    converse(socket, fault)
}

/// As [`talk`], from the prompt on.
pub fn converse(mut socket: UnixStream, fault: Fault) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut byte = [0];
    while socket.read(&mut byte)? == 1 {
        match (byte[0], fault) {
            (_, Fault::Silent | Fault::Deaf) => {}
            (b'\r', _) => {
                let answer: Vec<u8> = match fault {
                    Fault::Forwards => line.clone(),
                    _ => line.iter().rev().copied().collect(),
                };
                socket.write_all(b"\r\n")?;
                if fault == Fault::EndsInAnswer {
                    return socket.write_all(&answer[..1]);
                }
                socket.write_all(&answer)?;
                socket.write_all(match fault {
                    Fault::NoSecondPrompt => b"\r\n",
                    Fault::OneTooMany => b"\r\n$ $",
                    _ => b"\r\n$ ",
                })?;
                line.clear();
            }
            (byte, _) => {
                line.push(byte);
                let times = if fault == Fault::EchoTwice { 2 } else { 1 };
                socket.write_all(&[byte; 2][..times])?;
            }
        }
    }
    Ok(())
}

/// A guest behind a Unix socket that serves one visitor.
#[derive(Debug)]
pub struct Server {
    pub socket: PathBuf,
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

    /// Starts a guest with `fault`.
    pub fn with(fault: Fault) -> Self {
        // An error is the visitor's leaving.
        Self::of(move |socket| drop(talk(socket, fault)))
    }

    /// Waits until the guest has ended, and fails if it has panicked.
    #[track_caller]
    pub fn end(self) {
        // A guest whom nobody has visited would wait for ever: it gets a visitor that leaves at once.
        drop(UnixStream::connect(&self.socket));
        self.thread.join().expect("the guest ends well");
    }
}
