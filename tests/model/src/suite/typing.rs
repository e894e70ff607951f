//! Random typing: bytes and keys mixed, any timing, the button at a random moment, shrunk by proptest.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use boot256_kit::progress;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::Case;
use crate::engine::Engine;
use crate::platforms::PLATFORMS;
use crate::scenario::{At, Event, Scenario, What};

/// A byte that comes from one side or the other, some ticks after the one before.
#[derive(Clone, Copy, Debug)]
struct Token {
    key: bool,
    byte: u8,
    after: u64,
}

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        50 => 0x20..=0x7Eu8,
        20 => 0x80..=0xFFu8,
        6 => Just(b'\r'),
        3 => Just(b'\n'),
        6 => Just(0x08u8),
        6 => Just(0x7Fu8),
        5 => 0x00..=0x1Fu8,
    ]
}

fn token() -> impl Strategy<Value = Token> {
    // A key stroke is at least 400 ticks after the one before: the BIOS's ring holds 15, and an answer
    // of 80 bytes keeps the program busy for some 2,000.
    (prop::bool::weighted(0.1), byte(), prop_oneof![4 => Just(0u64), 3 => 1..40u64, 1 => 40..4000u64])
        .prop_map(|(key, byte, after)| Token { key, byte, after: if key { after.max(400) } else { after } })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let profiles = &PLATFORMS;
    (
        vec(token(), 1..2000),
        0..profiles.len(),
        prop_oneof![Just(0u64), 0..20u64],
        0..12u64,
        prop::option::weighted(0.15, 60..200_000u64),
        vec((60..200_000u64, prop_oneof![Just(3u8), Just(4), Just(7)]), 0..4),
        vec((0..200_000u64, 1..3000u64), 0..3),
    )
        .prop_map(move |(tokens, row, gap, send, press, stray, stalls)| {
            let profile = &profiles[row];
            let mut scenario = Scenario { gap, send, ..Scenario::on(profile) };
            let mut tick = 400;
            for Token { key, byte, after } in tokens {
                tick += after;
                let mut add = |at, what| scenario.events.push(Event { at: At::Tick(at), what });
                if key {
                    add(tick, What::KeyDown(0x1E00 | u16::from(byte)));
                    add(tick + 150, What::KeyUp);
                } else {
                    add(tick, What::Byte(byte));
                }
            }
            if let Some(at) = press.filter(|_| profile.button) {
                scenario = scenario.press(at);
            }
            for (at, irq) in stray {
                scenario = scenario.with(At::Tick(at), What::Spurious(irq));
            }
            for (from, ticks) in stalls {
                scenario = scenario.stall(from, ticks);
            }
            scenario.budget(2_000_000)
        })
}

/// Where the seeds of failures are kept, to be tried first the next time.
static SEEDS: LazyLock<String> =
    LazyLock::new(|| boot256_kit::root().join("tests/model/typing.seeds").display().to_string());

/// Types at least `bytes` bytes, and returns how many. A failure is shrunk, and its seed kept.
pub fn run(engine: &mut Engine, bytes: u64, seed: u64) -> Result<u64> {
    let engine = RefCell::new(engine);
    let typed = Cell::new(0);
    let config = Config {
        cases: 50,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(&SEEDS))),
        max_shrink_iters: 3_000,
        ..Config::default()
    };
    let mut material = [0; 32];
    material[..8].copy_from_slice(&seed.to_le_bytes());
    let line = progress::line("typed", bytes);
    // A runner is done for good when it has run its cases.
    for batch in 0u64.. {
        if typed.get() >= bytes {
            break;
        }
        line.set_position(typed.get());
        material[8..16].copy_from_slice(&batch.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &material);
        let mut runner = TestRunner::new_with_rng(config.clone(), rng);
        let result = runner.run(&scenario(), |scenario| {
            let mut engine = engine.borrow_mut();
            let board = Case::new("random", scenario).run(&mut engine);
            let board = board.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
            typed.set(typed.get() + board.taken.len() as u64);
            Ok(())
        });
        result.map_err(|error| anyhow!("random typing, seed {seed}: {error}"))?;
    }
    Ok(typed.get())
}
