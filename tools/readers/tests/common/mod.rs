//! The project's images, in a folder of the test's own.

// Each test file takes what it needs of this.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;

use boot256_kit::root;
use tempfile::TempDir;

/// An image that `make all` makes.
pub fn image(name: &str) -> Vec<u8> {
    let path = root().join("build").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run 'make all'", path.display()))
}

/// Copies of some of them.
pub struct Images(TempDir);

impl Images {
    /// Copies of those called `names`.
    pub fn of(names: &[&str]) -> Self {
        let images = Self(tempfile::tempdir().expect("a temporary folder"));
        for name in names {
            fs::write(images.path(name), image(name)).expect("room for a copy");
        }
        images
    }

    /// Where one is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes the content of one.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut content = fs::read(self.path(name)).expect("a file of the copy");
        change(&mut content);
        fs::write(self.path(name), content).expect("room for a file");
    }
}

/// Where `part` begins in `whole`.
#[track_caller]
pub fn find(whole: &[u8], part: &[u8]) -> usize {
    let at = whole.windows(part.len()).position(|bytes| bytes == part);
    at.unwrap_or_else(|| panic!("no {}", part.escape_ascii()))
}
