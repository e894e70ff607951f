//! Proof: the 256 bytes run in a model of the machine around them, fast enough to try everything.
//!
//! The processor is unicorn's, QEMU's own x86 in a library; the devices and the BIOS are plain Rust
//! ([`board`], [`bios`]), so that a row of a table ([`profile`]) is a platform and a fault is a field.
//! What the program says is checked against [`boot256_facts::editor::Editor`], which is written from
//! the contract and not from the program.
//!
//! - [`engine`]: one processor, which runs one [`scenario::Scenario`] after the other;
//! - [`suite`]: the tests, each a plain function, so that coverage and mutants run the same ones;
//! - [`coverage`], [`mutants`]: what the tests reach, and what they notice;
//! - [`induction`]: a proof of the line editor, for every input of any length.
//!
//! Time is counted in ticks, one for each instruction: a microsecond, if one must think of a clock.

pub mod bios;
pub mod board;
pub mod coverage;
pub mod engine;
pub mod faults;
pub mod induction;
pub mod listing;
pub mod mutants;
pub mod profile;
pub mod scenario;
pub mod suite;
