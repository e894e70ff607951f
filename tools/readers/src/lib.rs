//! Opens every image of boot256 with a reader that had no part in making it.
//!
//! The images come from qemu-img, xorriso and boot256-images; nothing here shares code with
//! those. What a reader here finds, a hypervisor finds.

pub mod appliance;
mod archive;
pub mod container;
pub mod iso;
pub mod machine;
pub mod medium;
pub mod program;
pub mod stream_vmdk;
