//! The result as JUnit's XML: a test case a step, for pipelines that draw it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

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
///
/// # Errors
/// Those of the files.
pub fn write(file: &Path, options: &Options, report: &Report, result: &Result<(), Failure>) -> io::Result<()> {
    let text = document(options, report, result).to_string().map_err(io::Error::other)?;
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, text)?;
    fs::rename(new, file)
}

fn document(options: &Options, report: &Report, result: &Result<(), Failure>) -> Document {
    let mut suite = TestSuite::new("boot256");
    let mut before = 0.0;
    let mut failure = result.as_ref().err();
    for step in steps(options) {
        let done = report.steps().iter().find(|(name, _)| *name == step);
        // The line is open where more was done, or where something else has failed.
        let is_open = step == OPEN && failure.is_none_or(|failure| !matches!(failure.kind, Kind::Open | Kind::Start));
        let status = if done.is_some() || is_open {
            TestCaseStatus::success()
        } else if let Some(failure) = failure.take() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(failure.kind.name()).set_message(failure.to_string());
            status
        } else {
            TestCaseStatus::skipped()
        };
        let mut case = TestCase::new(step, status);
        case.set_classname("boot256");
        if let Some((_, end)) = done {
            case.set_time(Duration::from_secs_f64((end - before).max(0.0)));
            before = *end;
        }
        suite.add_test_case(case);
    }
    suite.set_system_out(report.heard.escape_ascii().to_string());
    let mut document = Document::new("boot256-probe");
    document.add_test_suite(suite);
    document
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// A report has the time since the start at the end of each step, JUnit how long a case took.
    #[test]
    fn a_case_takes_from_the_end_of_the_one_before_to_its_own() {
        let options = Options::try_parse_from(["boot256-probe", "--serial", "x", "--power", "q"]).unwrap();
        let report = Report::of(&[("banner", 2.0), ("answer", 3.5), ("off", 10.0)]);
        let document = document(&options, &report, &Ok(()));
        let cases = &document.test_suites[0].test_cases;
        let times: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.time)).collect();
        let time = |seconds| Some(Duration::from_secs_f64(seconds));
        assert_eq!(times, [("open", None), ("banner", time(2.0)), ("answer", time(1.5)), ("off", time(6.5))]);
    }
}
