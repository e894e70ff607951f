//! Between a stand-in and its world: one Unix socket a call.
//!
//! The stand-in sends its words; the world answers with a [`Reply`], behind which, for a line, the socket
//! carries COM1's bytes as they are.

use std::io::{self, Read, Write};

/// The environment variable that names the world's socket.
pub const WORLD: &str = "STAND_IN_WORLD";

/// What a stand-in is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its exit code, unless it is a line.
    pub exit: u8,
    /// Goes to standard output.
    pub stdout: Vec<u8>,
    /// Goes to standard error.
    pub stderr: Vec<u8>,
    /// It is COM1 from now on, until either side ends.
    pub line: bool,
}

/// Sends the words of a command line, the tool's name first.
///
/// # Errors
/// Those of the socket.
pub fn send_words(to: &mut impl Write, words: &[String]) -> io::Result<()> {
    send_number(to, words.len())?;
    words.iter().try_for_each(|word| send_bytes(to, word.as_bytes()))
}

/// Receives what [`send_words`] has sent.
///
/// # Errors
/// Those of the socket, and words that are no UTF-8.
pub fn receive_words(from: &mut impl Read) -> io::Result<Vec<String>> {
    let count = receive_number(from)?;
    (0..count).map(|_| String::from_utf8(receive_bytes(from)?).map_err(io::Error::other)).collect()
}

impl Reply {
    /// Sends it.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn send(&self, to: &mut impl Write) -> io::Result<()> {
        send_number(to, self.exit.into())?;
        send_bytes(to, &self.stdout)?;
        send_bytes(to, &self.stderr)?;
        send_number(to, self.line.into())
    }

    /// Receives one.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn receive(from: &mut impl Read) -> io::Result<Self> {
        Ok(Self {
            exit: receive_number(from)?.try_into().map_err(io::Error::other)?,
            stdout: receive_bytes(from)?,
            stderr: receive_bytes(from)?,
            line: receive_number(from)? != 0,
        })
    }
}

fn send_number(to: &mut impl Write, number: usize) -> io::Result<()> {
    to.write_all(&u32::try_from(number).map_err(io::Error::other)?.to_le_bytes())
}

fn receive_number(from: &mut impl Read) -> io::Result<usize> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes) as usize)
}

fn send_bytes(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    send_number(to, bytes.len())?;
    to.write_all(bytes)
}

fn receive_bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; receive_number(from)?];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
