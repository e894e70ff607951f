//! Where the program has been seen to run: `tests/facts/evidence.toml`, and the tables that are made of it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The file.
const FILE: &str = include_str!("../../../tests/facts/evidence.toml");

/// The name of the part of README.md that [`Evidence::summary`] fills.
pub const SUMMARY: &str = "evidence";

/// The name of the part of docs/where-it-runs.md that [`Evidence::page`] fills.
pub const PAGE: &str = "evidence-in-full";

/// All of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    groups: Vec<String>,
    evidence: Vec<Row>,
}

/// One [[evidence]]; the file's head says what each key means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Short name.
    pub id: String,
    group: String,
    on: String,
    version: String,
    date: String,
    /// How it is known.
    pub how: How,
    /// The make target of a test, or a few words.
    pub by: String,
    seen: String,
    limits: Vec<String>,
    /// A page in docs/guides.
    pub guide: Option<String>,
    /// Ids of `tests/facts/platforms.toml`.
    pub platforms: Vec<String>,
    #[serde(default = "yes")]
    readme: bool,
    #[serde(default)]
    figures: Vec<(String, u32)>,
}

fn yes() -> bool {
    true
}

/// How something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A test of this tree runs it.
    Test,
    /// It was run by hand.
    Hand,
    /// It was not run.
    Read,
}

impl Evidence {
    /// Reads the file and checks that it is whole.
    ///
    /// # Errors
    /// The place in the file, or the row and what is wrong with it.
    pub fn read() -> Result<Self> {
        Self::parse(FILE).context("tests/facts/evidence.toml")
    }

    fn parse(text: &str) -> Result<Self> {
        let evidence: Self = toml::from_str(text)?;
        let mut ids = BTreeSet::new();
        for row in &evidence.evidence {
            row.check(&evidence.groups).with_context(|| row.id.clone())?;
            ensure!(ids.insert(&row.id), "{} is there twice", row.id);
        }
        for group in &evidence.groups {
            ensure!(evidence.rows(group).next().is_some(), "nothing is in {group}");
        }
        Ok(evidence)
    }

    /// All rows, in the file's order.
    pub fn all(&self) -> &[Row] {
        &self.evidence
    }

    fn rows<'e>(&'e self, group: &'e str) -> impl Iterator<Item = &'e Row> {
        self.evidence.iter().filter(move |row| row.group == group)
    }

    /// What the row is on, and which version of it if another row is on the same.
    fn name(&self, row: &Row) -> String {
        let same = self.evidence.iter().filter(|other| other.on == row.on).count();
        if same > 1 { format!("{} {}", row.on, row.version) } else { row.on.clone() }
    }

    /// The table of README.md: what was run, and in one line what was only read.
    pub fn summary(&self) -> String {
        let mut table = String::from("| on | version | seen | how |\n|---|---|---|---|\n");
        let (read, run): (Vec<&Row>, Vec<&Row>) =
            self.evidence.iter().filter(|row| row.readme).partition(|row| row.how == How::Read);
        for row in run {
            table += &format!("| {} | {} | {} | {} |\n", row.linked("docs/guides"), row.version, row.seen, row.known());
        }
        let read: Vec<String> = read.iter().map(|row| row.linked("docs/guides")).collect();
        table + &format!("\nRead, not run: {}.\n", read.join("; "))
    }

    /// The tables of docs/where-it-runs.md: by group, with the limits and the figures.
    pub fn page(&self) -> String {
        let mut page = String::new();
        for group in &self.groups {
            page += &format!("## {group}\n\n| on | version | how | seen |\n|---|---|---|---|\n");
            for row in self.rows(group) {
                page += &format!("| {} | {} | {} | {} |\n", row.linked("guides"), row.version, row.known(), row.seen);
            }
            page += "\n";
            for row in self.rows(group) {
                if !row.figures.is_empty() {
                    page += &format!("{}:\n\n| | |\n|---|--:|\n", row.on);
                    for (what, count) in &row.figures {
                        page += &format!("| {what} | {count} |\n");
                    }
                    page += "\n";
                }
            }
            let limits: Vec<String> = self
                .rows(group)
                .filter(|row| !row.limits.is_empty())
                .map(|row| format!("- {}: {}.\n", self.name(row), row.limits.join("; ")))
                .collect();
            if !limits.is_empty() {
                page += &format!("What does not work there, and why:\n\n{}\n", limits.concat());
            }
        }
        page
    }
}

impl Row {
    fn check(&self, groups: &[String]) -> Result<()> {
        ensure!(groups.contains(&self.group), "no group {:?}", self.group);
        let parts: Vec<&str> = self.date.split('-').collect();
        let digits = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        ensure!(
            parts.iter().all(digits) && [&[4, 2, 2][..], &[4, 2]].contains(&&lengths[..]),
            "{:?} is no date",
            self.date
        );
        ensure!(self.how != How::Test || lengths.len() == 3, "a test is run on a day");
        ensure!(self.how != How::Test || self.target().is_some(), "{:?} is no make target", self.by);
        Ok(())
    }

    /// The make target that runs it.
    pub fn target(&self) -> Option<&str> {
        self.by.strip_prefix("make ").filter(|_| self.how == How::Test)
    }

    fn linked(&self, folder: &str) -> String {
        match &self.guide {
            Some(guide) => format!("[{}]({folder}/{guide})", self.on),
            None => self.on.clone(),
        }
    }

    /// How and when, in words.
    fn known(&self) -> String {
        let date = self.day();
        match self.how {
            How::Test => format!("run by a test, `{}`, {date}", self.by),
            How::Hand => format!("run by hand, {date}: {}", self.by),
            How::Read => format!("read, not run, {date}: {}", self.by),
        }
    }

    /// The date as it stands in a page: a day as it is, a month by its name.
    fn day(&self) -> String {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let named = |(year, month): (&str, &str)| {
            let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(format!("{month} {year}"))
        };
        self.date.split_once('-').and_then(named).unwrap_or_else(|| self.date.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two machines of one kind, run, and one of another, only read.
    const SMALL: &str = r#"
groups = ["Here", "There"]

[[evidence]]
id = "a1"
group = "Here"
on = "A"
version = "1"
date = "2026-11-05"
how = "test"
by = "make test-a"
seen = "all of it"
limits = ["no sound", "no mouse"]
guide = "a.md"
platforms = []
figures = [["passed", 7], ["failed", 0]]

[[evidence]]
id = "a2"
group = "Here"
on = "A"
version = "2"
date = "2026-11"
how = "hand"
by = "typed"
seen = "most of it"
limits = ["no floppy"]
platforms = []
readme = false

[[evidence]]
id = "b"
group = "There"
on = "B"
version = "3"
date = "2026-01-31"
how = "read"
by = "its source"
seen = "it would run"
limits = []
platforms = []

[[evidence]]
id = "c"
group = "There"
on = "C"
version = "4"
date = "2025-12"
how = "read"
by = "its manual"
seen = "it would, too"
limits = ["nobody has one"]
guide = "c.md"
platforms = []
"#;

    #[test]
    fn the_summary_has_a_line_for_each_run_and_one_for_all_that_was_read() {
        let summary = "\
| on | version | seen | how |
|---|---|---|---|
| [A](docs/guides/a.md) | 1 | all of it | run by a test, `make test-a`, 2026-11-05 |

Read, not run: B; [C](docs/guides/c.md).
";
        assert_eq!(Evidence::parse(SMALL).unwrap().summary(), summary);
    }

    #[test]
    fn the_page_has_each_group_with_its_figures_and_its_limits() {
        let page = "\
## Here

| on | version | how | seen |
|---|---|---|---|
| [A](guides/a.md) | 1 | run by a test, `make test-a`, 2026-11-05 | all of it |
| A | 2 | run by hand, November 2026: typed | most of it |

A:

| | |
|---|--:|
| passed | 7 |
| failed | 0 |

What does not work there, and why:

- A 1: no sound; no mouse.
- A 2: no floppy.

## There

| on | version | how | seen |
|---|---|---|---|
| B | 3 | read, not run, 2026-01-31: its source | it would run |
| [C](guides/c.md) | 4 | read, not run, December 2025: its manual | it would, too |

What does not work there, and why:

- C: nobody has one.

";
        assert_eq!(Evidence::parse(SMALL).unwrap().page(), page);
        let without = SMALL.replace(r#"["nobody has one"]"#, "[]");
        let page = page.replace("What does not work there, and why:\n\n- C: nobody has one.\n\n", "");
        assert_eq!(Evidence::parse(&without).unwrap().page(), page);
    }

    #[test]
    fn a_row_that_makes_no_sense_is_named() {
        for (right, wrong, error) in [
            (r#"group = "There""#, r#"group = "Where""#, "b: no group \"Where\""),
            ("2026-01-31", "2026-1-31", "b: \"2026-1-31\" is no date"),
            ("2026-01-31", "2026-01-3x", "b: \"2026-01-3x\" is no date"),
            ("2026-01-31", "2026", "b: \"2026\" is no date"),
            ("2026-11-05", "2026-11", "a1: a test is run on a day"),
            ("make test-a", "test-a", "a1: \"test-a\" is no make target"),
            (r#"id = "b""#, r#"id = "a2""#, "a2 is there twice"),
            (r#"["Here", "There"]"#, r#"["Here", "There", "Nowhere"]"#, "nothing is in Nowhere"),
        ] {
            let text = SMALL.replacen(right, wrong, 1);
            assert_ne!(text, SMALL);
            assert_eq!(format!("{:#}", Evidence::parse(&text).unwrap_err()), error);
        }
        assert!(Evidence::parse(&SMALL.replace("limits", "limit")).is_err());
    }

    #[test]
    fn the_make_target_is_a_test_s_alone() {
        let evidence = Evidence::parse(&SMALL.replace("its source", "make b")).unwrap();
        let targets: Vec<_> = evidence.all().iter().map(Row::target).collect();
        assert_eq!(targets, [Some("test-a"), None, None, None]);
    }
}
