//! The tests: named runs, each with the same checks at the end.

pub mod arrivals;
pub mod cases;
pub mod check;
pub mod typing;

use anyhow::{Context, Result};

use crate::board::Board;
use crate::engine::Engine;
use crate::platforms::pc;
use crate::scenario::Scenario;

#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub scenario: Scenario,
}

impl Case {
    pub fn new(name: impl Into<String>, scenario: Scenario) -> Self {
        Self { name: name.into(), scenario }
    }

    /// Runs it, and returns the machine as it is then.
    pub fn run<'a>(&self, engine: &'a mut Engine) -> Result<&'a Board> {
        let board = engine.run(&self.scenario);
        check::check(&self.scenario, board).with_context(|| self.name.clone())?;
        Ok(board)
    }
}

/// Every test, the most telling first and the slow ones last: for mutants, which are likely broken.
pub fn all(engine: &mut Engine) -> Result<Vec<Case>> {
    let mut all = [cases::editing(), cases::profiles(), cases::faults(), cases::start()].concat();
    all.extend(arrivals::cases(pc(), engine, 1)?);
    all.sort_by_key(|case| case.scenario.budget >= 1_000_000);
    Ok(all)
}
