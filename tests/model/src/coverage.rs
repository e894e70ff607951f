//! Which instructions the tests reach, and both ways of each branch.

use std::fmt::Write;

use anyhow::Result;

use crate::engine::{Engine, SIZE, Trace};
use crate::listing::{self, Instruction};
use crate::suite::{self, Case, check};

/// What each group of tests has run.
pub struct Coverage {
    instructions: Vec<Instruction>,
    groups: Vec<(&'static str, Vec<Trace>)>,
}

/// Runs the whole suite and notes what it reaches.
///
/// # Errors
/// A test that fails.
pub fn measure(program: &[u8; SIZE]) -> Result<Coverage> {
    let mut engine = Engine::new(program)?;
    let cases = suite::all(&mut engine)?;
    engine.take_trace();
    let mut groups: Vec<(&'static str, Vec<Trace>)> = Vec::new();
    for Case { group, name, scenario } in &cases {
        check::run(&mut engine, scenario).map_err(|error| error.context(format!("{group}: {name}")))?;
        let trace = engine.take_trace();
        match groups.last_mut() {
            Some((last, traces)) if last == group => traces.push(trace),
            _ => groups.push((group, vec![trace])),
        }
    }
    Ok(Coverage { instructions: listing::of(program), groups })
}

impl Coverage {
    /// Tests that ran.
    pub fn tests(&self) -> usize {
        self.groups.iter().map(|(_, traces)| traces.len()).sum()
    }

    fn any(&self, has: impl Fn(&Trace) -> bool) -> bool {
        self.groups.iter().flat_map(|(_, traces)| traces).any(has)
    }

    /// What no test reaches: an instruction, or a way of a branch.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for instruction in &self.instructions {
            let Instruction { offset, text, target, .. } = instruction;
            if !self.any(|trace| trace.has(*offset)) {
                missing.push(format!("{offset:02X}h {text} never runs"));
            } else if let Some(target) = *target {
                if !self.any(|trace| trace.has_edge(*offset, target)) {
                    missing.push(format!("{offset:02X}h {text} never jumps"));
                }
                if !self.any(|trace| trace.has_edge(*offset, instruction.next())) {
                    missing.push(format!("{offset:02X}h {text} always jumps"));
                }
            }
        }
        missing
    }

    /// One line: how much is reached.
    pub fn summary(&self) -> String {
        let branches = self.instructions.iter().filter(|instruction| instruction.target.is_some()).count();
        let missing = self.missing().len();
        format!(
            "{} tests reach {} of {} instructions and ways of {branches} branches",
            self.tests(),
            self.instructions.len() + 2 * branches - missing,
            self.instructions.len() + 2 * branches
        )
    }

    /// The report: each instruction, and how many tests of each group reach it.
    pub fn report(&self) -> String {
        let mut page = format!("# Coverage\n\n{}.\n\n", self.summary());
        page += "A number is how many tests of the group run the instruction; for a branch, how many take it and\n\
                 how many do not.\n\n| offset | instruction |";
        for (group, traces) in &self.groups {
            let _ = write!(page, " {group} ({}) |", traces.len());
        }
        page += "\n|---|---|";
        page += &"--:|".repeat(self.groups.len());
        page.push('\n');
        for instruction in &self.instructions {
            let Instruction { offset, text, target, .. } = instruction;
            let _ = write!(page, "| {offset:02X} | `{text}` |");
            for (_, traces) in &self.groups {
                let count = |has: &dyn Fn(&Trace) -> bool| traces.iter().filter(|trace| has(trace)).count();
                let _ = match *target {
                    None => write!(page, " {} |", count(&|trace| trace.has(*offset))),
                    Some(target) => write!(
                        page,
                        " {} / {} |",
                        count(&|trace| trace.has_edge(*offset, target)),
                        count(&|trace| trace.has_edge(*offset, instruction.next()))
                    ),
                };
            }
            page.push('\n');
        }
        page
    }
}
