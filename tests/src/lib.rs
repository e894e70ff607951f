//! The harness that boots the real images in real machines, and the model of what they must say.
//!
//! The model is written from the contract alone: it knows nothing of how the 256 bytes do it.

#![warn(missing_docs)]

pub mod model;
