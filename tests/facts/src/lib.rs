//! Facts that more than one proof needs, each in one place: data, and what reads it.

#![warn(missing_docs)]

pub mod platforms;
