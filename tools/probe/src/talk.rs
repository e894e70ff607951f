//! What is said to the machine and what must come back: `docs/contract.md`.

use std::time::Instant;

use boot256_facts::READY as PROMPT;
use memchr::memmem::find;

use crate::failure::{Failure, Kind};
use crate::line::{Event, Line};

const BANNER: &[u8] = boot256_facts::BANNER.as_bytes();
const CR: u8 = b'\r';

/// How many bytes of what has been heard a message shows at most: the last ones tell the most.
const SHOWN: usize = 120;

/// Waits for the banner and the prompt. Whatever the firmware says before is skipped.
/// Errors: [`Kind::NoBanner`], [`Kind::NoPrompt`], [`Kind::Closed`].
pub fn wait_for_banner(line: &mut Line, until: Instant) -> Result<(), Failure> {
    loop {
        if let Some(at) = find(line.received(), BANNER) {
            let rest = &line.received()[at + BANNER.len()..];
            if rest == PROMPT {
                return Ok(());
            }
            if !PROMPT.starts_with(rest) {
                return Err(wrong(Kind::NoPrompt, "the banner is not followed by the prompt alone", PROMPT, rest));
            }
        }
        receive(line, until, |heard| {
            if find(heard, BANNER).is_some() {
                (Kind::NoPrompt, format!("no prompt after the banner in time, heard {}", show(heard)))
            } else {
                (Kind::NoBanner, format!("no banner in time, heard {}", show(heard)))
            }
        })?;
    }
}

/// Is the banner, with a prompt behind it, in this log? Who keeps one may have changed its line ends and cut its blanks.
pub fn is_in_log(log: &[u8]) -> bool {
    find(log, BANNER).is_some_and(|at| log[at + BANNER.len()..].trim_ascii_start().starts_with(PROMPT.trim_ascii()))
}

/// Presses Enter and waits for a prompt: for a machine that has said its banner long ago.
/// Errors: [`Kind::NoPrompt`], [`Kind::Closed`].
pub fn ask_for_prompt(line: &mut Line, until: Instant) -> Result<(), Failure> {
    send(line, CR)?;
    while !ends_with_answer(line.received()) {
        receive(line, until, |heard| {
            (Kind::NoPrompt, format!("no prompt after Enter in time, heard {}", show(heard)))
        })?;
    }
    Ok(())
}

/// Types `text` and Enter, each byte after the echo of the one before it, and checks all that comes
/// back byte by byte: nothing may be missing and nothing may be there twice.
/// Errors: [`Kind::Echo`], [`Kind::Answer`], [`Kind::NoPrompt`], [`Kind::Closed`].
pub fn type_and_check(line: &mut Line, text: &[u8], until: Instant) -> Result<(), Failure> {
    let start = line.received().len();
    let mut expected = Vec::new();
    for &byte in text {
        send(line, byte)?;
        expected.push(byte);
        expect(line, start, &expected, Kind::Echo, "the echo", until)?;
    }
    send(line, CR)?;
    let mut answer = b"\r\n".to_vec();
    answer.extend(text.iter().rev());
    expected.extend(answer);
    expect(line, start, &expected, Kind::Answer, "the answer", until)?;
    expected.extend(PROMPT);
    expect(line, start, &expected, Kind::NoPrompt, "the prompt after the answer", until)?;
    // A byte that is there already is one too many.
    if line.received().len() > start + expected.len() {
        let heard = &line.received()[start..];
        return Err(wrong(Kind::NoPrompt, "more than the prompt after the answer", &expected, heard));
    }
    Ok(())
}

/// Waits until all of `expected` has come after the first `start` bytes. More may be there already.
fn expect(
    line: &mut Line,
    start: usize,
    expected: &[u8],
    kind: Kind,
    what: &str,
    until: Instant,
) -> Result<(), Failure> {
    loop {
        let heard = &line.received()[start..];
        let known = heard.len().min(expected.len());
        if heard[..known] != expected[..known] {
            return Err(wrong(kind, &format!("{what} is wrong"), expected, heard));
        }
        if known == expected.len() {
            return Ok(());
        }
        receive(line, until, |heard| {
            (
                kind,
                format!("{what} does not come in time: expected {}, heard {}", show(expected), show(&heard[start..])),
            )
        })?;
    }
}

/// Waits for more bytes; `late` says what it means if none come until `until`.
fn receive(line: &mut Line, until: Instant, late: impl Fn(&[u8]) -> (Kind, String)) -> Result<(), Failure> {
    match line.receive(until) {
        Ok(Event::Bytes) => Ok(()),
        Ok(Event::Silence) => {
            let (kind, message) = late(line.received());
            Err(Failure::new(kind, message))
        }
        Ok(Event::End) => {
            Err(Failure::new(Kind::Closed, format!("the line ends too early, heard {}", show(line.received()))))
        }
        Err(error) => Err(Failure::new(Kind::Closed, format!("cannot read from the line: {error}"))),
    }
}

fn send(line: &mut Line, byte: u8) -> Result<(), Failure> {
    line.send(byte).map_err(|error| Failure::new(Kind::Closed, format!("cannot write to the line: {error}")))
}

fn wrong(kind: Kind, what: &str, expected: &[u8], heard: &[u8]) -> Failure {
    Failure::new(kind, format!("{what}: expected {}, heard {}", show(expected), show(heard)))
}

/// Does `heard` end with the answer to a line (CR LF, the line backwards, CR LF, prompt)?
///
/// The banner looks like one behind a firmware's last line, and is none.
fn ends_with_answer(heard: &[u8]) -> bool {
    let Some(rest) = heard.strip_suffix(PROMPT) else { return false };
    let Some(at) = rest.iter().rposition(|&byte| byte == b'\n') else { return false };
    rest[..at].ends_with(b"\r") && rest[at + 1..] != *BANNER
}

/// `bytes` in one line, between quotes; of very many the last.
pub fn show(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing".into();
    }
    let last = &bytes[bytes.len().saturating_sub(SHOWN)..];
    let cut = if last.len() < bytes.len() { "..." } else { "" };
    format!("{cut}\"{}\"", last.escape_ascii())
}

#[cfg(test)]
mod tests {
    use boot256_facts::START;

    use super::*;

    #[test]
    fn an_answer_is_told_from_the_banner() {
        assert!(ends_with_answer(b"\r\n\r\n$ "));
        assert!(ends_with_answer(&[START, b"\r\n\r\n$ "].concat()));
        assert!(ends_with_answer(b"abc\r\ncba\r\n$ "));
        assert!(!ends_with_answer(START));
        assert!(!ends_with_answer(&[b"Booting from Hard Disk...\r\n", START].concat()));
        assert!(!ends_with_answer(b"\r\n$ "));
        assert!(!ends_with_answer(b"\r\nabc\r\n$"));
    }

    #[test]
    fn what_is_shown_is_short_and_on_one_line() {
        assert_eq!(show(b""), "nothing");
        assert_eq!(show(b"a\r\n\x1b"), r#""a\r\n\x1b""#);
        let long = show(&[b'x'; 1000]);
        assert!(long.starts_with("...\"x") && long.len() == SHOWN + 5, "{long}");
    }

    /// What a machine says to `hello` and Enter.
    const SAID: &[u8] = b"hello\r\nolleh\r\n$ ";

    /// A line at whose other end somebody has said `bytes` and gone.
    fn line_that_said(bytes: &[u8]) -> Line {
        use std::io::Write;
        use std::os::unix::net::UnixStream;
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(bytes).unwrap();
        far.shutdown(std::net::Shutdown::Write).unwrap();
        // Kept open for what is typed: a line that is closed refuses it.
        std::thread::spawn(move || std::io::copy(&mut far, &mut std::io::sink()));
        Line::of_socket(near.into()).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + std::time::Duration::from_secs(20)
    }

    /// One byte changed, missing or added, and it is not the answer any more; whatever it is, the message is one line.
    #[test]
    fn an_answer_with_one_fault() {
        for (at, byte) in (0..SAID.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut others = [SAID.to_vec(), SAID.to_vec(), SAID.to_vec()];
            others[0][at] = byte;
            others[1].insert(at, byte);
            others[2].remove(at);
            // The missing byte once is enough.
            for bytes in &others[..if byte == 0 { 3 } else { 2 }] {
                let said = type_and_check(&mut line_that_said(bytes), b"hello", soon());
                assert_eq!(said.is_ok(), bytes == SAID, "{}: {said:?}", bytes.escape_ascii());
                let message = said.err().map_or(String::new(), |failure| failure.to_string());
                assert!(message.len() < 1000 && !message.contains('\n'), "{message}");
            }
        }
    }

    #[test]
    fn a_banner_in_a_log() {
        for log in ["ClientAPI\r\n$ ", "Booting\nClientAPI\n$", "ClientAPI\n\n$ hello"] {
            assert!(is_in_log(log.as_bytes()), "{log:?}");
        }
        for log in ["", "Client", "ClientAPI\r\n", "$ ClientAPI"] {
            assert!(!is_in_log(log.as_bytes()), "{log:?}");
        }
    }
}
