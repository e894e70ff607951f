//! Says what each of the program's 256 bytes is.
//!
//! The source of truth is the linked program: [`program`] takes bytes and symbols from `boot.elf`,
//! [`flow`] tells code from data, [`listing`] adds from DWARF and [`source`] which function each
//! instruction comes from and whether a person or the compiler chose it. [`map_json`] and the
//! other modules show that, each in a form of its own.

pub mod disasm;
pub mod flow;
pub mod golden;
pub mod ledger;
pub mod listing;
pub mod map_json;
pub mod map_svg;
pub mod program;
pub mod source;
