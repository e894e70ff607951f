//! What cargo-mutants says of a crate: `mutants.out/outcomes.json`.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// A mutant and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// File and change, without line and column, which move with every edit. The second of the same
    /// name in a file has ` #2` behind it.
    pub name: String,
    /// Whether a test failed, or none of them ended.
    pub noticed: bool,
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Mutants that could be built.
    pub tried: usize,
    /// Those that a test has noticed.
    pub noticed: usize,
}

impl Score {
    /// The score of `verdicts`.
    pub fn of(verdicts: &[Verdict]) -> Self {
        Self { tried: verdicts.len(), noticed: verdicts.iter().filter(|verdict| verdict.noticed).count() }
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.tried += other.tried;
        self.noticed += other.noticed;
    }

    /// Of those tried, in per cent.
    pub fn percent(&self) -> f64 {
        100.0 * self.noticed as f64 / self.tried.max(1) as f64
    }
}

#[derive(Deserialize)]
struct File {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
}

/// The verdicts in the text of an `outcomes.json`. A mutant that does not compile is none.
///
/// # Errors
/// If it is no such file, the tests fail without a change too, or an outcome is not known.
pub fn read(text: &str) -> Result<Vec<Verdict>> {
    let file: File = serde_json::from_str(text).context("outcomes.json is not as this program knows it")?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut verdicts = Vec::new();
    for Outcome { scenario, summary } in file.outcomes {
        let name = match scenario {
            Scenario::Baseline if summary == "Success" => continue,
            Scenario::Baseline => bail!("the tests fail without a mutant, too: {summary}"),
            Scenario::Mutant(mutant) => without_position(&mutant.name),
        };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} #{count}") };
        let noticed = match summary.as_str() {
            "CaughtMutant" | "Timeout" => true,
            "MissedMutant" => false,
            "Unviable" => continue,
            other => bail!("{name}: an outcome that this program does not know: {other}"),
        };
        verdicts.push(Verdict { name, noticed });
    }
    Ok(verdicts)
}

/// `src/a.rs:1:2: replace ...` without `:1:2`.
fn without_position(name: &str) -> String {
    let Some((place, change)) = name.split_once(": ") else { return name.to_owned() };
    let file = place.split(':').next().unwrap_or(place);
    format!("{file}: {change}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(scenario: &str, summary: &str) -> String {
        format!(r#"{{"scenario":{scenario},"summary":"{summary}","log_path":"x"}}"#)
    }

    fn mutant(name: &str, summary: &str) -> String {
        outcome(&format!(r#"{{"Mutant":{{"name":"{name}","package":"p"}}}}"#), summary)
    }

    fn file(outcomes: &[String]) -> String {
        format!(r#"{{"outcomes":[{}],"total_mutants":3}}"#, outcomes.join(","))
    }

    #[test]
    fn what_no_test_notices_is_told_from_what_one_does() {
        let text = file(&[
            outcome(r#""Baseline""#, "Success"),
            mutant("a.rs:1:2: replace f with ()", "MissedMutant"),
            mutant("a.rs:9:9: replace f with ()", "CaughtMutant"),
            mutant("a.rs:3:2: replace + with - in g", "Timeout"),
            mutant("a.rs:4:2: replace h -> X with Default::default()", "Unviable"),
        ]);
        let verdict = |name: &str, noticed| Verdict { name: name.into(), noticed };
        let verdicts = read(&text).unwrap();
        assert_eq!(
            verdicts,
            [
                verdict("a.rs: replace f with ()", false),
                verdict("a.rs: replace f with () #2", true),
                verdict("a.rs: replace + with - in g", true),
            ]
        );
        let mut score = Score::of(&verdicts);
        assert_eq!((score.tried, score.noticed), (3, 2));
        assert!((score.percent() - 66.6).abs() < 0.1);
        score.add(&Score { tried: 1, noticed: 1 });
        assert_eq!(score, Score { tried: 4, noticed: 3 });
        assert_eq!(Score::default().percent(), 0.0);
    }

    #[test]
    fn tests_that_fail_anyway_prove_nothing() {
        let error = read(&file(&[outcome(r#""Baseline""#, "Failure")])).unwrap_err().to_string();
        assert_eq!(error, "the tests fail without a mutant, too: Failure");
    }

    #[test]
    fn what_is_not_known_is_no_success() {
        assert!(read(&file(&[mutant("a.rs:1:1: x", "Strange")])).unwrap_err().to_string().contains("Strange"));
        assert!(read("{}").is_err());
    }
}
