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

impl Seen for Platform {
    fn has_button(&self) -> bool {
        self.pm.base.is_some() && self.pm.button
    }

    fn shuts_lines(&self) -> bool {
        self.bios.unclaimed == Unclaimed::EoiAndMask
    }
}

/// What tests ask of a platform.
pub trait Seen {
    /// Is there a block with a button that someone can press?
    fn has_button(&self) -> bool;
    /// Does a handler of COM1's interrupt that the BIOS has put there shut the line?
    fn shuts_lines(&self) -> bool;
}
