//! What is lost when nobody reads for a while: a script between two lines, a terminal that is behind.
//!
//! COM1 is a Unix socket, as with `-serial unix:`. It takes some hundred single bytes, then the UART
//! has to wait until the reader reads on.

use std::io::Write;
use std::time::Duration;

use boot256_qemu::chardev::Chardev;
use boot256_qemu::stream::Stall;

use crate::guest::{BASELINE, BOOT256, Guest, LINUX};
use crate::plan::Plan;
use crate::report::Slow;

/// Letters of a line, before its CR and behind its `#`, a comment to a shell.
const LETTERS: usize = 58;

/// So long without another byte: what has not come by then never comes. Longer than any stall.
const SILENCE: Duration = Duration::from_secs(8);

/// Types lines of capitals, which are in no prompt and no terminal code, and counts those that come back.
pub fn measure(guests: &[Guest], plan: &Plan) -> Vec<Slow> {
    let mut rows = Vec::new();
    for guest in guests.iter().filter(|guest| [BOOT256, BASELINE, LINUX].contains(&guest.id)) {
        // A shell shows a comment once, as it is typed; boot256 once more, backwards.
        let times = if guest.id == LINUX { 1 } else { 2 };
        let expected = plan.slow_lines * LETTERS * times;
        for stall in plan.stalls {
            let lost = (0..plan.slow_runs).map(|_| expected.saturating_sub(heard(guest, plan, *stall, expected))).sum();
            rows.push(Slow {
                id: guest.id.into(),
                stall: stall.as_secs_f64(),
                typed: plan.slow_lines * (LETTERS + 2),
                expected: expected * plan.slow_runs,
                lost,
                runs: plan.slow_runs,
            });
        }
    }
    rows
}

/// How many letters of the `expected` ones a reader gets that stops once, in the midst.
fn heard(guest: &Guest, plan: &Plan, stall: Duration, expected: usize) -> usize {
    let guest = Guest { machine: guest.machine.clone().com1_by(Chardev::Unix), ..guest.clone() };
    let (vm, _) = guest.start();
    let from = vm.com1().bytes().len();
    if !stall.is_zero() {
        let after = from + fastrand::usize(expected / 4..expected / 2);
        vm.com1().stalls([Stall { after, lasts: Some(stall) }]);
    }
    let mut input = Vec::new();
    for _ in 0..plan.slow_lines {
        input.push(b'#');
        input.extend((0..LETTERS).map(|_| fastrand::u8(b'A'..=b'Z')));
        input.push(b'\r');
    }
    let mut writer = vm.com1_writer();
    let sender = std::thread::spawn(move || writer.write_all(&input));
    let letters = |bytes: &[u8]| bytes[from..].iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let mut before = 0;
    while let Some(now) = vm.com1().wait(SILENCE, |bytes, ended| {
        let now = letters(bytes);
        (now > before || ended).then_some(now)
    }) {
        if now >= expected || now == before {
            break;
        }
        before = now;
    }
    let heard = letters(&vm.com1().bytes());
    drop(vm); // which ends the sender, should the machine have taken no more
    let _ = sender.join().expect("the sender does not panic");
    heard
}
