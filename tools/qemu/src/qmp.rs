//! QEMU's monitor: one JSON object a line, as in QEMU's `docs/interop/qmp-spec.txt`.
//!
//! Not the crate `qapi`: it adds 48 s of building here, refuses events newer than its own copy of
//! the schema, and its blocking client cannot wait for an event. What is needed is below.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
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
        ensure!(!qemu.is_null(), "not a QMP greeting: {greeting}");
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
    pub fn human(&mut self, line: &str, patience: Duration) -> Result<String> {
        let answer = self.execute("human-monitor-command", json!({ "command-line": line }), patience)?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// The data of the first event `name`, past or to come; earlier events are dropped.
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
