//! What the tests of the commands share: a command with programs of the test's own before the machine's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder of a test's own, with programs that stand for the machine's.
pub struct Place {
    folder: TempDir,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// If there can be no temporary folder.
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir(place.file("bin")).expect("a folder");
        place
    }

    /// The path of `name` in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a script of bash the program `name`.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn fake(&self, name: &str, script: &str) -> &Self {
        program(&self.file("bin").join(name), script);
        self
    }

    /// `program` in the project's folder, which finds this place's programs first.
    ///
    /// # Panics
    ///
    /// If there is no PATH.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let path = std::env::var("PATH").expect("a PATH");
        command
            .current_dir(boot256_kit::root())
            .env("PATH", format!("{}:{path}", self.file("bin").display()))
            .env("TMPDIR", self.folder.path());
        // The tests may themselves run below a make, whose flags are not for this one.
        for variable in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(variable);
        }
        command
    }
}

/// Writes a script of bash to `path`.
///
/// # Panics
///
/// If it cannot be written.
pub fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/bash\n{script}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("an executable script");
}

/// What a command printed, standard output first.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
