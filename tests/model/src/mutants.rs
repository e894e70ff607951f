//! Mutants: the program with one byte changed. The suite must notice each one that matters.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use boot256_kit::progress;

use crate::engine::{Engine, SIZE};
use crate::listing::{self, Instruction};
use crate::suite::{self, Case};

/// Why survivors cannot matter: reviewed by hand, one a line, see the file's head.
const REASONS: &str = include_str!("../survivors.txt");

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    pub offset: u8,
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

/// Runs the suite on each of `mutants` until a test fails, on two processors. What has noticed a mutant of
/// a byte is tried first on the others of that byte, since it likely notices them too. Returns how many are noticed, in a
/// line. Fails if survivors.txt has no reason for a survivor, or, with `whole`, one for a mutant that is noticed.
pub fn run(program: &[u8; SIZE], mutants: &[Mutant], whole: bool) -> Result<String> {
    let mut engine = Engine::new(program);
    let cases = suite::all(&mut engine)?;
    for case in &cases {
        case.run(&mut engine).context("the program as it is fails")?;
    }
    let bytes: Vec<&[Mutant]> = mutants.chunk_by(|a, b| a.offset == b.offset).collect();
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    let line = progress::line("mutants of byte", bytes.len() as u64);
    std::thread::scope(|scope| {
        let work = || {
            let mut engine = Engine::new(program);
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(byte) = bytes.get(n) else { return };
                let mut order: Vec<&Case> = cases.iter().collect();
                for mutant in *byte {
                    let mut changed = *program;
                    changed[usize::from(mutant.offset)] = mutant.value;
                    engine.load(&changed);
                    match order.iter().position(|case| case.run(&mut engine).is_err()) {
                        Some(place) => order[..=place].rotate_right(1),
                        None => survivors.lock().expect("no thread panics").push(*mutant),
                    }
                }
                line.inc(1);
            }
        };
        let threads: Vec<_> = (0..available_parallelism()?.get()).map(|_| scope.spawn(work)).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
        anyhow::Ok(())
    })?;
    let mut survivors = survivors.into_inner().expect("no thread panics");
    survivors.sort_unstable();
    let known = known()?;
    let without = |mutants: &[Mutant], others: &[Mutant]| -> Vec<String> {
        mutants.iter().filter(|mutant| !others.contains(mutant)).map(|mutant| name(program, *mutant)).collect()
    };
    let (new, stale) = (without(&survivors, &known), without(&known, &survivors));
    let why = "no test notices these, and tests/model/survivors.txt does not say why";
    ensure!(new.is_empty(), "{why}:\n{}", new.join("\n"));
    let excused = "tests/model/survivors.txt excuses what is noticed now";
    ensure!(!whole || stale.is_empty(), "{excused}:\n{}", stale.join("\n"));
    let (tried, died) = (mutants.len(), mutants.len() - survivors.len());
    Ok(format!("{died} of {tried} mutants are noticed, {:.1} %", 100.0 * died as f64 / tried.max(1) as f64))
}

/// The mutants that survivors.txt has a reason for.
fn known() -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for line in REASONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (bytes, _) = line.split_once(" : ").with_context(|| format!("survivors.txt: no ` : ` in {line}"))?;
        for byte in bytes.split_whitespace() {
            let parse = |text| u8::from_str_radix(text, 16).ok();
            let pair = byte.split_once('=').and_then(|(at, to)| Some((parse(at)?, parse(to)?)));
            let (offset, value) = pair.with_context(|| format!("survivors.txt: {byte}"))?;
            mutants.push(Mutant { offset, value });
        }
    }
    Ok(mutants)
}

/// `offset=value`, as in survivors.txt, with the instruction.
fn name(program: &[u8; SIZE], mutant: Mutant) -> String {
    let Mutant { offset, value } = mutant;
    let holds = |instruction: &Instruction| offset.wrapping_sub(instruction.offset) < instruction.length;
    let before = listing::of(program).into_iter().find(holds);
    let (start, before) = before.map_or((offset, "text".into()), |before| (before.offset, before.text));
    let mut changed = *program;
    changed[usize::from(offset)] = value;
    let after = listing::of(&changed).into_iter().find(|instruction| instruction.offset == start);
    format!("{offset:02X}={value:02X}  {before}  ->  {}", after.map_or("?".into(), |after| after.text))
}
