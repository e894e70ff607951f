//! The model of what a machine must say, and the bytes that tests type: of the crate `boot256_facts`.

pub use boot256_facts::editor::Editor;
pub use boot256_facts::{LINE_MAX, PROMPT, START};
