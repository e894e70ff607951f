//! Stands for a QEMU in the tests of this crate: a monitor and a COM1 that say what a test wants. What is
//! checked is what the harness does with it; that a real QEMU says such things is for the tests that start one.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::line::End;
use crate::machine::Machine;
use crate::qmp::Qmp;
use crate::screen::{COLUMNS, ROWS, teletype};
use crate::vm::{Process, Vm};

/// What QEMU 10.0.2 greets with.
pub const GREETING: &str = r#"{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "p"}}}"#;

/// A monitor that answers a command and its arguments with the lines that `answer` gives.
pub fn monitor(mut answer: impl FnMut(&str, &Value) -> Vec<Value> + Send + 'static) -> Qmp {
    let (here, there) = UnixStream::pair().unwrap();
    std::thread::spawn(move || {
        let mut out = there.try_clone().unwrap();
        writeln!(out, "{GREETING}").unwrap();
        for line in BufReader::new(there).lines().map_while(Result::ok) {
            let message: Value = serde_json::from_str(&line).unwrap();
            let answers = match message["execute"].as_str().unwrap() {
                "qmp_capabilities" => vec![done(json!({}))],
                command => answer(command, &message["arguments"]),
            };
            // An error is that nobody listens any more.
            if answers.iter().any(|answer| writeln!(out, "{answer}").is_err()) {
                return;
            }
        }
    });
    Qmp::new(here, crate::deadline()).unwrap()
}

/// What QMP says when a command has done its work.
pub fn done(value: Value) -> Value {
    json!({ "return": value })
}

/// A QEMU that is none.
#[derive(Debug)]
pub struct Far {
    state: Arc<Mutex<State>>,
    /// What has been typed on COM1.
    pub typed: File,
}

/// What it is to do, and what it was told.
#[derive(Debug)]
pub struct State {
    com1: Option<File>,
    /// What `query-status` says.
    pub status: &'static str,
    /// What has been written to the disk, as `query-blockstats` counts it.
    pub writes: u64,
    /// What goes to COM1 for each `send-key`.
    pub on_keys: VecDeque<Vec<u8>>,
    /// Why the machine goes off when its button is pressed.
    pub reason: &'static str,
    /// What has been said on each of the screens, the last of which stays;
    pub screens: VecDeque<Vec<u8>>,
    /// What the human monitor says to a line that is not about the screen.
    pub human: &'static str,
    /// The commands that came: the name, and the arguments.
    pub commands: Vec<(String, Value)>,
}

impl Far {
    /// One that runs `machine`, and the harness's end of it.
    pub fn new(machine: &Machine) -> (Vm, Self) {
        let (reader, says) = std::io::pipe().unwrap();
        let (typed, writer) = std::io::pipe().unwrap();
        let file = |fd: OwnedFd| File::from(fd);
        let state = Arc::new(Mutex::new(State {
            com1: Some(file(says.into())),
            status: "running",
            writes: 0,
            on_keys: VecDeque::new(),
            reason: "guest-shutdown",
            screens: VecDeque::new(),
            human: "",
            commands: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let qmp = monitor(move |command, arguments| shared.lock().unwrap().answer(command, arguments));
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut complaints = tempfile::tempfile().unwrap();
        complaints.write_all(b"a complaint\n").unwrap();
        let process = Process::new(child, "qemu -x".into(), complaints);
        let end = End { writer: file(writer.into()), reader: file(reader.into()) };
        (Vm::new(machine, process, qmp, end), Self { state, typed: file(typed.into()) })
    }

    /// What it does from now on.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The machine says `bytes` on COM1.
    pub fn says(&self, bytes: &[u8]) {
        self.state().com1.as_mut().expect("COM1 is not closed").write_all(bytes).unwrap();
    }

    /// QEMU closes COM1.
    pub fn closes_com1(&self) {
        self.state().com1 = None;
    }

    /// The screen shows `texts`, one after the other, each time that it is looked at.
    pub fn shows(&self, texts: &[&[u8]]) {
        self.state().screens = texts.iter().map(|text| text.to_vec()).collect();
    }

    /// The names of the commands that came.
    pub fn commands(&self) -> Vec<String> {
        self.state().commands.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl State {
    fn answer(&mut self, command: &str, arguments: &Value) -> Vec<Value> {
        self.commands.push((command.to_owned(), arguments.clone()));
        vec![done(match command {
            "query-status" => json!({ "status": self.status }),
            "query-blockstats" => json!([{ "stats": { "wr_operations": self.writes } }]),
            "human-monitor-command" => json!(self.human(arguments["command-line"].as_str().unwrap())),
            "system_powerdown" => {
                let event = json!({ "event": "SHUTDOWN", "data": { "reason": self.reason } });
                return vec![done(json!({})), json!({ "event": "POWERDOWN" }), event];
            }
            "send-key" => {
                let answer = self.on_keys.pop_front().unwrap_or_default();
                self.com1.as_mut().expect("COM1 is not closed").write_all(&answer).unwrap();
                json!({})
            }
            "quit" => {
                self.com1 = None;
                json!({})
            }
            _ => return vec![json!({ "error": { "desc": format!("no command {command}") } })],
        })]
    }

    fn human(&mut self, line: &str) -> String {
        let text = self.screens.front().cloned().unwrap_or_default();
        let screen = teletype(&text);
        match line {
            "xp /2000xh 0xb8000" => {
                let mut cells = vec![0x0720_u16; ROWS * COLUMNS];
                for (at, row) in screen.rows.iter().enumerate() {
                    for (column, &byte) in row.iter().enumerate() {
                        cells[at * COLUMNS + column] = 0x0700 | u16::from(byte);
                    }
                }
                let lines = cells.chunks(8).map(|cells| {
                    let cells: String = cells.iter().map(|cell| format!(" {cell:#06x}")).collect();
                    format!("00000000000b8000:{cells}\r\n")
                });
                lines.collect()
            }
            "xp /2xb 0x450" => {
                if self.screens.len() > 1 {
                    self.screens.pop_front();
                }
                format!("0000000000000450: {:#04x} {:#04x}\r\n", screen.cursor.1, screen.cursor.0)
            }
            _ => self.human.to_owned(),
        }
    }
}
