//! The command line.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use boot256_facts::LINE_MAX;
use clap::Parser;

use crate::address::Address;
use crate::failure::Kind;

/// Checks over a serial line that a machine runs boot256: waits for the banner,
/// types a line, checks what comes back byte by byte.
#[derive(Debug, Parser)]
#[command(version, after_help = exit_codes(), verbatim_doc_comment)]
pub struct Options {
    /// Where the machine's COM1 is:
    ///   PATH                  a Unix socket or a terminal: /dev/pts/3, /dev/ttyS0
    ///   unix:PATH             a Unix socket
    ///   listen:PATH           a Unix socket to make: the machine connects
    ///   tcp:HOST:PORT         a TCP server
    ///   tcp-listen:HOST:PORT  a TCP port to open: the machine connects
    ///   pipe:PATH             named pipes PATH.in and PATH.out
    ///   exec:COMMAND          a shell command: its standard input and output
    ///   -                     standard input and output
    #[arg(long, value_name = "ADDRESS", verbatim_doc_comment, value_parser = Address::parse, allow_hyphen_values = true)]
    pub serial: Address,
    /// Shell command that starts the machine, run once the line is open,
    /// so that no byte is missed; it must return
    #[arg(long, value_name = "COMMAND", verbatim_doc_comment)]
    pub start: Option<String>,
    /// exec: is not open until the command has said this on
    /// standard error
    #[arg(long, value_name = "TEXT", verbatim_doc_comment)]
    pub ready: Option<String>,
    /// The machine is at its prompt already: press Enter first
    #[arg(long)]
    pub no_banner: bool,
    /// The banner is in what this command prints, sooner or later (a
    /// console's log): ask it again until it is, then press Enter
    #[arg(long, value_name = "COMMAND", verbatim_doc_comment, conflicts_with = "no_banner")]
    pub banner_command: Option<String>,
    /// What to type, at most as much as the program holds
    #[arg(long, value_name = "TEXT", default_value = "hello", value_parser = line, allow_hyphen_values = true)]
    pub line: String,
    #[command(flatten)]
    pub power: Power,
    /// After --power-command do not wait for the line's end, but ask this
    /// command again until it succeeds: the machine is off. Its exit
    /// status 12 is that failure
    #[arg(long, value_name = "COMMAND", verbatim_doc_comment, requires = "command")]
    pub off_command: Option<String>,
    /// For the whole check
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, allow_hyphen_values = true)]
    pub timeout: Duration,
    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Write the result as JUnit's XML as well, a test case a step
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// How to press the power button, if at all.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct Power {
    /// Then press the power button by QEMU's QMP and wait for the event
    /// SHUTDOWN by guest-shutdown
    #[arg(long = "power", value_name = "QMP_SOCKET", verbatim_doc_comment)]
    pub qmp: Option<PathBuf>,
    /// Then press it by a command and wait for the line's end; its exit
    /// status 11 or 12 is that failure
    #[arg(long = "power-command", value_name = "COMMAND", verbatim_doc_comment)]
    pub command: Option<String>,
}

impl Options {
    /// What is wrong with options that are right one by one.
    pub fn contradiction(&self) -> Option<&'static str> {
        let is_command = matches!(self.serial, Address::Exec(_));
        (self.ready.is_some() && !is_command).then_some("--ready goes with --serial exec: only")
    }
}

/// The first paragraph of what clap says, in one line: the rest is in `--help`.
pub fn in_a_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.lines().map_while(|line| Some(line.trim()).filter(|line| !line.is_empty()));
    let line = paragraph.collect::<Vec<_>>().join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

fn line(text: &str) -> Result<String, String> {
    if text.len() > LINE_MAX || text.bytes().any(|byte| byte < b' ' || byte == 0x7F) {
        return Err(format!("at most {LINE_MAX} bytes, none of them a control character"));
    }
    Ok(text.to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let timeout = seconds.filter(|timeout| !timeout.is_zero() && timeout.as_secs() < 1_000_000);
    timeout.ok_or_else(|| "not a number of seconds".to_owned())
}

fn exit_codes() -> String {
    let mut text = "Exit codes:\n   0  all is well\n".to_owned();
    for kind in Kind::ALL {
        let _ = writeln!(text, "  {:2}  {}", kind.exit_code(), kind.meaning());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `--line` and `--timeout` hold: the least and the most that they take, and what is beyond.
    #[test]
    fn takes_all_that_makes_sense_and_not_more() {
        for text in ["", " ", "~", "\u{80}", &"x".repeat(LINE_MAX)] {
            assert_eq!(line(text).as_deref(), Ok(text));
        }
        for text in ["\u{1f}", "a\u{7f}", "a\rb", &"x".repeat(LINE_MAX + 1)] {
            assert!(line(text).is_err(), "{text:?}");
        }
        for (text, timeout) in [("0.1", 0.1), ("60", 60.0), ("999999.5", 999_999.5)] {
            assert_eq!(seconds(text), Ok(Duration::from_secs_f64(timeout)));
        }
        for text in ["", "x", "0", "-1", "NaN", "inf", "1000000", "1e300"] {
            assert!(seconds(text).is_err(), "{text:?}");
        }
        // What looks like an option where a value stands.
        let options = Options::try_parse_from(["boot256-probe", "--serial", "-", "--line", "--json"]).unwrap();
        assert_eq!((options.serial, options.line.as_str(), options.json), (Address::Stdio, "--json", false));
        assert_eq!(options.timeout, Duration::from_secs(60));
    }
}
