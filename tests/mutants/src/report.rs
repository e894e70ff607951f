//! What has become of all mutants, and whether that is good enough.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::crates::Host;
use crate::outcome::{Score, Verdict};
use crate::survivors::Survivors;

/// The end of a run.
#[derive(Debug)]
pub struct Report {
    page: String,
    tried: usize,
    /// Survivors that have no reason.
    new: Vec<Verdict>,
    /// A line for each crate that misses its goal.
    below: Vec<String>,
}

impl Report {
    /// Of the mutants of each crate that were `tried`, the survivors held against those `known`. A sample
    /// of the mutants says nothing about a goal.
    pub fn of(tried: Vec<(&Host, Vec<Verdict>)>, known: &Survivors, is_sample: bool) -> Self {
        let mut page = String::from(
            "# Mutants of the host crates\n\n| crate | tried | noticed | % | goal, % |\n|---|--:|--:|--:|--:|\n",
        );
        let mut all = Score::default();
        let (mut excused, mut new, mut below) = (Vec::new(), Vec::new(), Vec::new());
        for (host, verdicts) in tried {
            let score = Score::of(&verdicts);
            let percent = score.percent();
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {percent:.1} | {} |",
                host.folder, score.tried, score.noticed, host.goal
            );
            if score.tried > 0 && !is_sample && percent < f64::from(host.goal) {
                below.push(format!("{}: {percent:.1} % of {} %", host.folder, host.goal));
            }
            all.add(&score);
            let alive = verdicts.into_iter().filter(|verdict| !verdict.noticed);
            let (with_reason, without): (Vec<Verdict>, Vec<Verdict>) =
                alive.partition(|verdict| known.excuses(&verdict.name));
            excused.extend(with_reason);
            new.extend(without);
        }
        let _ = writeln!(page, "| all | {} | {} | {:.1} | |", all.tried, all.noticed, all.percent());
        let _ = write!(page, "\n## Not noticed, with a reason\n\n{}", list(&excused));
        let _ = write!(page, "\n## Not noticed\n\n{}", list(&new));
        Self { page, tried: all.tried, new, below }
    }

    /// A table of the crates, and the survivors.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Is it good enough?
    ///
    /// # Errors
    /// If no mutant was tried, one survives without a reason, or a crate misses its goal.
    pub fn verdict(&self) -> Result<()> {
        ensure!(self.tried > 0, "no mutant was tried: does any of these crates have code?");
        ensure!(self.new.is_empty(), "no test notices these, and the list does not say why:\n{}", list(&self.new));
        ensure!(self.below.is_empty(), "below the goal:\n{}", self.below.join("\n"));
        Ok(())
    }
}

fn list(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(|verdict| format!("{}\n", verdict.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crates;
    use crate::survivors;

    /// A crate of whose mutants so many are noticed, and so many not, called `f: 1` and so on.
    fn tried(folder: &'static str, noticed: usize, missed: usize) -> (&'static Host, Vec<Verdict>) {
        let host = crates::ALL.iter().find(|host| host.folder == folder).expect("a crate of the table");
        let verdicts = (1..=noticed + missed).map(|n| Verdict { name: format!("f: {n}"), noticed: n > missed });
        (host, verdicts.collect())
    }

    fn known(text: &str) -> Survivors {
        survivors::parse(text).unwrap()
    }

    #[track_caller]
    fn error(report: &Report) -> String {
        report.verdict().unwrap_err().to_string()
    }

    #[test]
    fn all_is_well_where_all_is_noticed() {
        let report = Report::of(vec![tried("tools/kit", 3, 0)], &known(""), false);
        report.verdict().unwrap();
        let page = "# Mutants of the host crates\n\n| crate | tried | noticed | % | goal, % |\n|---|--:|--:|--:|--:|\n\
            | `tools/kit` | 3 | 3 | 100.0 | 90 |\n| all | 3 | 3 | 100.0 | |\n\
            \n## Not noticed, with a reason\n\n\n## Not noticed\n\n";
        assert_eq!(report.page(), page);
    }

    #[test]
    fn a_survivor_needs_a_reason() {
        let known = known("f: 1\n    why\n");
        let report = Report::of(vec![tried("tools/kit", 38, 2)], &known, false);
        assert_eq!(error(&report), "no test notices these, and the list does not say why:\nf: 2\n");
        assert!(report.page().ends_with("with a reason\n\nf: 1\n\n## Not noticed\n\nf: 2\n"), "{}", report.page());
        let report = Report::of(vec![tried("tools/kit", 39, 1)], &known, false);
        report.verdict().unwrap();
        // In a sample, too.
        assert!(Report::of(vec![tried("tools/kit", 38, 2)], &known, true).verdict().is_err());
    }

    #[test]
    fn a_reason_does_not_make_up_for_a_goal() {
        let known = known("f: 1\nf: 2\n    why\n");
        let two = |noticed, is_sample| {
            let kit = tried("tools/kit", noticed, 2);
            Report::of(vec![kit, tried("tools/probe", 50, 0)], &known, is_sample)
        };
        assert_eq!(error(&two(17, false)), "below the goal:\ntools/kit: 89.5 % of 90 %");
        // 18 of 20 are the goal itself.
        two(18, false).verdict().unwrap();
        assert!(two(18, false).page().contains("| `tools/kit` | 20 | 18 | 90.0 | 90 |\n"));
        assert!(two(18, false).page().contains("| all | 70 | 68 | 97.1 | |\n"));
        // What is missed in a sample may be all that there is to miss.
        two(17, true).verdict().unwrap();
    }

    #[test]
    fn a_run_without_mutants_proves_nothing() {
        let none = Report::of(vec![tried("tools/kit", 0, 0)], &known(""), false);
        assert_eq!(error(&none), "no mutant was tried: does any of these crates have code?");
        // One crate of several may have none.
        let some = Report::of(vec![tried("tools/kit", 0, 0), tried("tools/probe", 1, 0)], &known(""), false);
        some.verdict().unwrap();
    }
}
