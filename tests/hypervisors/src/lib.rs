//! The images in the hypervisors of other Debians, which `roots` lays in folders of their own.
//!
//! - [`virtualbox`]: VirtualBox, run without its kernel module; its tests run inside the folder.
//! - [`version`]: the QEMU and the SeaBIOS of a folder, run from outside.

pub mod version;
pub mod virtualbox;
