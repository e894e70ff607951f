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
use boot256_kit::{file, page};

use crate::guest::{self, Guest};
use crate::host::Host;
use crate::plan::Plan;
use crate::report::{self, GuestReport, Report};

/// Milliseconds of `duration`.
fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
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
            guests.retain(|guest| !matches!(guest.id, guest::LINUX | guest::LINUX_UEFI));
        }
        Some(_) => {}
    }

    let mut reports: Vec<GuestReport> = guests
        .iter()
        .map(|guest| GuestReport { id: guest.id.into(), about: guest.about.clone(), ..GuestReport::default() })
        .collect();
    let begun = Instant::now();
    let say = |what: &str| eprintln!("boot256: {:3} s  {what}", begun.elapsed().as_secs());
    say("1 of 7: start, memory and power button of each guest");
    start::measure(&guests, &mut reports, &plan);
    say("2 of 7: idle, all guests at once");
    let others_busy = idle::measure(&guests, &mut reports, &plan)?;
    // Those that OVMF starts are the last.
    let guests: Vec<Guest> = guests.into_iter().filter(|guest| !guest.is_uefi()).collect();
    say("3 of 7: echo of a key, guest by guest in turn");
    let echo_of_nothing = echo::measure(&guests, &mut reports, &plan);
    say("4 of 7: long pastes");
    let pastes = paste::measure(&guests, &plan);
    say("5 of 7: readers that stop");
    let slow = slow::measure(&guests, &plan);
    say("6 of 7: idle, many machines at once");
    let crowd = crowd::measure(&guests, &plan)?;
    say("7 of 7: the least memory");
    least_memory::measure(&guests, &mut reports, &plan);
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
    say(&format!("done: {}", file.display()));
    println!("{text}");
    Ok(())
}

/// The guest `id`, which all runs have.
fn find(guests: &[Guest], id: guest::Id) -> &Guest {
    guests.iter().find(|guest| guest.id == id).expect("every run has it")
}
