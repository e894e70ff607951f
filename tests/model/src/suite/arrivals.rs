//! One byte, key, press or stray interrupt that arrives at every instruction boundary of a run, and
//! inside every BIOS call.

use anyhow::Result;

use super::Case;
use crate::board::Board;
use crate::engine::Engine;
use crate::platforms::Platform;
use crate::scenario::{At, Event, Scenario, What};

/// The run into which things arrive: start, echo, rub out, a line and its answer, from both sides.
pub fn base(profile: &Platform) -> Scenario {
    Scenario::on(profile).serial(600, 150, b"ab\x7f\r").keys(1500, 400, &[0x1E6B, 0x1C0D]).serial(2600, 0, b"c\n")
}

/// What arrives, and at every n-th boundary: what the program itself takes at all of them.
pub const ARRIVALS: [(&str, What, usize); 9] = [
    ("byte", What::Byte(b'x'), 1),
    ("key", What::KeyDown(0x2D78), 1),
    ("press", What::Press, 1),
    ("key without a character", What::KeyDown(0x8500), 3),
    ("break", What::Break, 3),
    ("overrun", What::Overrun, 5),
    ("stray IRQ 3", What::Spurious(3), 5),
    ("stray IRQ 4", What::Spurious(4), 3),
    ("stray IRQ 7", What::Spurious(7), 5),
];

/// A test for each boundary of `profile`'s run and each of [`ARRIVALS`], each `step`th boundary.
///
/// The run is the real program's, so that a mutant meets the same tests.
pub fn cases(profile: &Platform, engine: &mut Engine, step: usize) -> Result<Vec<Case>> {
    let base = Case::new(format!("{}: without", profile.name), base(profile));
    let Board { instructions, calls, .. } = *base.run(engine)?;
    let mut all = Vec::new();
    for (name, what, every) in ARRIVALS {
        if name == "press" && !profile.button {
            continue;
        }
        let points = (0..instructions).map(At::Instruction).chain((0..calls).map(At::Call));
        for at in points.step_by(step * every) {
            let mut scenario = base.scenario.clone();
            scenario.events.push(Event { at, what });
            all.push(Case::new(format!("{}: {name} at {at:?}", profile.name), scenario));
        }
    }
    Ok(all)
}
