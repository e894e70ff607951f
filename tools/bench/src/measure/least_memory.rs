//! The least memory a guest gets ready with.

use std::time::Duration;

use boot256_qemu::deadline;

use crate::guest::{BOOT256, FLOOR, Guest, LINUX, says};
use crate::plan::Plan;
use crate::report::GuestReport;

/// KiB: where the search of boot256 and of the floor begins and ends, and how fine it is.
const SMALL: [u32; 3] = [512, 2048, 32];
/// The same for the Linux guest.
const LARGE: [u32; 3] = [32 << 10, 128 << 10, 4 << 10];

/// Halves the range until the least amount that works is known. A machine that has not got ready in
/// 8 times the usual time counts as one that never will.
pub fn measure(guests: &[Guest], reports: &mut [GuestReport], plan: &Plan) {
    for (guest, report) in guests.iter().zip(reports) {
        let [mut fails, mut works, step] = match guest.id {
            BOOT256 | FLOOR => SMALL,
            LINUX if !plan.quick => LARGE,
            _ => continue,
        };
        let usual = report.ready.map_or(1000.0, |ready| ready.max);
        let patience = Duration::from_secs_f64(8.0 * usual / 1e3).clamp(Duration::from_secs(2), deadline());
        if !gets_ready(guest, works, patience) {
            panic!("{} does not even start with {works} KiB", guest.id);
        }
        while works - fails > step {
            let middle = fails.midpoint(works);
            *(if gets_ready(guest, middle, patience) { &mut works } else { &mut fails }) = middle;
        }
        report.least_memory = Some(works);
    }
}

fn gets_ready(guest: &Guest, kib: u32, patience: Duration) -> bool {
    let vm = guest.machine.clone().with(&format!("-m {kib}K")).launch();
    says(vm.com1(), guest.ready, 0, patience)
}
