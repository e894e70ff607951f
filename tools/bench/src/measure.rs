//! The run: one figure after the other, all in the same minutes on the same machine.

pub mod build;
mod crowd;
mod echo;
mod idle;
mod instructions;
mod least_memory;
mod paste;
mod sizes;
mod slow;
mod start;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use boot256_kit::file;

use crate::guest::{self, Guest};
use crate::host::Host;
use crate::plan::Plan;
use crate::report::{self, GuestReport, Report};
use crate::{markdown, picture};

/// Milliseconds of `duration`.
fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Says what is being done.
fn progress(begun: Instant, what: &str) {
    eprintln!("boot256: {:3} s  {what}", begun.elapsed().as_secs());
}

/// Measures everything and writes the results into `build`.
///
/// # Errors
/// If something that is measured is missing. A guest that does not do what it should panics, and its
/// machine is printed.
pub fn run(build: &Path, plan: Plan, baseline: Option<&Path>) -> Result<()> {
    let begun = Instant::now();
    let host = Host::here()?;
    eprintln!("boot256: {}, {} cores, {}, {}, {}", host.cpu, host.cores, host.kernel, host.qemu, host.accelerator);
    if host.load > 0.5 {
        eprintln!(
            "boot256: WARNING: this machine is busy, its load average is {}: the figures will be too high and their spread wide",
            host.load
        );
    }
    let scratch = tempfile::tempdir()?;
    let guests = guest::all(build, scratch.path(), baseline)?;
    if !guests.iter().any(|guest| guest.id == guest::LINUX) {
        eprintln!("boot256: there is no Linux guest, it is left out: run `make bench-linux` to have it");
    }

    let mut reports: Vec<GuestReport> = guests
        .iter()
        .map(|guest| GuestReport { id: guest.id.into(), about: guest.about.clone(), ..GuestReport::default() })
        .collect();
    let tcg = host.accelerator.starts_with("tcg");
    progress(begun, "start, memory and power button of each guest");
    start::measure(&guests, &mut reports, &plan);
    progress(begun, "idle, all guests at once");
    let others_busy = idle::measure(&guests, &mut reports, &plan)?;
    progress(begun, "echo of a key, guest by guest in turn");
    let echo_of_nothing = echo::measure(&guests, &mut reports, &plan);
    progress(begun, "long pastes");
    let pastes = paste::measure(&guests, &plan);
    progress(begun, "readers that stop");
    let slow = slow::measure(&guests, &plan);
    progress(begun, "idle, many machines at once");
    let crowd = crowd::measure(&guests, &plan)?;
    progress(begun, "the least memory");
    least_memory::measure(&guests, &mut reports, &plan);
    progress(begun, if tcg { "instructions" } else { "no instructions: only TCG counts them" });
    let instructions = tcg.then(|| instructions::measure(build, scratch.path())).transpose()?;

    let report = Report {
        date: report::today(),
        quick: plan.quick,
        host,
        guests: reports,
        others_busy,
        echo_of_nothing: Some(echo_of_nothing),
        crowd,
        pastes,
        slow,
        instructions,
        bytes_used: sizes::bytes_used(&build.join("boot.elf"))?,
        images: sizes::images(build)?,
    };
    let stem = Report::stem(&report.host.accelerator);
    report::store(build, &Report::file(&report.host.accelerator), &report)?;
    let times = report::load(build, report::BuildTimes::FILE)?;
    let text = markdown::full(&report, times.as_ref());
    file::write(&build.join(format!("{stem}.md")), format!("# Measurements\n\n{text}"))?;
    file::write(&build.join(format!("{stem}.svg")), picture::draw(&report))?;
    println!("{text}");
    progress(begun, &format!("done: {stem}.json, {stem}.md and {stem}.svg are in {}", build.display()));
    Ok(())
}

/// The guest `id`, which all runs have.
fn find(guests: &[Guest], id: guest::Id) -> &Guest {
    guests.iter().find(|guest| guest.id == id).expect("every run has it")
}
