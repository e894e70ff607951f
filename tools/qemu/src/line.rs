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
pub enum Line {
    /// Two pipes, QEMU's standard input and output. A pipe holds 64 KiB of single bytes: where a test
    /// is not let run for a while, the machine does not feel it.
    #[default]
    Pipes,
    /// A Unix socket, as with `-serial unix:`; full after some 280 writes of one byte.
    Unix,
    /// A TCP connection, as with `-serial tcp:`, with the smallest buffers the kernel gives.
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

/// A line that is not connected yet, or only at one end.
#[derive(Debug)]
pub(crate) enum Opened {
    /// Both ends are there.
    Whole(End),
    /// QEMU makes the terminal when it starts.
    PtyOfQemu,
}

impl Line {
    /// Makes the line and gives QEMU's end to `command`; what QEMU calls it, and what it has to
    /// inherit, come beside the test's end.
    ///
    /// # Errors
    /// If the system has no pipe or socket to give.
    pub(crate) fn open(self, command: &mut Command) -> Result<(Opened, String, Option<OwnedFd>)> {
        let whole = |ours: OwnedFd, theirs: OwnedFd| -> Result<_> {
            let chardev = format!("socket,id=com1,fd={}", theirs.as_raw_fd());
            let reader = File::from(ours.try_clone()?);
            Ok((Opened::Whole(End { writer: ours.into(), reader }), chardev, Some(theirs)))
        };
        match self {
            Self::Pipes => {
                let (com1_in, writer) = std::io::pipe()?;
                let (reader, com1_out) = std::io::pipe()?;
                command.stdin(com1_in).stdout(com1_out);
                let end = End { writer: OwnedFd::from(writer).into(), reader: OwnedFd::from(reader).into() };
                return Ok((Opened::Whole(end), "stdio,id=com1,signal=off".into(), None));
            }
            _ => command.stdin(Stdio::null()).stdout(Stdio::null()),
        };
        match self {
            Self::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                whole(ours.into(), theirs.into())
            }
            Self::Tcp => {
                // 1: the kernel makes it its least (tcp(7), socket(7)). Before the connection is made, for
                // the window is agreed on then.
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                set_socket_recv_buffer_size(&listener, 1)?;
                let theirs = TcpStream::connect(listener.local_addr()?)?;
                set_socket_send_buffer_size(&theirs, 1)?;
                let (ours, _) = listener.accept()?;
                whole(ours.into(), theirs.into())
            }
            _ => Ok((Opened::PtyOfQemu, "pty,id=com1".into(), None)),
        }
    }
}

impl Opened {
    /// The test's end, once QEMU runs. A terminal of QEMU's is opened and made raw; its machine has
    /// to be stopped until then, or its first bytes would go nowhere.
    ///
    /// # Errors
    /// If QEMU names no terminal, or it cannot be opened.
    pub(crate) fn end(self, qmp: &mut Qmp) -> Result<End> {
        if let Self::Whole(end) = self {
            return Ok(end);
        }
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
        Ok(End { reader: writer.try_clone()?, writer })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::LocalModes;

    use super::*;
    use crate::fake::{done, monitor};

    /// Bytes pass both ways between the test's end and QEMU's.
    fn pass(ours: &mut End, theirs: &mut (impl Read + Write)) {
        let mut buffer = [0; 3];
        ours.writer.write_all(b"abc").unwrap();
        theirs.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"abc");
        theirs.write_all(b"def").unwrap();
        ours.reader.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"def");
    }

    #[test]
    fn a_socket_is_inherited_by_its_number() {
        for (line, is_tcp) in [(Line::Unix, false), (Line::Tcp, true)] {
            let (opened, name, theirs) = line.open(&mut Command::new("true")).unwrap();
            let theirs = theirs.unwrap();
            assert_eq!(name, format!("socket,id=com1,fd={}", theirs.as_raw_fd()));
            let Opened::Whole(mut ours) = opened else { panic!("{opened:?}") };
            let mut theirs = TcpStream::from(theirs);
            assert_eq!(theirs.local_addr().is_ok(), is_tcp, "{line:?}");
            pass(&mut ours, &mut theirs);
        }
    }

    #[test]
    fn pipes_are_the_standard_input_and_output() {
        let mut command = Command::new("cat");
        let (opened, name, theirs) = Line::Pipes.open(&mut command).unwrap();
        assert_eq!((name.as_str(), theirs.is_none()), ("stdio,id=com1,signal=off", true));
        let Opened::Whole(End { mut writer, mut reader }) = opened else { panic!("{opened:?}") };
        let mut cat = command.spawn().unwrap();
        drop(command);
        writer.write_all(b"abc").unwrap();
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert!(cat.wait().unwrap().success());
    }

    #[test]
    fn a_terminal_of_qemu_s_is_asked_for_and_made_raw() {
        let (opened, name, theirs) = Line::Pty.open(&mut Command::new("true")).unwrap();
        assert_eq!((name.as_str(), theirs.is_none()), ("pty,id=com1", true));
        let host = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&host).unwrap();
        unlockpt(&host).unwrap();
        let path = ptsname(&host, Vec::new()).unwrap().into_string().unwrap();
        let mut qmp = monitor(move |command, _| {
            assert_eq!(command, "query-chardev");
            let monitor = json!({ "label": "monitor", "filename": "unix:/x" });
            vec![done(json!([monitor, { "label": "com1", "filename": format!("pty:{path}") }]))]
        });
        let mut ours = opened.end(&mut qmp).unwrap();
        assert!(!tcgetattr(&ours.reader).unwrap().local_modes.contains(LocalModes::ECHO));
        pass(&mut ours, &mut File::from(host));
    }

    #[test]
    fn a_qemu_without_a_terminal_is_quoted() {
        let mut qmp = monitor(|_, _| vec![done(json!([{ "label": "com1", "filename": "null" }]))]);
        let error = Opened::PtyOfQemu.end(&mut qmp).unwrap_err().to_string();
        assert!(error.starts_with("no terminal of QEMU's in [{"), "{error}");
    }
}
