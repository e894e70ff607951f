//! The scripts of `tools/smoke`: with the real QEMU, and with one fake tool for the platforms that are not here; and
//! what make and setup say where a tool is missing.

mod commands;
mod long;
mod platforms;
mod qemu;
mod run;
mod storm;
