//! The result: one line, or one JSON object.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::Instant;

use serde_json::json;

use crate::address::Address;
use crate::failure::Failure;
use crate::options::Options;

/// Says `text` on standard error, if anybody is there to hear it.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[derive(Debug)]
pub struct Report {
    start: Instant,
    steps: Vec<(&'static str, f64)>,
    /// Every byte that came over the line.
    pub heard: Vec<u8>,
    /// Who was heard, where the name does not say it.
    pub peer: Option<SocketAddr>,
}

impl Report {
    pub fn new() -> Self {
        Self { start: Instant::now(), steps: Vec::new(), heard: Vec::new(), peer: None }
    }

    pub fn done(&mut self, step: &'static str) {
        self.steps.push((step, self.start.elapsed().as_secs_f64()));
    }

    /// What has been done: each step and the seconds from the start to its end.
    pub fn steps(&self) -> &[(&'static str, f64)] {
        &self.steps
    }

    /// Prints `result`: on standard output if all went well or JSON is wanted, unless the serial
    /// line is there, else on standard error.
    pub fn print(&self, options: &Options, result: &Result<(), Failure>) {
        let text = if options.json { self.json(result) } else { self.text(result) };
        if options.serial == Address::Stdio || (result.is_err() && !options.json) {
            tell(&text);
        } else if let Err(error) = writeln!(io::stdout(), "{text}")
            && error.kind() != ErrorKind::BrokenPipe
        {
            tell(&format!("boot256-probe: cannot write the result: {error}"));
        }
    }

    fn text(&self, result: &Result<(), Failure>) -> String {
        match result {
            Ok(()) => {
                let steps: Vec<String> =
                    self.steps.iter().map(|(step, seconds)| format!("{step} {seconds:.2} s")).collect();
                format!("boot256-probe: ok ({})", steps.join(", "))
            }
            Err(failure) => format!("boot256-probe: {failure}"),
        }
    }

    fn json(&self, result: &Result<(), Failure>) -> String {
        let steps: Vec<_> =
            self.steps.iter().map(|(step, seconds)| json!({ "step": step, "seconds": seconds })).collect();
        let failure = result.as_ref().err();
        json!({
            "ok": failure.is_none(),
            "exit": failure.map_or(0, |failure| failure.kind.exit_code()),
            "failure": failure.map(|failure| failure.kind.name()),
            "message": failure.map(ToString::to_string),
            "steps": steps,
            "peer": self.peer.map(|peer| peer.to_string()),
            "heard": self.heard.escape_ascii().to_string(),
        })
        .to_string()
    }
}
