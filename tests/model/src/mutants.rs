//! Mutants: the program with one byte changed. The suite must notice; what it does not must not matter.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail, ensure};
use boot256_kit::progress;

use crate::engine::{Engine, SIZE};
use crate::listing::{self, Instruction};
use crate::suite::{self, Case, check};

/// Why survivors cannot matter: reviewed by hand, one a line, see the file's head.
const REASONS: &str = include_str!("../survivors.txt");

/// A changed byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// Its offset.
    pub offset: u8,
    /// Its new value.
    pub value: u8,
}

/// Every mutant of `program`: each bit of each byte flipped, one more, one less, all bits 0, all bits 1,
/// and NOP.
pub fn all(program: &[u8; SIZE]) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (offset, &byte) in program.iter().enumerate() {
        let mut values: Vec<u8> = (0..8).map(|bit| byte ^ 1 << bit).collect();
        values.extend([byte.wrapping_add(1), byte.wrapping_sub(1), 0x00, 0xFF, 0x90]);
        values.sort_unstable();
        values.dedup();
        let values = values.into_iter().filter(|value| *value != byte);
        mutants.extend(values.map(|value| Mutant { offset: offset as u8, value }));
    }
    mutants
}

/// What became of the mutants.
pub struct Score {
    program: [u8; SIZE],
    tried: usize,
    /// Tests that killed, and how many each.
    killers: BTreeMap<&'static str, usize>,
    /// Those that no test has noticed.
    pub survivors: Vec<Mutant>,
}

/// Runs the suite on each of `mutants` until a test fails, on two processors. What has noticed a mutant of
/// a byte is tried first on the others of that byte, since it likely notices them too.
///
/// # Errors
/// The program itself fails, or the processor does not start.
pub fn run(program: &[u8; SIZE], mutants: &[Mutant]) -> Result<Score> {
    let mut engine = Engine::new(program)?;
    let cases = suite::telling(&mut engine)?;
    for Case { group, name, scenario } in &cases {
        check::run(&mut engine, scenario).with_context(|| format!("the program as it is fails {group}: {name}"))?;
    }
    let bytes: Vec<&[Mutant]> = mutants.chunk_by(|a, b| a.offset == b.offset).collect();
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    let line = progress::line("mutants of byte", bytes.len() as u64);
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            let mut engine = Engine::new(program)?;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(byte) = bytes.get(n) else { return Ok(()) };
                let mut order: Vec<&Case> = cases.iter().collect();
                for mutant in *byte {
                    let mut changed = *program;
                    changed[usize::from(mutant.offset)] = mutant.value;
                    engine.load(&changed);
                    let killer = order.iter().position(|case| check::run(&mut engine, &case.scenario).is_err());
                    let group = killer.map(|place| {
                        order[..=place].rotate_right(1);
                        order[0].group
                    });
                    verdicts.lock().expect("no thread panics").push((*mutant, group));
                }
                line.inc(1);
            }
        };
        let threads: Vec<_> = (0..available_parallelism()?.get()).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    let mut score = Score { program: *program, tried: mutants.len(), killers: BTreeMap::new(), survivors: Vec::new() };
    for (mutant, killer) in verdicts.into_inner().expect("no thread panics") {
        match killer {
            Some(group) => *score.killers.entry(group).or_default() += 1,
            None => score.survivors.push(mutant),
        }
    }
    score.survivors.sort_unstable();
    Ok(score)
}

/// The reviewed reasons: by instruction's offset and the values that its bytes may have.
struct Reason {
    text: String,
    mutants: Vec<Mutant>,
}

fn reasons() -> Result<Vec<Reason>> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (n, line) in REASONS.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (bytes, text) =
            line.split_once(" : ").with_context(|| format!("survivors.txt, line {}: no ` : `", n + 1))?;
        let mut mutants = Vec::new();
        for byte in bytes.split_whitespace() {
            let parse = |text| u8::from_str_radix(text, 16);
            let pair = byte.split_once('=').and_then(|(at, to)| Some((parse(at).ok()?, parse(to).ok()?)));
            let (offset, value) = pair.with_context(|| format!("survivors.txt, line {}: {byte}", n + 1))?;
            mutants.push(Mutant { offset, value });
        }
        reasons.push(Reason { text: text.to_owned(), mutants });
    }
    Ok(reasons)
}

impl Score {
    /// Per cent of the mutants that some test has noticed.
    pub fn percent(&self) -> f64 {
        100.0 * (self.tried - self.survivors.len()) as f64 / self.tried.max(1) as f64
    }

    /// Is it enough?
    ///
    /// # Errors
    /// If fewer than 95 % have died, a survivor has no reason, or, where `whole`, a reason has no survivor
    /// any more.
    pub fn judge(&self, whole: bool) -> Result<()> {
        let reasons = reasons()?;
        let known: Vec<Mutant> = reasons.iter().flat_map(|reason| reason.mutants.iter().copied()).collect();
        let new: Vec<String> =
            self.survivors.iter().filter(|mutant| !known.contains(mutant)).map(|mutant| self.name(*mutant)).collect();
        if !new.is_empty() {
            bail!("no test notices these, and tests/model/survivors.txt does not say why:\n{}", new.join("\n"));
        }
        let stale: Vec<String> =
            known.iter().filter(|mutant| !self.survivors.contains(mutant)).map(|mutant| self.name(*mutant)).collect();
        ensure!(
            !whole || stale.is_empty(),
            "tests/model/survivors.txt excuses what is noticed now:\n{}",
            stale.join("\n")
        );
        ensure!(self.percent() >= 95.0, "only {:.1} % of the mutants have been noticed", self.percent());
        Ok(())
    }

    /// `offset=value`, as in survivors.txt, with the instruction.
    fn name(&self, mutant: Mutant) -> String {
        let Mutant { offset, value } = mutant;
        let holds = |instruction: &Instruction| offset.wrapping_sub(instruction.offset) < instruction.length;
        let before = listing::of(&self.program).into_iter().find(holds);
        let (start, before) = before.map_or((offset, "text".into()), |before| (before.offset, before.text));
        let mut changed = self.program;
        changed[usize::from(offset)] = value;
        let after = listing::of(&changed).into_iter().find(|instruction| instruction.offset == start);
        format!("{offset:02X}={value:02X}  {before}  ->  {}", after.map_or("?".into(), |after| after.text))
    }

    /// One line.
    pub fn summary(&self) -> String {
        let died = self.tried - self.survivors.len();
        format!("{died} of {} mutants are noticed, {:.1} %", self.tried, self.percent())
    }

    /// The report.
    ///
    /// # Errors
    /// survivors.txt cannot be read.
    pub fn report(&self) -> Result<String> {
        let mut page = format!("# Mutants\n\n{}. By which group of tests:\n\n", self.summary());
        for (group, count) in &self.killers {
            let _ = writeln!(page, "- {group}: {count}");
        }
        page += "\n## Survivors\n\n";
        for reason in reasons()? {
            let alive: Vec<Mutant> =
                reason.mutants.into_iter().filter(|mutant| self.survivors.contains(mutant)).collect();
            if alive.is_empty() {
                continue;
            }
            let _ = writeln!(page, "{}:\n", reason.text);
            for mutant in alive {
                let _ = writeln!(page, "- `{}`", self.name(mutant));
            }
            page.push('\n');
        }
        Ok(page)
    }
}
