//! What a guest costs the host when nothing happens.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use boot256_qemu::vm::Vm;

use crate::guest::{Guest, POLLING};
use crate::host::{self, cpu_time};
use crate::plan::Plan;
use crate::report::GuestReport;
use crate::stats::Figure;

/// Per cent of a core.
pub fn percent(cpu: Duration, wall: Duration) -> f64 {
    100.0 * cpu.as_secs_f64() / wall.as_secs_f64()
}

/// Watches all guests in the same windows, so that what else the host does meets them alike. The one
/// that never rests is watched alone, after them.
///
/// Returns what the rest of the host did meanwhile, in per cent of a core.
///
/// # Errors
/// If a machine ends.
pub fn measure(guests: &[Guest], reports: &mut [GuestReport], plan: &Plan) -> Result<Option<Figure>> {
    let mut samples = vec![Vec::new(); guests.len()];
    let mut others = Vec::new();
    {
        let vms: Vec<(usize, Vm)> = guests
            .iter()
            .enumerate()
            .filter(|(_, guest)| guest.id != POLLING)
            .map(|(at, guest)| (at, guest.start().0))
            .collect();
        sleep(plan.settle);
        for _ in 0..plan.windows {
            let begun = Instant::now();
            let busy_before = host::busy_time()?;
            let before: Vec<Duration> = vms.iter().map(|(_, vm)| cpu_time(vm.pid())).collect::<Result<_>>()?;
            sleep(plan.idle_window);
            let mut ours = Duration::ZERO;
            for ((at, vm), before) in vms.iter().zip(before) {
                let used = cpu_time(vm.pid())? - before;
                ours += used;
                samples[*at].push(percent(used, begun.elapsed()));
            }
            others.push(percent((host::busy_time()? - busy_before).saturating_sub(ours), begun.elapsed()));
        }
    }
    for (at, guest) in guests.iter().enumerate().filter(|(_, guest)| guest.id == POLLING) {
        let (vm, _) = guest.start();
        for _ in 0..plan.windows {
            let (begun, before) = (Instant::now(), cpu_time(vm.pid())?);
            sleep(plan.short_window);
            samples[at].push(percent(cpu_time(vm.pid())? - before, begun.elapsed()));
        }
    }
    for (report, samples) in reports.iter_mut().zip(samples) {
        report.idle = Figure::of(&samples);
    }
    Ok(Figure::of(&others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_second_in_two_is_an_eighth_of_a_core() {
        assert_eq!(percent(Duration::from_millis(250), Duration::from_secs(2)), 12.5);
    }
}
