//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use boot256_facts::LINE_MAX;
use lexopt::prelude::*;

use crate::address::Address;
use crate::failure::Kind;

/// Time for the whole check unless `--timeout` says otherwise, in seconds.
const TIMEOUT: u64 = 60;

/// What to do.
#[derive(Debug)]
pub enum Action {
    /// Check a machine.
    Probe(Options),
    /// Print a text: the help or the version.
    Print(String),
}

/// How to check.
#[derive(Debug)]
pub struct Options {
    /// Where the serial line is.
    pub serial: Address,
    /// Time for the whole check.
    pub timeout: Duration,
    /// Report as JSON.
    pub json: bool,
    /// What to type.
    pub line: String,
    /// Wait for the banner.
    pub banner: bool,
    /// Command that starts the machine.
    pub start: Option<String>,
    /// How to press the power button, if at all.
    pub power: Option<Power>,
}

/// How to press the power button.
#[derive(Debug)]
pub enum Power {
    /// By the QMP server at this socket.
    Qmp(PathBuf),
    /// By this shell command.
    Command(String),
}

/// Reads the command line.
///
/// # Errors
/// If it makes no sense.
pub fn parse(mut parser: lexopt::Parser) -> Result<Action, lexopt::Error> {
    let mut serial = None;
    let mut options = Options {
        serial: Address::Stdio,
        timeout: Duration::from_secs(TIMEOUT),
        json: false,
        line: "hello".into(),
        banner: true,
        start: None,
        power: None,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("serial") => serial = Some(Address::parse(&parser.value()?.string()?)),
            Long("timeout") => {
                let seconds: f64 = parser.value()?.parse()?;
                options.timeout = Duration::try_from_secs_f64(seconds)
                    .ok()
                    .filter(|timeout| !timeout.is_zero() && timeout.as_secs() < 1_000_000)
                    .ok_or_else(|| format!("--timeout: not a number of seconds: {seconds}"))?;
            }
            Long("json") => options.json = true,
            Long("line") => {
                let line = parser.value()?.string()?;
                if line.len() > LINE_MAX || line.bytes().any(|byte| byte < b' ' || byte == 0x7F) {
                    return Err(format!("--line: at most {LINE_MAX} bytes, none of them a control character").into());
                }
                options.line = line;
            }
            Long("no-banner") => options.banner = false,
            Long("start") => options.start = Some(parser.value()?.string()?),
            Long("power") => set_power(&mut options, Power::Qmp(parser.value()?.into()))?,
            Long("power-command") => set_power(&mut options, Power::Command(parser.value()?.string()?))?,
            Short('h') | Long("help") => return Ok(Action::Print(help())),
            Short('V') | Long("version") => {
                return Ok(Action::Print(format!("boot256-probe {}\n", env!("CARGO_PKG_VERSION"))));
            }
            _ => return Err(argument.unexpected()),
        }
    }
    options.serial = serial.ok_or("--serial is missing")?;
    Ok(Action::Probe(options))
}

fn set_power(options: &mut Options, power: Power) -> Result<(), lexopt::Error> {
    if options.power.is_some() {
        return Err("--power and --power-command: one is enough".into());
    }
    options.power = Some(power);
    Ok(())
}

fn help() -> String {
    let mut help = format!(
        "\
Checks over a serial line that a machine runs boot256: waits for the banner,
types a line, checks what comes back byte by byte.

Usage: boot256-probe --serial ADDRESS [OPTION]...

  --serial ADDRESS      where the machine's COM1 is:
      PATH                  a Unix socket or a terminal (/dev/pts/3, /dev/ttyS0)
      unix:PATH             a Unix socket
      listen:PATH           a Unix socket to make: the machine connects
      tcp:HOST:PORT         a TCP server
      tcp-listen:HOST:PORT  a TCP port to open: the machine connects
      pipe:PATH             named pipes PATH.in and PATH.out
      -                     standard input and output
  --start COMMAND       shell command that starts the machine, run once the line
                        is open, so that no byte is missed; it must return
  --no-banner           the machine is at its prompt already: press Enter first
  --line TEXT           what to type, at most {LINE_MAX} bytes (default: hello)
  --power QMP_SOCKET    then press the power button by QEMU's QMP and wait for
                        the event SHUTDOWN by guest-shutdown
  --power-command COMMAND
                        then press it by a command and wait for the line's end
  --timeout SECONDS     for the whole check (default: {TIMEOUT})
  --json                print the result as one JSON object
  --version, --help

Exit codes:
   0  all is well
"
    );
    for kind in Kind::ALL {
        help.push_str(&format!("  {:2}  {}\n", kind.exit_code(), kind.meaning()));
    }
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_args(args: &[&str]) -> Result<Action, String> {
        parse(lexopt::Parser::from_args(args)).map_err(|error| error.to_string())
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for (args, error) in [
            (&[][..], "--serial is missing"),
            (&["--serial", "x", "--timeout", "0"], "--timeout: not a number of seconds: 0"),
            (&["--serial", "x", "--timeout", "-1"], "--timeout: not a number of seconds: -1"),
            (&["--serial", "x", "--line", "a\rb"], "--line: at most 80 bytes, none of them a control character"),
            (
                &["--serial", "x", "--line", &"x".repeat(81)],
                "--line: at most 80 bytes, none of them a control character",
            ),
            (&["--serial", "x", "--power", "q", "--power-command", "c"], "--power and --power-command: one is enough"),
            (&["--sreial", "x"], "invalid option '--sreial'"),
            (&["x"], "unexpected argument \"x\""),
        ] {
            assert_eq!(parse_args(args).unwrap_err(), error, "{args:?}");
        }
    }

    #[test]
    fn the_help_names_every_exit_code() {
        let Ok(Action::Print(help)) = parse_args(&["--help"]) else { panic!("no help") };
        for code in 2..=12 {
            assert!(help.contains(&format!("\n  {code:2}  ")), "{code} in {help}");
        }
        assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    }
}
