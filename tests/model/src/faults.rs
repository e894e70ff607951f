//! The list of faults and platforms, and what became of each.

use std::fmt::Write;

use anyhow::Result;

use crate::engine::{Engine, Outcome, SIZE};
use crate::suite::{cases, check};

/// One line of the list.
struct Row {
    group: &'static str,
    name: String,
    result: Result<Outcome>,
}

/// What became of each.
pub struct Report {
    rows: Vec<Row>,
}

/// Runs the faults and the platforms.
///
/// # Errors
/// The processor does not start.
pub fn run(program: &[u8; SIZE]) -> Result<Report> {
    let mut engine = Engine::new(program)?;
    let all = [cases::faults(), cases::profiles()].concat();
    let rows = all
        .into_iter()
        .map(|case| Row { group: case.group, name: case.name, result: check::run(&mut engine, &case.scenario) })
        .collect();
    Ok(Report { rows })
}

impl Report {
    /// Those that failed, each with the reason.
    pub fn failed(&self) -> Vec<String> {
        let failed = self.rows.iter().filter_map(|row| Some((row, row.result.as_ref().err()?)));
        failed.map(|(Row { group, name, .. }, error)| format!("{group}: {name}: {error:#}")).collect()
    }

    /// One line.
    pub fn summary(&self) -> String {
        format!("{} of {} faults and platforms pass", self.rows.len() - self.failed().len(), self.rows.len())
    }

    /// The list: what was typed and taken, what was written to the PM1a block, how it ended.
    pub fn page(&self) -> String {
        let mut page = format!("# Faults and platforms\n\n{}.\n", self.summary());
        let mut last = "";
        for Row { group, name, result } in &self.rows {
            if *group != last {
                last = group;
                let _ =
                    write!(page, "\n## {group}\n\n| case | bytes taken | writes to PM1a | end |\n|---|--:|--:|---|\n");
            }
            let _ = match result {
                Ok(outcome) => writeln!(
                    page,
                    "| {name} | {} | {} | {} |",
                    outcome.taken.len(),
                    outcome.pm.len(),
                    if outcome.is_off { "off" } else { "waits for input" }
                ),
                Err(error) => writeln!(page, "| {name} | | | FAILED: {error:#} |"),
            };
        }
        page
    }
}
