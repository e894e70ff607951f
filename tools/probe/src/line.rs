//! The serial line, whatever it is made of: a socket, a terminal device, a pair of pipes, a command.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, isatty, tcgetattr, tcsetattr};

use crate::address::Address;
use crate::command::Session;
use crate::connect::{Source, patiently, unix};
use crate::failure::{Failure, Kind};
use crate::undo::{self, Undo};
use crate::wait::{self, RETRY};

/// The speed at which the program drives COM1, in baud. It counts on a real port only.
const BAUD: u32 = 9600;

/// How many bytes a machine may say: more than any firmware does before the banner. A line that never stops must not
/// take the memory of the host.
pub const MOST: usize = 1 << 20;

/// An open line. What it changed (a terminal's mode, a socket's file) is put back when it goes, and its command ended.
#[derive(Debug)]
pub struct Line {
    input: OwnedFd,
    output: OwnedFd,
    received: Vec<u8>,
    /// What has been sent, until the first byte comes.
    sent: Vec<u8>,
    /// How often it ended before its first byte.
    ends: usize,
    has_ended: bool,
    peer: Option<SocketAddr>,
    source: Option<Source>,
    session: Option<Session>,
    _mode: Option<Undo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Bytes,
    /// Nothing, in time.
    Silence,
    End,
}

impl Line {
    /// Opens the line at `address`, calls `start`, and waits, where it is the machine that connects, until it has;
    /// all of it before `until`. A command that is the line must have said `ready` before `start`.
    ///
    /// A socket that is not there yet is waited for: the machine may be starting.
    /// Errors: [`Kind::Open`], and those of `start`.
    pub fn open(
        address: &Address,
        ready: Option<&str>,
        start: impl FnOnce() -> Result<(), Failure>,
        until: Instant,
    ) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::new(Kind::Open, format!("{address}: {error}"));
        let source = match address {
            // A server that the start command makes is there after it, and a terminal must be
            // open before the machine says its first byte: where both could be, the path decides.
            Address::Tcp(name) => Source::Tcp(name.clone()),
            Address::Unix(path) => Source::Unix(path.clone()),
            Address::TcpListen(name) => Source::listen_tcp(name).map_err(failed)?,
            Address::UnixListen(path) => Source::listen_unix(path).map_err(failed)?,
            Address::Stdio | Address::Pipe(_) | Address::Exec(_) | Address::Path(_) => {
                let line = match address {
                    Address::Pipe(path) => Self::of_pipes(path, until).map(Some),
                    Address::Exec(command) => Self::of_command(command, ready, until).map(Some),
                    Address::Path(path) => Self::of_path(path),
                    _ => Self::of_stdio().map(Some),
                };
                match (line.map_err(failed)?, address) {
                    (Some(line), _) => {
                        start()?;
                        return Ok(line);
                    }
                    (None, Address::Path(path)) => Source::Unix(path.clone()),
                    (None, _) => unreachable!("only a path may be a socket to come"),
                }
            }
        };
        start()?;
        let (socket, peer) = source.open(until, 0).map_err(failed)?;
        let line = Self::of_socket(socket).map_err(failed)?;
        Ok(Self { peer, source: Some(source), ..line })
    }

    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// Who is at the other end, where the address does not say it.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// What a message about the line should say besides: who was heard, what its command has complained of.
    pub fn context(&mut self) -> String {
        let mut context = String::new();
        if let Some(peer) = self.peer {
            context += &format!(", from {peer}");
        }
        if self.ends > 0 {
            context += &format!(", and {} times an end before the first byte", self.ends);
        }
        if let Some(session) = &mut self.session {
            context += &session.complaint(self.has_ended);
        }
        context
    }

    /// Waits for more bytes, until `until`. A connection that ends before the first byte is made again: some listen for
    /// a machine that does not yet (ssh -L, docker-proxy, VirtualBox).
    /// Errors: those of poll(2) and read(2), and more than [`MOST`] bytes in all. A broken connection is an end.
    pub fn receive(&mut self, until: Instant) -> io::Result<Event> {
        loop {
            if self.received.len() > MOST {
                return Err(io::Error::other(format!("more than {MOST} bytes have come")));
            }
            if !wait::readable(&self.input, until)? {
                return Ok(Event::Silence);
            }
            let mut buffer = [0; 4096];
            match rustix::io::read(&self.input, &mut buffer) {
                // EIO: the other side of a pseudo-terminal is gone.
                Ok(0) | Err(Errno::IO | Errno::CONNRESET) => {
                    if !self.opens_again(until) {
                        self.has_ended = true;
                        return Ok(Event::End);
                    }
                }
                Ok(n) => {
                    self.received.extend_from_slice(&buffer[..n]);
                    return Ok(Event::Bytes);
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Opens the line again, if nothing has come by it and there is time.
    fn opens_again(&mut self, until: Instant) -> bool {
        let Some(source) = self.source.as_ref().filter(|_| self.received.is_empty()) else { return false };
        self.ends += 1;
        thread::sleep(RETRY.min(wait::left(until)));
        if wait::left(until).is_zero() {
            return false;
        }
        let Ok((socket, peer)) = source.open(until, self.ends) else { return false };
        let Ok(input) = socket.try_clone() else { return false };
        (self.input, self.output, self.peer) = (input, socket, peer);
        let sent = std::mem::take(&mut self.sent);
        sent.into_iter().all(|byte| self.send(byte).is_ok())
    }

    /// Errors: those of write(2), but for a line that has ended: [`Self::receive`] tells of that.
    pub fn send(&mut self, byte: u8) -> io::Result<()> {
        if self.received.is_empty() {
            self.sent.push(byte);
        }
        loop {
            match rustix::io::write(&self.output, &[byte]) {
                Ok(1) | Err(Errno::PIPE | Errno::CONNRESET) => return Ok(()),
                Ok(_) => return Err(ErrorKind::WriteZero.into()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn of(input: OwnedFd, output: OwnedFd) -> Self {
        Self {
            input,
            output,
            received: Vec::new(),
            sent: Vec::new(),
            ends: 0,
            has_ended: false,
            peer: None,
            source: None,
            session: None,
            _mode: None,
        }
    }

    /// A line over one file for both directions.
    pub(crate) fn of_socket(socket: OwnedFd) -> io::Result<Self> {
        Ok(Self::of(socket.try_clone()?, socket))
    }

    /// A terminal, or a socket where somebody listens; none, if there may be one later.
    fn of_path(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path).map(|data| data.file_type()) {
            Ok(kind) if kind.is_char_device() => Self::of_terminal(path).map(Some),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            // A file may give way to a server's socket; a folder never does.
            Ok(kind) if kind.is_dir() => Err(io::Error::other("is a folder, no socket and no terminal")),
            _ => match unix(path) {
                Ok(socket) => {
                    let line = Self::of_socket(socket)?;
                    Ok(Some(Self { source: Some(Source::Unix(path.to_owned())), ..line }))
                }
                // No socket yet, or one that a server of an earlier run has left: the start command makes it.
                Err(_) => Ok(None),
            },
        }
    }

    /// The line of a command, which has said `ready` on its standard error.
    fn of_command(command: &str, ready: Option<&str>, until: Instant) -> io::Result<Self> {
        let (mut session, input, output) = Session::start(command)?;
        if let Some(ready) = ready {
            session.wait_for(ready, until).map_err(io::Error::other)?;
        }
        Ok(Self { session: Some(session), ..Self::of(input, output) })
    }

    fn of_stdio() -> io::Result<Self> {
        Self::of(io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?).raw()
    }

    /// Opens a serial port, or the pseudo-terminal of a virtual one, in raw mode.
    fn of_terminal(path: &Path) -> io::Result<Self> {
        // NOCTTY: it must not become this process's terminal. NONBLOCK: no wait for a carrier.
        let terminal = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK, Mode::empty())?;
        Self::of_socket(terminal)?.raw()
    }

    /// Opens the two named pipes that QEMU's `pipe` character device uses: `path`.in is the one
    /// into the machine.
    fn of_pipes(path: &Path, until: Instant) -> io::Result<Self> {
        let with = |end: &str| PathBuf::from(format!("{}.{end}", path.display()));
        let (from, to) = (with("out"), with("in"));
        for pipe in [&from, &to] {
            if fs::metadata(pipe).is_ok_and(|data| !data.file_type().is_fifo()) {
                return Err(io::Error::other(format!("{} is no named pipe", pipe.display())));
            }
        }
        let open = |path: &Path, flags| Ok(rustix::fs::open(path, flags | OFlags::NONBLOCK, Mode::empty())?);
        let input = patiently(until, || open(&from, OFlags::RDONLY))?;
        // Without a reader at the other end, this fails with ENXIO until there is one.
        let output = patiently(until, || open(&to, OFlags::WRONLY))?;
        Ok(Self::of(input, output))
    }

    /// Raw mode, 9600 8N1, no modem signals, if it is a terminal; the old mode comes back at the end.
    fn raw(self) -> io::Result<Self> {
        if !isatty(&self.input) {
            return Ok(self);
        }
        let before = tcgetattr(&self.input)?;
        let terminal = self.input.try_clone()?;
        let mut mode = before.clone();
        mode.make_raw();
        mode.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
        mode.control_modes -= ControlModes::CSTOPB | ControlModes::CRTSCTS;
        mode.set_speed(BAUD)?;
        let ((), undo) = undo::with(|| {
            tcsetattr(&terminal, OptionalActions::Now, &mode)?;
            let restore = move || {
                // An error means that the machine, and the terminal with it, is gone.
                let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
            };
            Ok(((), Box::new(restore)))
        })?;
        Ok(Self { _mode: Some(undo), ..self })
    }
}
