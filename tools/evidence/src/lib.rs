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
        let evidence: Self = toml::from_str(FILE).context("tests/facts/evidence.toml")?;
        let mut ids = BTreeSet::new();
        for row in &evidence.evidence {
            row.check(&evidence.groups).with_context(|| format!("tests/facts/evidence.toml, {}", row.id))?;
            ensure!(ids.insert(&row.id), "tests/facts/evidence.toml: {} is there twice", row.id);
        }
        for group in &evidence.groups {
            ensure!(evidence.rows(group).count() > 0, "tests/facts/evidence.toml: nothing is in {group}");
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
