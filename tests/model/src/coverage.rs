//! Which instructions the tests reach, and both ways of each branch.

use anyhow::Result;

use crate::engine::{Engine, SIZE};
use crate::listing::{self, Instruction};
use crate::suite;

/// Runs the whole suite. Returns how many tests it has, in a line, and what none of them reaches: an instruction, or
/// a way of a branch.
pub fn measure(program: &[u8; SIZE]) -> Result<(String, Vec<String>)> {
    let mut engine = Engine::new(program);
    let cases = suite::all(&mut engine)?;
    engine.notes();
    for case in &cases {
        case.run(&mut engine)?;
    }
    let listing = listing::of(program);
    let mut missing = Vec::new();
    for instruction in &listing {
        let Instruction { offset, text, target, .. } = instruction;
        let offset = *offset;
        if !(0..=255).any(|from| engine.has_edge(from, offset)) {
            missing.push(format!("{offset:02X}h {text} never runs"));
        } else if let Some(target) = *target {
            for (way, to) in [("never", target), ("always", instruction.next())] {
                if !engine.has_edge(offset, to) {
                    missing.push(format!("{offset:02X}h {text} {way} jumps"));
                }
            }
        }
    }
    let branches = listing.iter().filter(|instruction| instruction.target.is_some()).count();
    let (all, some) = (listing.len() + 2 * branches, missing.len());
    let reached = format!("{} tests reach {} of {all}", cases.len(), all - some);
    Ok((format!("{reached} instructions and ways of {branches} branches"), missing))
}
