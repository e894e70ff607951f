//! The run: one figure after the other, all in the same minutes on the same machine.

mod crowd;
mod echo;
mod idle;
mod least_memory;
mod paste;
mod slow;
mod start;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use boot256_kit::progress::{self, ProgressBar};
use boot256_kit::{file, page};

use crate::guest::{self, Guest};
use crate::host::Host;
use crate::plan::Plan;
use crate::report::{self, GuestReport, Report};

/// Milliseconds of `duration`.
fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// How many figures [`run`] takes, one after the other.
const STEPS: u64 = 7;

/// Says what is being done: a line that stays, and on a terminal one below it that says how far the run is.
struct Progress {
    begun: Instant,
    line: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        Self { begun: Instant::now(), line: progress::line("figures", STEPS) }
    }

    fn say(&self, what: &str) {
        self.line.suspend(|| eprintln!("boot256: {:3} s  {what}", self.begun.elapsed().as_secs()));
    }

    /// Does what gives one figure.
    fn step<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        self.say(what);
        self.line.set_message(what.to_owned());
        let figure = work();
        self.line.inc(1);
        figure
    }
}

/// Measures everything and writes the results into `build`, and between the markers of `page`.
///
/// # Errors
/// If something that is measured is missing. A guest that does not do what it should panics, and its
/// machine is printed.
pub fn run(build: &Path, plan: Plan, baseline: Option<&Path>, page: Option<&Path>) -> Result<()> {
    let host = Host::here()?;
    eprintln!("boot256: {}, {} cores, {}, {}, {}", host.cpu, host.cores, host.kernel, host.qemu, host.accelerator);
    if host.load > 0.5 {
        eprintln!(
            "boot256: WARNING: this machine is busy, its load average is {}: the figures will be too high and their spread wide",
            host.load
        );
    }
    let scratch = tempfile::tempdir()?;
    let mut guests = guest::all(build, scratch.path(), baseline)?;
    match guests.iter().position(|guest| guest.id == guest::LINUX) {
        None => eprintln!("boot256: there is no Linux guest, it is left out: it is made on a Debian, once"),
        Some(linux) if !guests[linux].starts() => {
            eprintln!("boot256: the Linux guest does not start with {}, it is left out", host.accelerator);
            guests.remove(linux);
        }
        Some(_) => {}
    }

    let mut reports: Vec<GuestReport> = guests
        .iter()
        .map(|guest| GuestReport { id: guest.id.into(), about: guest.about.clone(), ..GuestReport::default() })
        .collect();
    let progress = Progress::new();
    progress.step("start, memory and power button of each guest", || start::measure(&guests, &mut reports, &plan));
    let others_busy = progress.step("idle, all guests at once", || idle::measure(&guests, &mut reports, &plan))?;
    let echo_of_nothing =
        progress.step("echo of a key, guest by guest in turn", || echo::measure(&guests, &mut reports, &plan));
    let pastes = progress.step("long pastes", || paste::measure(&guests, &plan));
    let slow = progress.step("readers that stop", || slow::measure(&guests, &plan));
    let crowd = progress.step("idle, many machines at once", || crowd::measure(&guests, &plan))?;
    progress.step("the least memory", || least_memory::measure(&guests, &mut reports, &plan));
    let report = Report {
        date: report::today()?,
        quick: plan.quick,
        host,
        guests: reports,
        others_busy,
        echo_of_nothing,
        crowd,
        pastes,
        slow,
    };
    let text = report.tables();
    let file = build.join(if report.host.accelerator.starts_with("kvm") { "bench-kvm.md" } else { "bench.md" });
    file::write(&file, format!("# Measurements\n\n{text}"))?;
    if let Some(page) = page {
        page::update(page, &[("bench", &text)])?;
    }
    progress.say(&format!("done: {}", file.display()));
    drop(progress);
    println!("{text}");
    Ok(())
}

/// The guest `id`, which all runs have.
fn find(guests: &[Guest], id: guest::Id) -> &Guest {
    guests.iter().find(|guest| guest.id == id).expect("every run has it")
}
