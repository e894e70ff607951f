//! QEMU's monitor: one JSON object a line, as in QEMU's `docs/interop/qmp-spec.txt`.
//!
//! Not the crate `qapi`: it adds 48 s of building here, refuses events newer than its own copy of
//! the schema, and its blocking client cannot wait for an event. What is needed is below.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A monitor that has been greeted, in command mode.
#[derive(Debug)]
pub struct Qmp {
    socket: UnixStream,
    unread: Vec<u8>,
    events: VecDeque<Value>,
    version: String,
    transcript: Vec<String>,
}

impl Qmp {
    /// Takes the greeting from `socket` and leaves capability negotiation.
    ///
    /// # Errors
    /// If no QEMU answers within `patience`.
    pub fn new(socket: UnixStream, patience: Duration) -> Result<Self> {
        let mut qmp = Self {
            socket,
            unread: Vec::new(),
            events: VecDeque::new(),
            version: "unknown".into(),
            transcript: Vec::new(),
        };
        let greeting = qmp.read(Instant::now() + patience).context("no greeting from QMP")?;
        let version = &greeting["QMP"]["version"];
        let qemu = &version["qemu"];
        if qemu.is_null() {
            bail!("not a QMP greeting: {greeting}");
        }
        qmp.version = format!(
            "{}.{}.{} {}",
            qemu["major"],
            qemu["minor"],
            qemu["micro"],
            version["package"].as_str().unwrap_or_default()
        );
        qmp.execute("qmp_capabilities", json!({}), patience)?;
        Ok(qmp)
    }

    /// QEMU's version and package, such as `7.2.22 Debian 1:7.2+dfsg-7`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every line sent and received.
    pub fn transcript(&self) -> &[String] {
        &self.transcript
    }

    /// Runs `command` and returns what it returns. Events that come meanwhile are kept.
    ///
    /// # Errors
    /// If QEMU reports one, is gone, or does not answer within `patience`.
    pub fn execute(&mut self, command: &str, arguments: Value, patience: Duration) -> Result<Value> {
        let line = json!({ "execute": command, "arguments": arguments }).to_string();
        self.transcript.push(format!("> {line}"));
        self.socket
            .write_all(format!("{line}\n").as_bytes())
            .with_context(|| format!("cannot send {command} to QEMU"))?;
        let until = Instant::now() + patience;
        loop {
            let mut message = self.read(until).with_context(|| format!("no answer to {command}"))?;
            if message["event"].is_string() {
                self.events.push_back(message);
            } else if message["error"].is_object() {
                bail!("QEMU refuses {command}: {}", message["error"]["desc"]);
            } else {
                return Ok(message["return"].take());
            }
        }
    }

    /// Runs a line of the human monitor, which knows what QMP does not: guest memory and ports.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn human(&mut self, line: &str, patience: Duration) -> Result<String> {
        let answer = self.execute("human-monitor-command", json!({ "command-line": line }), patience)?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// The data of the first event `name`, past or to come; earlier events are dropped.
    ///
    /// # Errors
    /// If QEMU is gone or the event does not come within `patience`.
    pub fn event(&mut self, name: &str, patience: Duration) -> Result<Value> {
        let until = Instant::now() + patience;
        loop {
            let mut message = match self.events.pop_front() {
                Some(event) => event,
                None => self.read(until).with_context(|| format!("no {name} event"))?,
            };
            if message["event"] == name {
                return Ok(message["data"].take());
            }
        }
    }

    /// The next line, as JSON. What has come of an unfinished line is kept for the next call.
    fn read(&mut self, until: Instant) -> Result<Value> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line);
                self.transcript.push(format!("< {}", text.trim_end()));
                return serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"));
            }
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
            let Some(left) = left else { bail!("nothing in time") };
            self.socket.set_read_timeout(Some(left))?;
            let mut buffer = [0; 4096];
            match self.socket.read(&mut buffer) {
                Ok(0) => bail!("QEMU is gone"),
                Ok(n) => self.unread.extend_from_slice(&buffer[..n]),
                // Not in time, which the clock tells above, or a signal.
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                }
                Err(error) => return Err(error).context("cannot read from QMP"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{self, GREETING, done};

    /// A monitor to which `said` is already said.
    fn monitor(said: &str) -> (Result<Qmp>, UnixStream) {
        let (here, mut there) = UnixStream::pair().unwrap();
        there.write_all(said.as_bytes()).unwrap();
        (Qmp::new(here, Duration::from_millis(50)), there)
    }

    #[test]
    fn keeps_events_that_come_before_an_answer() {
        let (qmp, mut there) = monitor(&format!("{GREETING}\n{{\"return\": {{}}}}\n"));
        let mut qmp = qmp.unwrap();
        assert_eq!(qmp.version(), "10.0.2 p");
        let said = "{\"event\": \"STOP\"}\n{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\n{\"return\": 7}\n";
        there.write_all(said.as_bytes()).unwrap();
        assert_eq!(qmp.execute("x", json!({}), crate::deadline()).unwrap(), 7);
        let data = qmp.event("SHUTDOWN", Duration::ZERO).unwrap();
        assert_eq!(data["reason"], "guest-shutdown");
    }

    #[test]
    fn says_what_went_wrong() {
        let (nobody, _there) = monitor("");
        assert_eq!(format!("{:#}", nobody.unwrap_err()), "no greeting from QMP: nothing in time");
        let (other, _there) = monitor("{}\n");
        assert_eq!(other.unwrap_err().to_string(), "not a QMP greeting: {}");
        let (qmp, mut there) = monitor(&format!("{GREETING}\n{{\"return\": {{}}}}\n"));
        let mut qmp = qmp.unwrap();
        there.write_all(b"{\"error\": {\"class\": \"c\", \"desc\": \"bad\"}}\n").unwrap();
        let error = qmp.execute("x", json!({}), crate::deadline()).unwrap_err();
        assert_eq!(error.to_string(), "QEMU refuses x: \"bad\"");
        drop(there);
        assert!(qmp.event("SHUTDOWN", crate::deadline()).is_err());
    }

    #[test]
    fn what_was_said_is_kept_in_order() {
        let mut qmp = fake::monitor(|_, _| vec![json!({ "event": "STOP" }), done(json!("text\r\n"))]);
        assert_eq!(qmp.human("info x", crate::deadline()).unwrap(), "text\r\n");
        let said = [
            format!("< {GREETING}"),
            r#"> {"arguments":{},"execute":"qmp_capabilities"}"#.into(),
            r#"< {"return":{}}"#.into(),
            r#"> {"arguments":{"command-line":"info x"},"execute":"human-monitor-command"}"#.into(),
            r#"< {"event":"STOP"}"#.into(),
            r#"< {"return":"text\r\n"}"#.into(),
        ];
        assert_eq!(qmp.transcript(), said);
    }

    #[test]
    fn an_event_is_waited_for_and_those_before_it_are_dropped() {
        let events = ["STOP", "RESUME", "STOP"].map(|name| json!({ "event": name, "data": { "of": name } }));
        let mut qmp = fake::monitor(move |_, _| [&[done(json!({}))], &events[..]].concat());
        qmp.execute("x", json!({}), crate::deadline()).unwrap();
        assert_eq!(qmp.event("RESUME", crate::deadline()).unwrap()["of"], "RESUME");
        assert_eq!(qmp.event("STOP", crate::deadline()).unwrap()["of"], "STOP");
        let (begun, patience) = (Instant::now(), Duration::from_millis(5));
        let error = qmp.event("STOP", patience).unwrap_err();
        assert_eq!(format!("{error:#}"), "no STOP event: nothing in time");
        assert!(begun.elapsed() >= patience, "it is over early");
    }

    #[test]
    fn a_qemu_that_is_gone_is_told_from_one_that_says_nothing() {
        let (qmp, mut there) = monitor(&format!("{GREETING}\n{{\"return\": {{}}}}\n"));
        let mut qmp = qmp.unwrap();
        let ended = std::thread::spawn(move || {
            // It ends with a command half read: the system calls that a connection that is reset.
            there.set_read_timeout(None).unwrap();
            let mut negotiation = [0; 46];
            there.read_exact(&mut negotiation).unwrap();
            assert!(negotiation.ends_with(b"}\n"), "{negotiation:?}");
            there.read_exact(&mut [0]).unwrap();
        });
        let error = qmp.execute("x", json!({}), crate::deadline()).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "no answer to x: cannot read from QMP: Connection reset by peer (os error 104)"
        );
        ended.join().unwrap();
        assert!(qmp.execute("x", json!({}), crate::deadline()).unwrap_err().to_string().starts_with("cannot send x"));
        let (ends, there) = monitor(&format!("{GREETING}\n"));
        drop(there);
        assert_eq!(format!("{:#}", ends.unwrap_err()), "no answer to qmp_capabilities: nothing in time");
    }

    #[test]
    fn what_is_no_json_is_quoted() {
        let (qmp, _there) = monitor("QEMU 7.2\n");
        let error = format!("{:#}", qmp.unwrap_err());
        assert!(error.starts_with("no greeting from QMP: not JSON: QEMU 7.2"), "{error}");
    }
}
