//! The power button: pressed by QEMU's monitor (QMP), or by a command of the user's.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::line::{Event, Line, MOST};
use crate::{command, connect, wait};

/// Presses the button by the QMP server at `socket` and waits for the event SHUTDOWN, whose reason
/// must be `guest-shutdown`.
/// Errors: [`Kind::Press`], [`Kind::StillOn`], [`Kind::OtherEnd`].
pub fn by_qmp(socket: &Path, until: Instant) -> Result<(), Failure> {
    let name = socket.display();
    let cannot = |error: String| Failure::new(Kind::Press, format!("cannot press the button by {name}: {error}"));
    let mut qmp = Qmp::connect(socket).map_err(cannot)?;
    let greeting = qmp.read(until).map_err(cannot)?;
    if greeting["QMP"].is_null() {
        return Err(cannot(format!("not a QMP greeting: {greeting}")));
    }
    qmp.execute("qmp_capabilities", until).map_err(cannot)?;
    qmp.execute("system_powerdown", until).map_err(cannot)?;
    loop {
        let message = match qmp.early.pop() {
            Some(event) => event,
            None => qmp.read(until).map_err(|error| {
                Failure::new(Kind::StillOn, format!("the button is pressed, but no SHUTDOWN event comes: {error}"))
            })?,
        };
        if message["event"] == "SHUTDOWN" {
            let reason = message["data"]["reason"].as_str().unwrap_or("unknown");
            return if reason == "guest-shutdown" {
                Ok(())
            } else {
                Err(Failure::new(Kind::OtherEnd, format!("the machine went off by {reason}, not by itself")))
            };
        }
    }
}

/// Presses the button by `command` and waits for the end of the line, which goes with the machine, or until the
/// command `off` says that it is off.
/// Errors: [`Kind::Press`], [`Kind::StillOn`], [`Kind::OtherEnd`].
pub fn by_command(command: &str, off: Option<&str>, line: &mut Line, until: Instant) -> Result<(), Failure> {
    let pressed =
        command::run(command, until).map_err(|error| Failure::new(Kind::Press, format!("--power-command: {error}")))?;
    if !pressed.status.success() {
        // A command that waits for the end itself knows more than that it has failed.
        let kind = [Kind::StillOn, Kind::OtherEnd].into_iter().find(|&kind| pressed.is(kind)).unwrap_or(Kind::Press);
        return Err(Failure::new(kind, format!("--power-command: {}", pressed.complaint(command))));
    }
    command::pass_on(&pressed.said);
    if let Some(off) = off {
        return wait_until_off(off, until);
    }
    loop {
        match line.receive(until) {
            Ok(Event::End) => return Ok(()),
            Ok(Event::Bytes) => {}
            Ok(Event::Silence) => {
                return Err(Failure::new(Kind::StillOn, "the button is pressed, but the line does not end in time"));
            }
            Err(error) => return Err(Failure::new(Kind::StillOn, format!("cannot read from the line: {error}"))),
        }
    }
}

fn wait_until_off(command: &str, until: Instant) -> Result<(), Failure> {
    let answer = command::ask(command, until, |ended| {
        if ended.status.success() {
            return Some(Ok(()));
        }
        let other = || Failure::new(Kind::OtherEnd, format!("--off-command: {}", ended.complaint(command)));
        ended.is(Kind::OtherEnd).then(|| Err(other()))
    });
    answer.unwrap_or_else(|error| {
        Err(Failure::new(Kind::StillOn, format!("the button is pressed, but the machine is not off in time: {error}")))
    })
}

/// QEMU's monitor: one JSON object a line (QEMU's `docs/interop/qmp-spec.txt`).
struct Qmp {
    socket: UnixStream,
    unread: Vec<u8>,
    /// Bytes that have come in all.
    count: usize,
    /// Events that came before the answer to a command.
    early: Vec<Value>,
}

impl Qmp {
    fn connect(socket: &Path) -> Result<Self, String> {
        let socket = connect::unix(socket).map_err(|error| error.to_string())?.into();
        Ok(Self { socket, unread: Vec::new(), count: 0, early: Vec::new() })
    }

    fn execute(&mut self, command: &str, until: Instant) -> Result<(), String> {
        self.socket
            .write_all(format!("{{\"execute\": \"{command}\"}}\n").as_bytes())
            .map_err(|error| format!("{command}: {error}"))?;
        loop {
            let message = self.read(until).map_err(|error| format!("{command}: {error}"))?;
            if message["error"].is_object() {
                return Err(format!("{command}: {}", message["error"]["desc"]));
            }
            if message["return"].is_object() {
                return Ok(());
            }
            self.early.push(message);
        }
    }

    fn read(&mut self, until: Instant) -> Result<Value, String> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.unread) {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return serde_json::from_slice(&line)
                    .map_err(|_| format!("not JSON: \"{}\"", line.trim_ascii_end().escape_ascii()));
            }
            if !wait::readable(&self.socket, until).map_err(|error| error.to_string())? {
                return Err("nothing in time".into());
            }
            let mut buffer = [0; 4096];
            match rustix::io::read(&self.socket, &mut buffer) {
                Ok(0) => return Err("the monitor is gone".into()),
                Ok(n) => {
                    self.count += n;
                    if self.count > MOST {
                        return Err(format!("the monitor has said more than {MOST} bytes"));
                    }
                    self.unread.extend_from_slice(&buffer[..n]);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}
