//! What the tests of other Debians share: `hypervisors/roots` lays each in a folder of its own.
//!
//! - [`virtualbox`]: VirtualBox, run without its kernel module; its tests run inside the folder.
//! - [`version`]: the QEMU and the SeaBIOS of a folder, run from outside.

pub mod version;
pub mod virtualbox;
