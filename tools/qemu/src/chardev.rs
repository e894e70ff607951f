//! What COM1 is on QEMU's side: the ways people connect it, each with buffers of its own.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use rustix::fs::OFlags;
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;

use crate::qmp::Qmp;

/// How COM1 is connected, which decides how many bytes wait on the way when nobody reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chardev {
    /// Two pipes, QEMU's standard input and output. A pipe holds 64 KiB of single bytes: where a test
    /// is not let run for a while, the machine does not feel it.
    #[default]
    Pipes,
    /// A Unix socket, as with `-serial unix:`; full after some 280 writes of one byte.
    Unix,
    /// A TCP connection, as with `-serial tcp:`, with small buffers.
    Tcp,
    /// A terminal, as with `-serial pty`. Its buffers are the kernel's.
    Pty,
}

/// The test's end of a line.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) writer: File,
    pub(crate) reader: File,
}

impl Chardev {
    /// Makes the line and gives QEMU's end to `command`; what QEMU calls it, and what it has to
    /// inherit, come beside the test's end. There is none yet of a terminal, which QEMU makes when it starts.
    pub(crate) fn open(self, command: &mut Command) -> Result<(Option<End>, String, Option<OwnedFd>)> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let whole = |ours: OwnedFd, theirs: OwnedFd| -> Result<_> {
            let chardev = format!("socket,id=com1,fd={}", theirs.as_raw_fd());
            let reader = File::from(ours.try_clone()?);
            Ok((Some(End { writer: ours.into(), reader }), chardev, Some(theirs)))
        };
        match self {
            Self::Pipes => {
                let (com1_in, writer) = std::io::pipe()?;
                let (reader, com1_out) = std::io::pipe()?;
                command.stdin(com1_in).stdout(com1_out);
                let end = End { writer: OwnedFd::from(writer).into(), reader: OwnedFd::from(reader).into() };
                Ok((Some(end), "stdio,id=com1,signal=off".into(), None))
            }
            Self::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                whole(ours.into(), theirs.into())
            }
            Self::Tcp => {
                // Before the connection is made, for the window is agreed on then. Not the least that the kernel gives:
                // it drops what finds no room there and sends it again after pauses that double, for a minute and more.
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                set_socket_recv_buffer_size(&listener, 8 << 10)?;
                let theirs = TcpStream::connect(listener.local_addr()?)?;
                // 1: the kernel makes it its least (tcp(7), socket(7)).
                set_socket_send_buffer_size(&theirs, 1)?;
                let (ours, _) = listener.accept()?;
                whole(ours.into(), theirs.into())
            }
            Self::Pty => Ok((None, "pty,id=com1".into(), None)),
        }
    }
}

impl End {
    /// The terminal that QEMU has made, opened and made raw. The machine has to be stopped until then, or its first
    /// bytes would go nowhere.
    pub(crate) fn of_pty(qmp: &mut Qmp) -> Result<Self> {
        let chardevs = qmp.execute("query-chardev", json!({}), crate::deadline())?;
        let mut names = chardevs.as_array().into_iter().flatten().filter(|chardev| chardev["label"] == "com1");
        let name = names.next().and_then(|chardev| chardev["filename"].as_str()).unwrap_or_default();
        let path = name.strip_prefix("pty:").with_context(|| format!("no terminal of QEMU's in {chardevs}"))?;
        let noctty = OFlags::NOCTTY.bits() as i32;
        let writer = OpenOptions::new().read(true).write(true).custom_flags(noctty).open(path);
        let writer = writer.with_context(|| format!("cannot open {path}"))?;
        let mut raw = tcgetattr(&writer)?;
        raw.make_raw();
        tcsetattr(&writer, OptionalActions::Now, &raw)?;
        Ok(Self { reader: writer.try_clone()?, writer })
    }
}
