//! The result as JUnit's XML: a test case a step, for pipelines that draw it.

use std::fs;
use std::io;
use std::path::Path;

use crate::failure::{Failure, Kind};
use crate::options::Options;
use crate::report::Report;

/// The step before the first one that a [`Report`] knows: the machine is started and its line is open.
const OPEN: &str = "open";

/// The steps of a check with `options`, in their order.
fn steps(options: &Options) -> Vec<&'static str> {
    let mut steps = vec![OPEN];
    if !options.no_banner {
        steps.push("banner");
    }
    if options.no_banner || options.banner_command.is_some() {
        steps.push("prompt");
    }
    steps.push("answer");
    if options.power.qmp.is_some() || options.power.command.is_some() {
        steps.push("off");
    }
    steps
}

/// Writes the result to `file`, by way of a file beside it: a reader finds all of it or what was there before.
/// What is there and no plain file, such as a device or a pipe, is written to and not replaced.
/// Errors: those of the files.
pub fn write(file: &Path, options: &Options, report: &Report, result: &Result<(), Failure>) -> io::Result<()> {
    let document = document(&steps(options), report, result);
    if file.metadata().is_ok_and(|there| !there.is_file()) {
        return fs::write(file, document);
    }
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, document)?;
    fs::rename(new, file)
}

/// The document: no attribute in it that a common reader's schema does not know.
fn document(steps: &[&str], report: &Report, result: &Result<(), Failure>) -> String {
    let mut cases = String::new();
    let (mut failures, mut skipped, mut before) = (0, 0, 0.0);
    for &step in steps {
        cases += &format!("    <testcase name=\"{step}\" classname=\"boot256\"");
        // A report has the time since the start at the end of each step, JUnit how long a case took.
        if let Some(&(_, end)) = report.steps().iter().find(|(name, _)| *name == step) {
            cases += &format!(" time=\"{:.3}\"/>\n", f64::max(end - before, 0.0));
            before = end;
            continue;
        }
        cases += &match result {
            // The line is open where something else has failed.
            Err(failure) if step == OPEN && !matches!(failure.kind, Kind::Open | Kind::Start) => "/>\n".into(),
            Err(failure) if failures == 0 => {
                failures += 1;
                let (kind, message) = (failure.kind.name(), escaped(&failure.to_string()));
                format!(
                    ">\n      <failure type=\"{kind}\" message=\"{message}\">{message}</failure>\n    </testcase>\n"
                )
            }
            Err(_) => {
                skipped += 1;
                ">\n      <skipped/>\n    </testcase>\n".into()
            }
            Ok(()) => "/>\n".into(),
        };
    }
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"", steps.len());
    let heard = escaped(&report.heard.escape_ascii().to_string());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"boot256-probe\" {counts}>\n  \
         <testsuite name=\"boot256\" {counts} skipped=\"{skipped}\" time=\"{before:.3}\">\n\
         {cases}    <system-out>{heard}</system-out>\n  </testsuite>\n</testsuites>\n"
    )
}

/// `text` as XML's. What XML cannot hold is shown as an escape.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\u{FFFE}' | '\u{FFFF}' => escaped.extend(character.escape_unicode()),
            _ if character.is_control() => escaped.extend(character.escape_default()),
            _ => escaped.push(character),
        }
    }
    escaped
}
