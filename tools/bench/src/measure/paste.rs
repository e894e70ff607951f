//! A long paste into COM1: how fast it goes through, and whether all of it does.

use std::io::Write;
use std::time::{Duration, Instant};

use boot256_facts::editor::Editor;
use boot256_facts::{LINE_MAX, START};

use super::find;
use crate::guest::{BASELINE, BOOT256, Guest};
use crate::plan::Plan;
use crate::report::Paste;
use crate::stats::Figure;

/// So long without another byte: what has not come by then never comes.
const SILENCE: Duration = Duration::from_secs(5);

/// Printable characters of a line of the paste, before its CR.
const LINE: usize = 60;
const _: () = assert!(LINE <= LINE_MAX);

/// Pastes into fresh machines with and without `-nographic`, in turn.
pub fn measure(guests: &[Guest], plan: &Plan) -> Vec<Paste> {
    let plain = find(guests, BOOT256);
    let nographic = Guest { machine: plain.machine.clone().nographic(), ..plain.clone() };
    let mut ways = vec![("-display none", plain), ("-nographic", &nographic)];
    ways.extend(guests.iter().find(|guest| guest.id == BASELINE).map(|before| ("-display none", before)));
    let mut rates = vec![Vec::new(); ways.len()];
    let mut lost = vec![0; ways.len()];
    let mut wrong = vec![0; ways.len()];
    for _ in 0..plan.pastes {
        for (at, (_, guest)) in ways.iter().enumerate() {
            let paste = paste(guest, plan.paste_bytes);
            rates[at].extend(paste.rate);
            lost[at] += paste.lost;
            wrong[at] += usize::from(paste.rate.is_none());
        }
    }
    let results = ways.iter().zip(rates).zip(lost.into_iter().zip(wrong));
    results
        .map(|(((how, guest), rates), (lost, wrong))| Paste {
            id: guest.id.into(),
            how: (*how).to_owned(),
            bytes: plan.paste_bytes,
            // With no right answer at all there is no rate: 0 says so, beside the number of wrong ones.
            rate: Figure::of(&rates).unwrap_or(Figure { median: 0.0, min: 0.0, max: 0.0, n: 0 }),
            lost,
            wrong,
        })
        .collect()
}

struct Outcome {
    /// Input bytes a second, if the answer was right.
    rate: Option<f64>,
    lost: usize,
}

fn paste(guest: &Guest, bytes: usize) -> Outcome {
    let input: Vec<u8> =
        (1..=bytes).map(|i| if i % (LINE + 1) == 0 { b'\r' } else { fastrand::u8(b' '..=b'~') }).collect();
    let expected = Editor::new().feed_all(&input);
    let (vm, _) = guest.start();
    // With -nographic the firmware's terminal codes come before the banner.
    let said = vm.com1().bytes();
    let from = said.windows(START.len()).position(|part| part == START).expect("it is ready") + START.len();

    let mut writer = vm.com1_writer();
    let begun = Instant::now();
    let sender = std::thread::spawn(move || writer.write_all(&input));
    let mut heard = 0;
    loop {
        let more = vm.com1().wait(SILENCE, |bytes, ended| {
            let now = bytes.len() - from;
            (now >= expected.len() || now > heard || ended).then_some(now)
        });
        match more {
            Some(now) if now < expected.len() && now > heard => heard = now,
            _ => break,
        }
    }
    let took = begun.elapsed();
    let answer = vm.com1().bytes().split_off(from);
    drop(vm); // which ends the sender, should the machine have taken no more
    let sent = sender.join().expect("the sender does not panic").is_ok();
    let right = sent && answer == expected;
    Outcome {
        rate: right.then(|| bytes as f64 / took.as_secs_f64()),
        lost: expected.len().saturating_sub(answer.len()),
    }
}
