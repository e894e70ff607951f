//! Start, memory, power button and end: what a machine's life costs besides being idle.

use std::thread::sleep;
use std::time::{Duration, Instant};

use boot256_facts::BANNER;
use boot256_qemu::deadline;
use serde_json::json;

use super::ms;
use crate::guest::{BOOT256, FLOOR, Guest, LINUX, LINUX_UEFI, UEFI, says};
use crate::host;
use crate::plan::Plan;
use crate::report::GuestReport;
use crate::stats::Figure;

#[derive(Default)]
struct Samples {
    first_byte: Vec<f64>,
    ready: Vec<f64>,
    memory: Vec<f64>,
    off: Vec<f64>,
    exit: Vec<f64>,
}

/// Starts one guest after the other, again and again, each alone, and switches it off.
pub fn measure(guests: &[Guest], reports: &mut [GuestReport], plan: &Plan) {
    let mut all: Vec<Samples> = guests.iter().map(|_| Samples::default()).collect();
    for round in 0..plan.starts {
        for (guest, samples) in guests.iter().zip(&mut all) {
            if matches!(guest.id, BOOT256 | FLOOR) || round % plan.others_every == 0 {
                one_life(guest, samples);
            }
        }
    }
    for (report, samples) in reports.iter_mut().zip(all) {
        report.first_byte = Figure::of(&samples.first_byte);
        report.ready = Figure::of(&samples.ready);
        report.memory = Figure::of(&samples.memory);
        report.off = Figure::of(&samples.off);
        report.exit = Figure::of(&samples.exit);
    }
}

fn one_life(guest: &Guest, samples: &mut Samples) {
    // The harness leaves a machine that is off on the screen; here QEMU ends, as it does for users.
    let guest = Guest { machine: guest.machine.clone().with("-action shutdown=poweroff"), ..guest.clone() };
    let begun = Instant::now();
    let mut vm = guest.machine.launch();
    // The kernel of the Linux guest is quiet, but terminal codes of the boot ROM may come before, and OVMF's own words.
    let first: &[u8] = match guest.id {
        LINUX | LINUX_UEFI | UEFI => BANNER.as_bytes(),
        _ => &guest.ready[..1],
    };
    let moment = |text: &[u8]| {
        let said = says(vm.com1(), text, 0, deadline());
        assert!(said, "{} does not start: `{}`", guest.id, vm.com1().bytes().escape_ascii());
        ms(begun.elapsed())
    };
    samples.first_byte.push(moment(first));
    samples.ready.push(moment(guest.ready));
    samples.memory.push(host::memory(vm.pid()).unwrap_or_else(|error| panic!("{error:#}")));

    // At a random moment, so that no figure depends on where in a tick a press always falls.
    sleep(Duration::from_millis(fastrand::u64(50..300)));
    let pressed = Instant::now();
    if guest.answers() {
        vm.presses_power_button();
        vm.is_off();
        samples.off.push(ms(pressed.elapsed()));
    } else {
        vm.run("quit", json!({}));
    }
    let off = Instant::now();
    vm.exits();
    samples.exit.push(ms(off.elapsed()));
}
