//! The platforms, as `tools/facts/platforms.toml` has them, and variations of them.

pub use boot256_facts::platforms::*;

/// QEMU's pc with SeaBIOS: where only one platform is tried, it is this one.
pub fn pc() -> &'static Platform {
    get("qemu-pc")
}

/// A platform like `platform`, but for what `change` changes.
pub fn but(platform: &Platform, change: impl FnOnce(&mut Platform)) -> Platform {
    let mut changed = platform.clone();
    change(&mut changed);
    changed
}
