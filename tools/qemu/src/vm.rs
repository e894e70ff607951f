//! A machine that runs: what is typed into it is fed to the model too, and what it says must be
//! what the model says, byte by byte, to the end of the stream.
//!
//! Every method panics when the machine does not do what the contract says. When the test has
//! panicked, the machine's version, command line and transcripts are printed.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use boot256_facts::editor::Editor;
use boot256_facts::{BANNER, Case, START};
use serde_json::{Value, json};

use crate::chardev::End;
use crate::picture::Picture;
use crate::process::{LAST_MOMENT, Process};
use crate::qmp::Qmp;
use crate::screen::{Display, Screen, dump};
use crate::stream::Transcript;
use crate::{deadline, keys};

/// A running machine. It is killed when this goes.
#[derive(Debug)]
pub struct Vm {
    qmp: Qmp,
    com1: Option<Com1>,
    display: Display,
    serial_console: bool,
    editor: Editor,
    /// What must have been said since the machine started, the firmware's part left out.
    expected: Vec<u8>,
    process: Process,
}

/// The far end of COM1.
#[derive(Debug)]
struct Com1 {
    writer: File,
    transcript: Transcript,
    /// Bytes the firmware said before the program: they are not the contract's.
    firmware: usize,
    /// Bytes of the expected ones that have been found right.
    checked: usize,
}

impl Vm {
    pub(crate) fn new(process: Process, qmp: Qmp, com1: Option<End>, display: Display, serial_console: bool) -> Self {
        let com1 = com1.map(|End { writer, reader }| Com1 {
            writer,
            transcript: Transcript::of(reader),
            firmware: 0,
            checked: 0,
        });
        Self { qmp, com1, display, serial_console, editor: Editor::new(), expected: Vec::new(), process }
    }

    /// Waits for the banner and the prompt: on COM1, where nothing may come before it unless the
    /// firmware has its console there, else on the screen.
    #[track_caller]
    pub fn starts(&mut self) {
        if self.serial_console
            && let Some(com1) = &mut self.com1
        {
            let found = com1.transcript.wait(deadline(), |bytes, ended| {
                let found = bytes.windows(START.len()).position(|part| part == START);
                found.map(Ok).or(ended.then_some(Err(())))
            });
            match found {
                Some(Ok(at)) => com1.firmware = at,
                _ => panic!("COM1 never says the banner and the prompt as they should be"),
            }
        }
        self.expected.extend(START);
        self.says_it();
    }

    /// Sends `bytes` to COM1 and waits until what the model answers has come, and nothing else.
    #[track_caller]
    pub fn types(&mut self, bytes: &[u8]) {
        let mut writer = &self.com1.as_ref().expect("a machine with COM1").writer;
        writer.write_all(bytes).unwrap_or_else(|error| panic!("COM1 takes no more bytes: {error}"));
        self.expected.extend(self.editor.feed_all(bytes));
        self.says_it();
    }

    /// Types a case of the contract on COM1; what comes out must be what the case says.
    #[track_caller]
    pub fn holds(&mut self, case: &Case) {
        let before = self.expected.len();
        self.types(&case.bytes());
        self.said_since(before, case);
    }

    /// Types a case of the contract on the PC keyboard, each key after the echo of the one before;
    /// what comes out must be what the case says.
    ///
    /// # Panics
    /// If the keyboard has not all of its keys.
    #[track_caller]
    pub fn holds_on_keyboard(&mut self, case: &Case) {
        let before = self.expected.len();
        for name in case.keys().unwrap_or_else(|| panic!("no keys for {:?}", case.name)) {
            self.presses(&keys::named(name), boot256_facts::byte_of(name));
        }
        self.said_since(before, case);
    }

    /// The machine has said what the model says: it must be what is written in the case.
    #[track_caller]
    fn said_since(&self, before: usize, case: &Case) {
        let said = &self.expected[before..];
        assert!(said == case.said, "{}: `{}`, must be `{}`", case.name, said.escape_ascii(), case.said.escape_ascii());
    }

    /// Presses the keys for each character of `text`, one character after the other's echo.
    #[track_caller]
    pub fn types_on_keyboard(&mut self, text: &str) {
        for character in text.chars() {
            self.presses(&keys::chord(character), Some(character as u8));
        }
    }

    /// Presses `keys` together (QEMU's names) and waits for what the model answers to `byte`, the
    /// byte the BIOS makes of them, if it makes one.
    #[track_caller]
    pub fn presses(&mut self, keys: &[&str], byte: Option<u8>) {
        let keys: Vec<Value> = keys.iter().map(|key| json!({ "type": "qcode", "data": key })).collect();
        self.run("send-key", json!({ "keys": keys, "hold-time": 1 }));
        let answer = byte.map(|byte| self.editor.feed(byte)).unwrap_or_default();
        self.expected.extend(&answer);
        if !answer.is_empty() {
            self.says_it();
        }
    }

    /// Counts `bytes` as typed: what the model answers must come, and is not waited for.
    pub fn answers(&mut self, bytes: &[u8]) {
        self.expected.extend(self.editor.feed_all(bytes));
    }

    /// Waits until `enough` is content with what COM1 has said so far, the firmware's part left out.
    #[track_caller]
    pub fn hears(&self, mut enough: impl FnMut(&[u8]) -> bool) {
        let com1 = self.com1.as_ref().expect("a machine with COM1");
        let heard = com1
            .transcript
            .wait(deadline(), |bytes, ended| (enough(&bytes[com1.firmware..]) || ended).then_some(ended));
        assert_eq!(heard, Some(false), "COM1 never says enough");
    }

    /// A second handle on the far end of COM1, for a thread that writes while the test goes on. A
    /// write waits while more than 64 KiB have not been read, and fails when the machine has ended.
    #[track_caller]
    pub fn com1_writer(&self) -> File {
        let com1 = self.com1.as_ref().expect("a machine with COM1");
        com1.writer.try_clone().expect("a second handle")
    }

    /// What COM1 has said so far, the firmware's part included.
    #[track_caller]
    pub fn com1(&self) -> &Transcript {
        &self.com1.as_ref().expect("a machine with COM1").transcript
    }

    /// The screen as it is now.
    #[track_caller]
    pub fn screen(&mut self) -> Screen {
        Screen::read(&mut self.qmp).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Waits until the screen shows all that must have been said. The machine tells nobody when it
    /// draws, so its screen is read until it is there.
    #[track_caller]
    pub fn shows_it(&mut self) {
        let until = Instant::now() + deadline();
        while let Err(shown) = self.shown() {
            assert!(Instant::now() < until, "{shown}");
        }
    }

    /// Whether the screen shows all that must have been said; else what it shows instead.
    fn shown(&mut self) -> Result<(), String> {
        let expected = self.expected.escape_ascii();
        match self.display {
            Display::None => Ok(()),
            Display::Text => {
                let screen = Screen::read(&mut self.qmp).map_err(|error| format!("{error:#}"))?;
                let right = screen.ends_with(&self.expected) && screen.count(BANNER.as_bytes()) <= 1;
                right.then_some(()).ok_or_else(|| format!("the screen does not show `{expected}` but\n{screen}"))
            }
            Display::Picture => {
                let picture = Picture::read(&mut self.qmp).map_err(|error| format!("{error:#}"))?;
                let right = picture.ends_with(&self.expected);
                right.then_some(()).ok_or_else(|| format!("the picture does not show `{expected}`"))
            }
        }
    }

    /// Presses the power button and waits until the machine has switched itself off; then the
    /// checks of [`ends`](Self::ends).
    #[track_caller]
    pub fn powers_off(mut self) {
        self.presses_power_button();
        self.is_off();
        self.ends();
    }

    /// Presses the power button.
    #[track_caller]
    pub fn presses_power_button(&mut self) {
        self.run("system_powerdown", json!({}));
    }

    /// Waits until the machine is off, which must be the program's own doing.
    #[track_caller]
    pub fn is_off(&mut self) {
        let shutdown = self.qmp.event("SHUTDOWN", deadline()).unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(shutdown["reason"], "guest-shutdown", "why the machine went off");
    }

    /// Ends the machine, on or off, and checks what it leaves: COM1 has said every byte once and no
    /// other, the screen shows the same, and no disk was written to.
    #[track_caller]
    pub fn ends(mut self) {
        // COM1 has the last byte a moment before the screen has it.
        if self.run("query-status", json!({}))["status"] == "running" {
            self.shows_it();
        }
        self.shown().unwrap_or_else(|shown| panic!("{shown}"));
        let devices = self.run("query-blockstats", json!({}));
        for device in devices.as_array().into_iter().flatten() {
            assert_eq!(device["stats"]["wr_operations"], 0, "writes to {device}");
        }
        self.quits();
        if let Some(com1) = &mut self.com1 {
            com1.ends_with(&self.expected);
        }
    }

    /// Ends the machine and returns all that COM1 said, the firmware's part left out.
    #[track_caller]
    pub fn ends_unchecked(mut self) -> Vec<u8> {
        self.quits();
        let com1 = self.com1.as_ref().expect("a machine with COM1");
        com1.transcript.bytes().split_off(com1.firmware)
    }

    /// The 16 bits at I/O port `port`.
    #[track_caller]
    pub fn port(&mut self, port: u16) -> u16 {
        self.reads_port("h", port)
    }

    /// The 8 bits at I/O port `port`.
    #[track_caller]
    pub fn byte_port(&mut self, port: u16) -> u8 {
        self.reads_port("b", port) as u8
    }

    #[track_caller]
    fn reads_port(&mut self, width: &str, port: u16) -> u16 {
        // `portw[0x0600] = 0x0001`
        let answer = self.human(&format!("i /{width} {port:#x}"));
        let value = answer.trim().rsplit_once("0x").and_then(|(_, digits)| u16::from_str_radix(digits, 16).ok());
        value.unwrap_or_else(|| panic!("no value in {answer:?}"))
    }

    /// `count` bytes of memory from the physical address `address` on.
    #[track_caller]
    pub fn memory(&mut self, address: u32, count: usize) -> Vec<u8> {
        let text = self.human(&format!("xp /{count}xb {address:#x}"));
        let bytes = dump(&text).unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(bytes.len(), count, "bytes of memory in {text:?}");
        bytes.into_iter().map(|byte| byte as u8).collect()
    }

    /// Whether the first CPU is halted at this moment.
    #[track_caller]
    pub fn is_halted(&mut self) -> bool {
        self.human("info registers").contains("HLT=1")
    }

    /// How often each line, 0 to 15, of the two interrupt controllers has been raised, masked or not.
    #[track_caller]
    pub fn irqs(&mut self) -> [u64; 16] {
        let text = self.human("info irq");
        let mut counts = [0; 16];
        // `IRQ statistics for isa-i8259:`, then ` 8: 2` or `12: 2` for each line that has been raised at all; then
        // perhaps another controller.
        let (_, pics) = text.split_once("isa-i8259:").unwrap_or_else(|| panic!("no i8259 in {text:?}"));
        for line in pics.lines().skip(1).take_while(|line| line.contains(": ")) {
            let count = line.trim().split_once(": ").and_then(|(irq, n)| Some((irq.parse().ok()?, n.parse().ok()?)));
            let (irq, n): (usize, u64) = count.unwrap_or_else(|| panic!("no count in {line:?}"));
            counts[irq] = n;
        }
        counts
    }

    /// Asks `done` over and over until it is content: for what the machine tells nobody.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let until = Instant::now() + deadline();
        while !done(self) {
            assert!(Instant::now() < until, "not in time: {what}");
        }
    }

    /// Runs a line of QEMU's human monitor.
    #[track_caller]
    pub fn human(&mut self, line: &str) -> String {
        self.qmp.human(line, deadline()).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Runs a QMP command.
    #[track_caller]
    pub fn run(&mut self, command: &str, arguments: Value) -> Value {
        self.qmp.execute(command, arguments, deadline()).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// The number of QEMU's process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until QEMU's process has ended by itself, as it does after `quit` and where the machine
    /// has `-action shutdown=poweroff`.
    #[track_caller]
    pub fn exits(&mut self) {
        let ended = self.process.ends(deadline()).unwrap_or_else(|error| panic!("cannot wait for QEMU: {error}"));
        assert!(ended.is_some(), "QEMU does not end");
    }

    /// What must have been said since the start.
    pub fn expected(&self) -> &[u8] {
        &self.expected
    }

    /// Waits until all that must have been said has been said, on COM1 or, without one, on the screen.
    #[track_caller]
    fn says_it(&mut self) {
        match &mut self.com1 {
            Some(com1) => com1.says(&self.expected),
            None => self.shows_it(),
        }
    }

    /// What has become of the machine, for whom a test fails: `running`, `shutdown` and so on, as
    /// `query-status` has it, or how QEMU has ended.
    fn state(&mut self) -> String {
        match self.qmp.execute("query-status", json!({}), deadline()) {
            Ok(answer) => answer["status"].as_str().unwrap_or("unknown").into(),
            Err(error) => match self.process.ends(LAST_MOMENT) {
                Ok(Some(status)) => format!("QEMU has ended by itself: {status}"),
                _ => format!("{error:#}"),
            },
        }
    }

    #[track_caller]
    fn quits(&mut self) {
        self.run("quit", json!({}));
        if let Some(com1) = &self.com1 {
            let ended = com1.transcript.wait(deadline(), |_, ended| ended.then_some(()));
            assert!(ended.is_some(), "QEMU does not end COM1 when it quits");
        }
    }
}

impl Com1 {
    /// Waits until `expected` has come; a wrong byte, or one too many, ends it at once.
    #[track_caller]
    fn says(&mut self, expected: &[u8]) {
        let (firmware, checked) = (self.firmware, &mut self.checked);
        let said_all = self.transcript.wait(deadline(), |bytes, ended| {
            let said = &bytes[firmware..];
            let known = said.len().min(expected.len());
            let right = said[*checked..known] == expected[*checked..known] && said.len() <= expected.len();
            if !right {
                return Some(false);
            }
            *checked = known;
            (known == expected.len() || ended).then_some(known == expected.len())
        });
        if said_all != Some(true) {
            self.differs(expected, if said_all.is_none() { "in time" } else { "byte for byte" });
        }
    }

    /// The stream has ended, and with `expected`.
    #[track_caller]
    fn ends_with(&self, expected: &[u8]) {
        if self.transcript.bytes()[self.firmware..] != *expected {
            self.differs(expected, "to the end");
        }
    }

    #[track_caller]
    fn differs(&self, expected: &[u8], how: &str) -> ! {
        let bytes = self.transcript.bytes();
        let said = &bytes[self.firmware..];
        let at = said.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let part = |bytes: &[u8]| {
            let (from, to) = (at.saturating_sub(20), (at + 60).min(bytes.len()));
            bytes[from.min(to)..to].escape_ascii().to_string()
        };
        panic!(
            "COM1 does not say what it must {how}: {} bytes of {} are right, then\n  it must say `{}`\n  it says     `{}`",
            at,
            expected.len(),
            part(expected),
            part(said)
        );
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        eprintln!("\nQEMU {}", self.qmp.version());
        eprint!("{}", self.process);
        if let Some(com1) = &self.com1 {
            eprintln!("COM1 said:   `{}`", shortened(&com1.transcript.bytes()));
        }
        eprintln!("it must say: `{}`", shortened(&self.expected));
        eprintln!("the machine: {}", self.state());
        if self.display == Display::Text
            && let Ok(screen) = Screen::read(&mut self.qmp)
        {
            eprintln!("screen:\n{screen}");
        }
        eprint!("QMP:\n{}", listed(self.qmp.transcript()));
    }
}

/// `lines`, indented and shortened. Where the machine was asked for the same again and again, the middle says nothing.
fn listed(lines: &[String]) -> String {
    const ENDS: usize = 20;
    const WIDTH: usize = 300;
    let line = |line: &String| format!("  {}\n", &line[..line.floor_char_boundary(WIDTH)]);
    if lines.len() <= 2 * ENDS {
        return lines.iter().map(line).collect();
    }
    let (head, tail) = (&lines[..ENDS], &lines[lines.len() - ENDS..]);
    let middle = format!("  [... {} lines ...]\n", lines.len() - 2 * ENDS);
    head.iter().map(line).chain([middle]).chain(tail.iter().map(line)).collect()
}

/// `bytes` escaped; of very many the first and the last.
fn shortened(bytes: &[u8]) -> String {
    const ENDS: usize = 2000;
    if bytes.len() <= 2 * ENDS {
        return bytes.escape_ascii().to_string();
    }
    let (head, tail) = (&bytes[..ENDS], &bytes[bytes.len() - ENDS..]);
    format!("{}[... {} bytes ...]{}", head.escape_ascii(), bytes.len() - 2 * ENDS, tail.escape_ascii())
}
