//! Builds of all images in folders of the tests' own, by the project's Makefile.

// Each test file takes what it needs of this.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use boot256_images::formats::{EXTRAS, FORMATS};
use tempfile::TempDir;

pub use boot256_kit::root;

/// A folder that stands for `build/`, with a `boot.bin` that make takes as up to date.
pub struct Build {
    pub folder: TempDir,
    /// Programs of the test's own, found before the machine's.
    bin: Option<TempDir>,
}

impl Build {
    /// A build folder that holds the project's `boot.bin` and `boot.elf` and nothing else.
    pub fn new() -> Self {
        let build = Self { folder: tempfile::tempdir().expect("a temporary folder"), bin: None };
        for name in ["boot256-probe-x86_64", "boot256-probe-aarch64"] {
            fs::write(build.file(name), name).expect("room for a file");
        }
        for name in ["boot.bin", "boot.elf", "boot.efi"] {
            let source = root().join("build").join(name);
            fs::copy(&source, build.file(name))
                .unwrap_or_else(|error| panic!("{}: {error}: run 'make build/{name}'", source.display()));
        }
        build
    }

    /// A build with every image and a release.
    pub fn whole() -> Self {
        let build = Self::new();
        build.make_well(&["all", "release"]);
        build
    }

    /// From here on make finds a script of bash as `tool`. The script finds its own folder in `$bin`.
    pub fn fake(&mut self, tool: &str, script: &str) -> PathBuf {
        let bin = self.bin.get_or_insert_with(|| tempfile::tempdir().expect("a temporary folder")).path();
        fs::write(bin.join(tool), format!("#!/bin/bash\nbin={}\n{script}\n", bin.display())).expect("a script");
        fs::set_permissions(bin.join(tool), fs::Permissions::from_mode(0o755)).expect("an executable script");
        bin.to_path_buf()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// make for this folder, with the tool that cargo built for the tests.
    pub fn command(&self, targets: &[&str]) -> Command {
        // env: below nohup, or in a script's background, a signal is ignored, and what it starts would
        // ignore it too. The steps are to be interrupted as a person would do it.
        let mut make = Command::new("env");
        let file = |name| self.file(name).display().to_string();
        make.args(["--default-signal", "make", "-C"])
            .arg(root())
            .arg(format!("B={}", self.folder.path().display()))
            .arg(format!("IMAGES={}", env!("CARGO_BIN_EXE_boot256-images")))
            // Files that stand for the probe: it is another crate's, and links for half a minute.
            .arg(format!("PROBES={} {}", file("boot256-probe-x86_64"), file("boot256-probe-aarch64")))
            // boot.elf passes for old, so boot.bin is what the test put there; so does boot.efi.
            .args(["-o", &file("boot.elf"), "-o", &file("boot.efi")])
            .args(targets)
            // The tests may themselves run below a make, whose flags are not for this one.
            .env_remove("MAKEFLAGS")
            .env_remove("MAKELEVEL")
            .env_remove("MFLAGS");
        if let Some(bin) = &self.bin {
            make.arg(format!("PATH={}:{}", bin.path().display(), std::env::var("PATH").expect("a PATH")));
        }
        make
    }

    /// The same in a shell that has run `first`.
    pub fn command_after(&self, first: &str, targets: &[&str]) -> Command {
        let make = self.command(targets);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$@\""), "sh"]).arg(make.get_program()).args(make.get_args());
        shell.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").env_remove("MFLAGS");
        shell
    }

    pub fn make_well(&self, targets: &[&str]) {
        run("make", &mut self.command(targets));
    }

    /// Every file below the folder, with its content.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.folder.path(), self.folder.path(), &mut files);
        files
    }
}

/// The release of a build is all there, and its checksums hold.
pub fn assert_release_is_whole(build: &Build) {
    let release = build.file("release");
    let sums =
        run("coreutils", Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&release));
    let sums = String::from_utf8(sums).expect("a text");
    let mut summed: Vec<&str> = sums.lines().filter_map(|line| line.strip_suffix(": OK")).collect();
    summed.push("SHA256SUMS");
    summed.sort_unstable();
    let mut there: Vec<String> = FORMATS.iter().map(|format| format.file.to_string()).collect();
    there.extend(["MANIFEST", "SHA256SUMS"].map(Into::into));
    there.extend(EXTRAS.iter().map(|(name, _)| (*name).to_string()));
    there.sort_unstable();
    assert_eq!(summed, there);
    let files: Vec<String> =
        build.files().into_keys().filter_map(|name| Some(name.strip_prefix("release/")?.into())).collect();
    assert_eq!(files, there);
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            files.insert(name.display().to_string(), fs::read(&path).expect("a readable file"));
        }
    }
}

/// Whether this machine lets a test do `what`; says so if not, as in many containers.
pub fn can(what: &str, command: &[&str]) -> bool {
    let can = Command::new(command[0]).args(&command[1..]).output().is_ok_and(|output| output.status.success());
    if !can {
        // Past the test runner, which keeps what a test prints that passes.
        let _ = writeln!(std::io::stderr(), "skipped: this machine does not let a test {what}");
    }
    can
}

/// Standard output and error of a command, for a message.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a program that must be there and succeed; gives its standard output.
pub fn run(package: &str, command: &mut Command) -> Vec<u8> {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (package {package}): run 'make setup'"));
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    output.stdout
}
