//! The probe as its users run it: against guests that misbehave, one fault each, and against the
//! real program in QEMU.

mod button;
mod fake;
mod lines;
mod misbehaviour;
mod qemu;
mod run;
