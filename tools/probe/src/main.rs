//! `boot256-probe`: is the machine at the other end of this serial line one that runs boot256?
//!
//! It waits for the banner, types a line, checks the answer and, if asked to, presses the power
//! button and waits until the machine is off. One line per failure, an exit code of its own for
//! each, so that a pipeline needs nothing else. `docs/smoke-test.md` shows how.

mod address;
mod command;
mod connect;
mod failure;
mod junit;
mod line;
mod options;
mod power;
mod report;
mod talk;
mod undo;
mod wait;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use command::Words;
use failure::{Failure, Kind};
use line::Line;
use options::{Options, Power};
use report::Report;

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        // The help or the version.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            let message = format!("{} (see boot256-probe --help)", options::in_a_line(&error));
            return fail(&Failure::new(Kind::Usage, message));
        }
    };
    if let Some(contradiction) = options.contradiction() {
        return fail(&Failure::new(Kind::Usage, contradiction));
    }
    if let Err(error) = undo::on_signals() {
        return fail(&Failure::new(Kind::Usage, format!("signals: {error}")));
    }
    let mut report = Report::new();
    let result = probe(&options, &mut report);
    let mut code = result.as_ref().map_or_else(|failure| failure.kind.exit_code(), |()| 0);
    // First: nobody may read what is printed.
    let written = options.junit.as_ref().map_or(Ok(()), |file| junit::write(file, &options, &report, &result));
    report.print(&options, &result);
    if let (Err(error), Some(file)) = (written, &options.junit) {
        report::tell(&format!("boot256-probe: cannot write {}: {error}", file.display()));
        // What is wrong with the machine comes first.
        code = code.max(Kind::Usage.exit_code());
    }
    ExitCode::from(code)
}

fn fail(failure: &Failure) -> ExitCode {
    report::tell(&format!("boot256-probe: {failure}"));
    ExitCode::from(failure.kind.exit_code())
}

/// The whole check; what has been done and heard goes to `report`, whether it ends well or not.
fn probe(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let until = Instant::now() + options.timeout;
    let mut started = Words::default();
    let start = || match &options.start {
        Some(command) => start(command, until).map(|words| started = words),
        None => Ok(()),
    };
    let result = Line::open(&options.serial, options.ready.as_deref(), start, until).and_then(|mut line| {
        let result = check(options, &mut line, report, until);
        (report.heard, report.peer) = (line.received().to_vec(), line.peer());
        result.map_err(|failure| failure.with(&line.context()))
    });
    let said = started.take();
    match result {
        // What has been left running may know why.
        Err(failure) => Err(failure.with(&command::quoted(&said))),
        Ok(()) => {
            command::pass_on(&said);
            Ok(())
        }
    }
}

/// Starts the machine. The answer is what the command goes on to say.
fn start(command: &str, until: Instant) -> Result<Words, Failure> {
    let failure = |error| Failure::new(Kind::Start, format!("--start: {error}"));
    let ended = command::run(command, until).map_err(failure)?;
    if !ended.status.success() {
        return Err(failure(ended.complaint(command)));
    }
    command::pass_on(&ended.said);
    Ok(ended.words)
}

fn check(options: &Options, line: &mut Line, report: &mut Report, until: Instant) -> Result<(), Failure> {
    if let Some(command) = &options.banner_command {
        let answer = command::ask(command, until, |ended| talk::is_in_log(&ended.said).then_some(()));
        answer.map_err(|error| Failure::new(Kind::NoBanner, format!("no banner in time: {error}")))?;
        report.done("banner");
    }
    if options.no_banner || options.banner_command.is_some() {
        talk::ask_for_prompt(line, until)?;
        report.done("prompt");
    } else {
        talk::wait_for_banner(line, until)?;
        report.done("banner");
    }
    talk::type_and_check(line, options.line.as_bytes(), until)?;
    report.done("answer");
    match &options.power {
        Power { qmp: Some(socket), .. } => power::by_qmp(socket, until)?,
        Power { command: Some(command), .. } => {
            power::by_command(command, options.off_command.as_deref(), line, until)?
        }
        Power { .. } => return Ok(()),
    }
    report.done("off");
    Ok(())
}
