//! What the project's tools and tests share.
//!
//! - [`file`]: files that appear whole or not at all;
//! - [`page`]: the parts of a page that a tool writes;
//! - [`progress`]: one line that says how far a long run is;
//! - [`root`]: where the project is.

pub mod file;
pub mod page;
pub mod progress;
mod root;

pub use root::root;
