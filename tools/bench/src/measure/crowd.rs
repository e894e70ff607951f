//! Many machines at once.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use boot256_qemu::vm::Vm;

use super::find;
use super::idle::percent;
use crate::guest::{BOOT256, Guest};
use crate::host;
use crate::plan::Plan;
use crate::report::Crowd;
use crate::stats::Figure;

/// Starts boot256 again and again, and watches all of them at each count of the plan.
///
/// # Errors
/// If a machine ends.
pub fn measure(guests: &[Guest], plan: &Plan) -> Result<Vec<Crowd>> {
    let guest = find(guests, BOOT256);
    let mut vms: Vec<Vm> = Vec::new();
    let mut crowds = Vec::new();
    let used = |vms: &[Vm]| -> Result<Duration> { vms.iter().map(|vm| host::cpu_time(vm.pid())).sum() };
    for &machines in plan.crowd {
        while vms.len() < machines {
            vms.push(guest.start().0);
        }
        sleep(plan.settle / 2);
        let mut samples = Vec::new();
        for _ in 0..plan.windows {
            let (begun, before) = (Instant::now(), used(&vms)?);
            sleep(plan.short_window);
            samples.push(percent(used(&vms)? - before, begun.elapsed()));
        }
        let memory: f64 = vms.iter().map(|vm| host::memory(vm.pid())).sum::<Result<f64>>()?;
        crowds.push(Crowd { machines, idle: Figure::of(&samples).expect("windows"), memory });
    }
    Ok(crowds)
}
