//! What `--serial` may say: where the machine's serial line is.

use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `-`: standard input and output.
    Stdio,
    /// `tcp:HOST:PORT`: a TCP server.
    Tcp(String),
    /// `tcp-listen:HOST:PORT`: a TCP client, which will connect.
    TcpListen(String),
    /// `unix:PATH`: a Unix socket that listens.
    Unix(PathBuf),
    /// `listen:PATH`: a Unix socket that this program makes, and to which the machine connects.
    UnixListen(PathBuf),
    /// `pipe:PATH`: two named pipes, PATH.in to the machine and PATH.out from it.
    Pipe(PathBuf),
    /// `exec:COMMAND`: a shell command whose standard input and output are the line.
    Exec(String),
    /// Anything else: a path, of a Unix socket or of a terminal device, as it turns out.
    Path(PathBuf),
}

impl Address {
    /// Errors: an empty path, as of a `$(virsh ttyconsole ...)` that found no machine; TCP without host or port.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stdio);
        }
        let (make, rest): (fn(&str) -> Self, _) = match text.split_once(':') {
            Some(("tcp", rest)) => (|name| Self::Tcp(name.into()), host_and_port(rest)?),
            Some(("tcp-listen", rest)) => (|name| Self::TcpListen(name.into()), host_and_port(rest)?),
            Some(("unix", rest)) => (|path| Self::Unix(path.into()), rest),
            Some(("listen", rest)) => (|path| Self::UnixListen(path.into()), rest),
            Some(("pipe", rest)) => (|path| Self::Pipe(path.into()), rest),
            Some(("exec", rest)) => (|command| Self::Exec(command.into()), rest),
            _ => (|path| Self::Path(path.into()), text),
        };
        if rest.is_empty() { Err("it names nothing".to_owned()) } else { Ok(make(rest)) }
    }
}

/// For a message, without what kind it is of.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Stdio => f.write_str("standard input and output"),
            Self::Tcp(name) | Self::TcpListen(name) | Self::Exec(name) => f.write_str(name),
            Self::Unix(path) | Self::UnixListen(path) | Self::Pipe(path) | Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// `name`, if it is HOST:PORT. Whether there is such a host is found out when it is asked.
fn host_and_port(name: &str) -> Result<&str, String> {
    match name.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(name),
        _ => Err("not HOST:PORT".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_addresses_and_the_rest_paths() {
        for (text, address) in [
            ("-", Address::Stdio),
            ("tcp:[::1]:4000", Address::Tcp("[::1]:4000".into())),
            ("tcp-listen:0.0.0.0:0", Address::TcpListen("0.0.0.0:0".into())),
            ("unix:a:b", Address::Unix("a:b".into())),
            ("listen:a", Address::UnixListen("a".into())),
            ("pipe:/x/com1", Address::Pipe("/x/com1".into())),
            ("exec:xl console :", Address::Exec("xl console :".into())),
            ("/dev/pts/4", Address::Path("/dev/pts/4".into())),
            ("odd:name", Address::Path("odd:name".into())),
        ] {
            assert_eq!(Address::parse(text), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in ["", "unix:", "listen:", "pipe:", "exec:"] {
            assert_eq!(Address::parse(text).unwrap_err(), "it names nothing", "{text:?}");
        }
        for name in ["", "host", ":1", "host:", "host:65536", "host:-1", "host:x"] {
            for how in ["tcp", "tcp-listen"] {
                assert_eq!(Address::parse(&format!("{how}:{name}")).unwrap_err(), "not HOST:PORT", "{how}:{name}");
            }
        }
    }
}
