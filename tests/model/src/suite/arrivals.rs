//! One byte, key, press or stray interrupt that arrives at every instruction boundary of a run, and
//! inside every BIOS call.

use anyhow::Result;

use super::{Case, check};
use crate::engine::Engine;
use crate::profile::Profile;
use crate::scenario::{At, Event, Scenario, What};

/// The run into which things arrive: start, echo, rub out, a line and its answer, from both sides.
pub fn base(profile: &Profile) -> Scenario {
    Scenario::on(profile).serial(600, 150, b"ab\x7f\r").keys(1500, 400, &[0x1E6B, 0x1C0D]).serial(2600, 0, b"c\n")
}

/// What arrives.
pub const ARRIVALS: [(&str, &[What]); 5] = [
    ("byte", &[What::Byte(b'x')]),
    ("key", &[What::KeyDown(0x2D78)]),
    ("press", &[What::Press]),
    ("stray IRQ 4", &[What::Spurious(4)]),
    ("stray IRQ 7", &[What::Spurious(7)]),
];

/// A test for each boundary of `profile`'s run and each of [`ARRIVALS`], each `step`th boundary.
///
/// The run is the real program's, so that a mutant meets the same tests.
pub fn cases(profile: &Profile, engine: &mut Engine, step: usize) -> Result<Vec<Case>> {
    let base = base(profile);
    let outcome = check::run(engine, &base)?;
    let mut all = Vec::new();
    for (name, whats) in ARRIVALS {
        if name == "press" && !profile.has_button {
            continue;
        }
        let points = (0..outcome.instructions).map(At::Instruction).chain((0..outcome.calls).map(At::Call));
        for at in points.step_by(step) {
            let mut scenario = base.clone();
            scenario.events.extend(whats.iter().map(|&what| Event { at, what }));
            all.push(Case::new("arrivals", format!("{}: {name} at {at:?}", profile.name), scenario));
        }
    }
    Ok(all)
}
