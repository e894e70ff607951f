//! Says what each of the program's 256 bytes is.
//!
//! The source of truth is the linked program: [`program`] takes bytes and symbols from `boot.elf`,
//! [`flow`] tells code from data, [`listing`] has a line for each instruction, [`origin`] adds from DWARF and
//! [`source`] which function each one comes from and whether a person or the compiler chose it. [`write`] and
//! [`ledger`] show that.

pub mod flow;
pub mod ledger;
pub mod listing;
pub mod origin;
pub mod program;
pub mod source;
pub mod write;
