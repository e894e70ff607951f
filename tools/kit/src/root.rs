//! Where the project is, found when a program runs: a checkout may move after it was built.

use std::path::{Path, PathBuf};

/// A file that is at the project's root and nowhere else.
const AT_THE_ROOT: &str = "x86-16-bootsector.json";

/// The project's root: the current folder or the nearest above it that is one. Cargo runs a test in its
/// crate's folder, make runs a tool at the root.
///
/// # Panics
///
/// If the current folder is not in a checkout of the project.
#[track_caller]
pub fn root() -> PathBuf {
    let here = std::env::current_dir().expect("a current folder");
    above(&here).unwrap_or_else(|| panic!("{} is not in a checkout of boot256", here.display())).to_path_buf()
}

fn above(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(AT_THE_ROOT).is_file())
}
