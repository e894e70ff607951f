//! What `--serial` may say: where the machine's serial line is.

use std::path::PathBuf;

/// Where the serial line is.
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
    /// Anything else: a path, of a Unix socket or of a terminal device, as it turns out.
    Path(PathBuf),
}

impl Address {
    /// Reads an address; any text is one.
    pub fn parse(text: &str) -> Self {
        if text == "-" {
            return Self::Stdio;
        }
        match text.split_once(':') {
            Some(("tcp", rest)) => Self::Tcp(rest.into()),
            Some(("tcp-listen", rest)) => Self::TcpListen(rest.into()),
            Some(("unix", rest)) => Self::Unix(rest.into()),
            Some(("listen", rest)) => Self::UnixListen(rest.into()),
            Some(("pipe", rest)) => Self::Pipe(rest.into()),
            _ => Self::Path(text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_addresses_and_the_rest_paths() {
        assert_eq!(Address::parse("-"), Address::Stdio);
        assert_eq!(Address::parse("tcp:[::1]:4000"), Address::Tcp("[::1]:4000".into()));
        assert_eq!(Address::parse("tcp-listen:0.0.0.0:0"), Address::TcpListen("0.0.0.0:0".into()));
        assert_eq!(Address::parse("unix:a:b"), Address::Unix("a:b".into()));
        assert_eq!(Address::parse("listen:a"), Address::UnixListen("a".into()));
        assert_eq!(Address::parse("pipe:/x/com1"), Address::Pipe("/x/com1".into()));
        assert_eq!(Address::parse("/dev/pts/4"), Address::Path("/dev/pts/4".into()));
        assert_eq!(Address::parse("odd:name"), Address::Path("odd:name".into()));
    }
}
