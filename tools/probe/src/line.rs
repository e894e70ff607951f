//! The serial line, whatever it is made of: a socket, a terminal device, a pair of pipes.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

use crate::address::Address;
use crate::failure::{Failure, Kind};
use crate::{command, wait};

/// Pause between two attempts to connect. Nothing tells a stranger when a server starts to listen.
const RETRY: Duration = Duration::from_millis(20);

/// The speed at which the program drives COM1, in baud. It counts on a real port only.
const BAUD: u32 = 9600;

/// How many bytes a machine may say: more than any firmware does before the banner. A line that never stops must not
/// take the memory of the host.
pub const MOST: usize = 1 << 20;

/// An open line. What it changed (a terminal's mode, a socket's file) is put back when it goes.
#[derive(Debug)]
pub struct Line {
    input: OwnedFd,
    output: OwnedFd,
    received: Vec<u8>,
    mode: Option<Termios>,
    _socket: Option<SocketFile>,
}

/// What a wait for bytes brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// More bytes.
    Bytes,
    /// Nothing, in time.
    Silence,
    /// The end of the line.
    End,
}

impl Line {
    /// Opens the line at `address`, runs the command `start`, and waits, where it is the machine
    /// that connects, until it has; all of it before `until`.
    ///
    /// A socket that is not there yet is waited for: the machine may be starting.
    ///
    /// # Errors
    /// [`Kind::Open`] or [`Kind::Start`].
    pub fn open(address: &Address, start: Option<&str>, until: Instant) -> Result<Self, Failure> {
        let run_start = || match start {
            Some(command) => {
                command::run(command, until).map_err(|error| Failure::new(Kind::Start, format!("--start: {error}")))
            }
            None => Ok(()),
        };
        let failed = |what: &str, error: io::Error| Failure::new(Kind::Open, format!("{what}: {error}"));
        let line = match address {
            Address::UnixListen(path) => {
                let name = path.display().to_string();
                let listener = UnixListener::bind(path).map_err(|error| failed(&name, error))?;
                let file = SocketFile(path.clone());
                run_start()?;
                let socket = accept(&name, &listener, until, || listener.accept().map(|(socket, _)| socket))?;
                let mut line = Self::of_socket(socket.into()).map_err(|error| failed(&name, error))?;
                line._socket = Some(file);
                return Ok(line);
            }
            Address::TcpListen(name) => {
                let listener = TcpListener::bind(name.as_str()).map_err(|error| failed(name, error))?;
                run_start()?;
                let socket = accept(name, &listener, until, || listener.accept().map(|(socket, _)| socket))?;
                return Self::of_socket(socket.into()).map_err(|error| failed(name, error));
            }
            Address::Stdio => Self::of_stdio().map_err(|error| failed("standard input and output", error)),
            // A server that the start command makes is there after it, and a terminal must be
            // open before the machine says its first byte: where both could be, the path decides.
            Address::Tcp(name) => {
                run_start()?;
                return connect(until, || connect_tcp(name, until))
                    .and_then(Self::of_socket)
                    .map_err(|error| failed(name, error));
            }
            Address::Unix(path) => {
                run_start()?;
                return Self::of_unix(path, until).map_err(|error| failed(&path.display().to_string(), error));
            }
            Address::Pipe(path) => {
                Self::of_pipes(path, until).map_err(|error| failed(&path.display().to_string(), error))
            }
            Address::Path(path) => match fs::metadata(path).map(|data| data.file_type()) {
                Ok(kind) if kind.is_char_device() => Self::of_terminal(path),
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                // A file may give way to a server's socket; a folder never does.
                Ok(kind) if kind.is_dir() => Err(io::Error::other("is a folder, no socket and no terminal")),
                _ => match UnixStream::connect(path) {
                    Ok(socket) => Self::of_socket(socket.into()),
                    // No socket yet, or one that a server of an earlier run has left: the start command makes it.
                    Err(_) => {
                        run_start()?;
                        return Self::of_unix(path, until).map_err(|error| failed(&path.display().to_string(), error));
                    }
                },
            }
            .map_err(|error| failed(&path.display().to_string(), error)),
        }?;
        run_start()?;
        Ok(line)
    }

    /// All bytes that have come.
    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// Waits for more bytes, until `until`.
    ///
    /// # Errors
    /// Those of poll(2) and read(2), and more than [`MOST`] bytes in all. A broken connection is an end.
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
                Ok(0) => return Ok(Event::End),
                Ok(n) => {
                    self.received.extend_from_slice(&buffer[..n]);
                    return Ok(Event::Bytes);
                }
                // EIO: the other side of a pseudo-terminal is gone.
                Err(Errno::IO | Errno::CONNRESET) => return Ok(Event::End),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends one byte.
    ///
    /// # Errors
    /// Those of write(2).
    pub fn send(&mut self, byte: u8) -> io::Result<()> {
        loop {
            match rustix::io::write(&self.output, &[byte]) {
                Ok(1) => return Ok(()),
                Ok(_) => return Err(ErrorKind::WriteZero.into()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn of(input: OwnedFd, output: OwnedFd) -> Self {
        Self { input, output, received: Vec::new(), mode: None, _socket: None }
    }

    /// A line over one file for both directions.
    pub(crate) fn of_socket(socket: OwnedFd) -> io::Result<Self> {
        Ok(Self::of(socket.try_clone()?, socket))
    }

    fn of_unix(path: &Path, until: Instant) -> io::Result<Self> {
        Self::of_socket(connect(until, || Ok(UnixStream::connect(path)?.into()))?)
    }

    fn of_stdio() -> io::Result<Self> {
        let mut line = Self::of(io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
        if isatty(&line.input) {
            line.set_raw()?;
        }
        Ok(line)
    }

    /// Opens a serial port, or the pseudo-terminal of a virtual one, in raw mode.
    fn of_terminal(path: &Path) -> io::Result<Self> {
        // NOCTTY: it must not become this process's terminal. NONBLOCK: no wait for a carrier.
        let terminal = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK, Mode::empty())?;
        let mut line = Self::of_socket(terminal)?;
        if isatty(&line.input) {
            line.set_raw()?;
        }
        Ok(line)
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
        let input = connect(until, || open(&from, OFlags::RDONLY))?;
        // Without a reader at the other end, this fails with ENXIO until there is one.
        let output = connect(until, || open(&to, OFlags::WRONLY))?;
        Ok(Self::of(input, output))
    }

    /// Raw mode, 9600 8N1, no modem signals; the old mode is kept.
    fn set_raw(&mut self) -> io::Result<()> {
        let mut mode = tcgetattr(&self.input)?;
        self.mode = Some(mode.clone());
        mode.make_raw();
        mode.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
        mode.control_modes -= ControlModes::CSTOPB | ControlModes::CRTSCTS;
        mode.set_speed(BAUD)?;
        tcsetattr(&self.input, OptionalActions::Now, &mode)?;
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(mode) = &self.mode {
            // An error means that the machine, and the terminal with it, is gone.
            let _ = tcsetattr(&self.input, OptionalActions::Now, mode);
        }
    }
}

/// The file of a socket that listens, removed when this goes.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Attempts to connect until it works or `until` is there; gives the last error then.
fn connect(until: Instant, attempt: impl Fn() -> io::Result<OwnedFd>) -> io::Result<OwnedFd> {
    loop {
        match attempt() {
            Err(error) if is_not_yet(&error) && !wait::left(until).is_zero() => {
                thread::sleep(RETRY.min(wait::left(until)));
            }
            result => return result,
        }
    }
}

/// Does `error` say that there is no server yet?
fn is_not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
        || error.raw_os_error() == Some(Errno::NXIO.raw_os_error())
}

fn connect_tcp(name: &str, until: Instant) -> io::Result<OwnedFd> {
    let mut last = io::Error::new(ErrorKind::AddrNotAvailable, "no address of that name");
    for address in name.to_socket_addrs()? {
        // A time-out of zero is an error of its own.
        let left = wait::left(until).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(socket) => {
                // One byte a packet, and each must go out at once.
                socket.set_nodelay(true)?;
                return Ok(socket.into());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn accept<T>(
    name: &str,
    listener: impl AsFd,
    until: Instant,
    accept: impl Fn() -> io::Result<T>,
) -> Result<T, Failure> {
    match wait::readable(listener, until) {
        Ok(true) => accept().map_err(|error| Failure::new(Kind::Open, format!("{name}: {error}"))),
        Ok(false) => Err(Failure::new(Kind::Open, format!("{name}: no machine connects in time"))),
        Err(error) => Err(Failure::new(Kind::Open, format!("{name}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Write;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// What comes of reading a line at whose other end `bytes` are said, until it ends.
    fn read_to_the_end(bytes: usize) -> io::Result<usize> {
        let (near, mut far) = UnixStream::pair().unwrap();
        let mut line = Line::of_socket(near.into()).unwrap();
        // An error is that nobody reads on.
        thread::spawn(move || drop(far.write_all(&vec![b'.'; bytes])));
        while line.receive(soon())? == Event::Bytes {}
        Ok(line.received().len())
    }

    #[test]
    fn a_line_may_say_so_much_and_not_a_byte_more() {
        assert_eq!(read_to_the_end(MOST).unwrap(), MOST);
        let error = read_to_the_end(MOST + 1).unwrap_err().to_string();
        assert_eq!(error, "more than 1048576 bytes have come");
    }

    /// The error of an attempt that fails with `errno`, and how many attempts there were. A third one
    /// succeeds.
    fn attempts(errno: Errno, until: Instant) -> (io::Result<OwnedFd>, u32) {
        let count = Cell::new(0);
        let socket = connect(until, || {
            count.set(count.get() + 1);
            if count.get() < 3 { Err(errno.into()) } else { Ok(UnixStream::pair()?.0.into()) }
        });
        (socket, count.get())
    }

    #[test]
    fn a_server_that_is_not_there_yet_is_waited_for() {
        for errno in [Errno::NOENT, Errno::CONNREFUSED, Errno::NXIO] {
            let (socket, count) = attempts(errno, soon());
            assert!(socket.is_ok() && count == 3, "{errno}: {count} attempts");
        }
    }

    #[test]
    fn no_server_is_waited_for_when_the_time_is_over() {
        let (socket, count) = attempts(Errno::NOENT, Instant::now());
        assert_eq!((socket.unwrap_err().raw_os_error(), count), (Some(Errno::NOENT.raw_os_error()), 1));
    }

    #[test]
    fn an_error_that_time_does_not_mend_is_told_at_once() {
        for errno in [Errno::NOTDIR, Errno::ACCESS] {
            let (socket, count) = attempts(errno, soon());
            assert_eq!((socket.unwrap_err().raw_os_error(), count), (Some(errno.raw_os_error()), 1));
        }
    }
}
