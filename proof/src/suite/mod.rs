//! The tests: named runs in groups, each with the same checks at the end.

pub mod arrivals;
pub mod cases;
pub mod check;
pub mod typing;

use crate::scenario::Scenario;

/// One test.
#[derive(Clone, Debug)]
pub struct Case {
    /// The group: `start`, `editing`, `profiles`, `faults`, `arrivals`, `typing`.
    pub group: &'static str,
    /// Its name, unique in the group.
    pub name: String,
    /// The run.
    pub scenario: Scenario,
}

impl Case {
    /// A test.
    pub fn new(group: &'static str, name: impl Into<String>, scenario: Scenario) -> Self {
        Self { group, name: name.into(), scenario }
    }
}
