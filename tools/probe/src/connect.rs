//! Connecting to sockets that may not be there yet, and making those to which the machine connects.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, socket};

use crate::undo::{self, Undo};
use crate::wait::{self, RETRY};

/// How long the next address of a name waits for the one before it (RFC 8305, Connection Attempt Delay).
const STAGGER: Duration = Duration::from_millis(250);

/// Where a line comes from that can be opened again.
#[derive(Debug)]
pub enum Source {
    Tcp(String),
    /// A TCP client.
    TcpListen(TcpListener),
    Unix(PathBuf),
    /// A client of a Unix socket of ours.
    UnixListen {
        listener: UnixListener,
        /// Takes its file away.
        _file: Undo,
    },
}

impl Source {
    /// Errors: those of bind(2).
    pub fn listen_tcp(name: &str) -> io::Result<Self> {
        Ok(Self::TcpListen(TcpListener::bind(name)?))
    }

    /// Makes the Unix socket `path`; a socket that nobody listens on any more gives way.
    /// Errors: those of bind(2).
    pub fn listen_unix(path: &Path) -> io::Result<Self> {
        let (listener, _file) = undo::with(|| {
            let listener = match UnixListener::bind(path) {
                Err(error) if error.kind() == ErrorKind::AddrInUse && is_stale(path) => {
                    fs::remove_file(path)?;
                    UnixListener::bind(path)
                }
                result => result,
            }?;
            let path = path.to_owned();
            Ok((listener, Box::new(move || drop(fs::remove_file(path)))))
        })?;
        Ok(Self::UnixListen { listener, _file })
    }

    /// Opens a line, before `until`, and says who is at its other end, where the name does not. `ends` is how often
    /// one has ended at once: where a name has many addresses, another one comes first.
    /// Errors: the last one of all attempts.
    pub fn open(&self, until: Instant, ends: usize) -> io::Result<(OwnedFd, Option<SocketAddr>)> {
        let connects = |there: io::Result<bool>| match there? {
            true => Ok(()),
            false => Err(io::Error::new(ErrorKind::TimedOut, "no machine connects in time")),
        };
        match self {
            Self::Tcp(name) => tcp(name, until, ends),
            Self::Unix(path) => patiently(until, || unix(path)).map(|socket| (socket, None)),
            Self::TcpListen(listener) => {
                connects(wait::readable(listener, until))?;
                let (socket, peer) = listener.accept()?;
                Ok((socket.into(), Some(peer)))
            }
            Self::UnixListen { listener, .. } => {
                connects(wait::readable(listener, until))?;
                Ok((listener.accept()?.0.into(), None))
            }
        }
    }
}

/// Is this a socket that nobody listens on?
fn is_stale(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket())
        && unix(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Attempts it until it works or `until` is there.
/// Errors: the last one, and one that time does not mend at once.
pub fn patiently<T>(until: Instant, attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if is_not_yet(&error) && !wait::left(until).is_zero() => {
                thread::sleep(RETRY.min(wait::left(until)));
            }
            result => return result,
        }
    }
}

/// Does `error` say that there is no server yet, or one that is busy?
fn is_not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::WouldBlock)
        || error.raw_os_error() == Some(Errno::NXIO.raw_os_error())
}

/// Connects to the Unix socket `path`. One whose queue is full is an error ([`ErrorKind::WouldBlock`]), and no wait
/// without end.
/// Errors: those of connect(2).
pub fn unix(path: &Path) -> io::Result<OwnedFd> {
    // By two calls more, for macOS has no flags for them.
    let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    rustix::io::ioctl_fionbio(&socket, false)?;
    Ok(socket)
}

/// What became of an attempt to connect to an address. The one who attempts goes on after an error that time mends.
type Attempt = (SocketAddr, io::Result<TcpStream>);

/// Connects to one of the addresses of `name`, each of which is attempted until `until`: none has to wait for another
/// one's silence.
fn tcp(name: &str, until: Instant, ends: usize) -> io::Result<(OwnedFd, Option<SocketAddr>)> {
    let mut addresses = resolve(name, until)?;
    let first = ends % addresses.len();
    addresses.rotate_left(first);
    race(addresses, until)
}

/// [`tcp`] with `addresses`, of which there is one at least.
fn race(addresses: Vec<SocketAddr>, until: Instant) -> io::Result<(OwnedFd, Option<SocketAddr>)> {
    let is_one = addresses.len() == 1;
    let mut errors: Vec<(SocketAddr, Option<io::Error>)> = Vec::new();
    let mut waiting = addresses.into_iter();
    let (sender, attempts) = mpsc::channel::<Attempt>();
    let mut sender = Some(sender);
    // Who attempts sees by this that it is over.
    let wanted = Arc::new(());
    loop {
        if let Some(address) = waiting.next() {
            errors.push((address, None));
            let (Some(sender), wanted) = (sender.clone(), Arc::downgrade(&wanted)) else { break };
            thread::spawn(move || attempt(address, until, &sender, || wanted.strong_count() > 0));
        } else {
            sender = None;
        }
        let patience = wait::left(until).min(if waiting.len() > 0 { STAGGER } else { Duration::MAX });
        match attempts.recv_timeout(patience) {
            Ok((address, Ok(socket))) => {
                // One byte a packet, and each must go out at once.
                socket.set_nodelay(true)?;
                return Ok((socket.into(), (!is_one).then_some(address)));
            }
            // Silence, which is told below.
            Ok((_, Err(error))) if error.kind() == ErrorKind::TimedOut => {}
            Ok((address, Err(error))) => {
                if let Some((_, last)) = errors.iter_mut().find(|(of, _)| *of == address) {
                    *last = Some(error);
                }
            }
            Err(RecvTimeoutError::Timeout) if !wait::left(until).is_zero() => {}
            Err(_) => break,
        }
    }
    let mut told = Vec::new();
    for (address, error) in errors {
        let error = error.unwrap_or_else(|| io::Error::new(ErrorKind::TimedOut, "no answer in time"));
        if is_one {
            return Err(error);
        }
        told.push(format!("{address}: {error}"));
    }
    Err(io::Error::other(told.join(", ")))
}

/// The addresses of `name`, before `until`.
fn resolve(name: &str, until: Instant) -> io::Result<Vec<SocketAddr>> {
    let (sender, answer) = mpsc::channel();
    let owned = name.to_owned();
    // A name server that does not answer is waited for longer than anybody wants.
    thread::spawn(move || sender.send(owned.to_socket_addrs().map(Vec::from_iter)));
    let addresses = match answer.recv_timeout(wait::left(until)) {
        Ok(addresses) => addresses?,
        Err(_) => return Err(io::Error::new(ErrorKind::TimedOut, "the name is not resolved in time")),
    };
    if addresses.is_empty() {
        Err(io::Error::new(ErrorKind::NotFound, "no address of that name"))
    } else {
        Ok(addresses)
    }
}

/// Attempts to connect to `address` again and again, and tells what comes of it.
fn attempt(address: SocketAddr, until: Instant, sender: &Sender<Attempt>, is_wanted: impl Fn() -> bool) {
    while is_wanted() {
        // A time-out of zero is an error of its own.
        let result = TcpStream::connect_timeout(&address, wait::left(until).max(Duration::from_millis(1)));
        let goes_on = result.as_ref().is_err_and(is_not_yet) && !wait::left(until).is_zero();
        // An error is that nobody wants to know.
        if sender.send((address, result)).is_err() || !goes_on {
            return;
        }
        thread::sleep(RETRY.min(wait::left(until)));
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::{bind, listen, socket};

    use super::*;

    /// A port where a machine listens at one address, and at another one a queue that is full: who connects there hears
    /// nothing, as from a host that drops packets.
    #[test]
    fn a_silent_address_keeps_no_other_one_waiting() {
        let (alive, dead) = (TcpListener::bind("127.0.0.1:0").unwrap(), "127.0.0.2:0".parse::<SocketAddr>().unwrap());
        let alive_at = alive.local_addr().unwrap();
        let dead_at = SocketAddr::new(dead.ip(), alive_at.port());
        let full = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&full, &dead_at).unwrap();
        listen(&full, 0).unwrap();
        let _first = TcpStream::connect(dead_at).unwrap();
        let soon = || Instant::now() + Duration::from_millis(500);
        let (_, peer) = race(vec![dead_at, alive_at], Instant::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(peer, Some(alive_at));
        drop(alive);
        let error = race(vec![dead_at, alive_at], soon()).unwrap_err().to_string();
        assert_eq!(error, format!("{dead_at}: no answer in time, {alive_at}: Connection refused (os error 111)"));
        // Of one that is alone, the message has the name already.
        assert_eq!(race(vec![dead_at], soon()).unwrap_err().to_string(), "no answer in time");
    }
}
