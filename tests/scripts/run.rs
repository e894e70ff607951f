//! A script that runs with folders of its own, what it says, and what it leaves behind.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use boot256_kit::root;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a process that has just been ended is given to go.
const GRACE: Duration = Duration::from_secs(5);

/// Folders that nobody else has: `tmp` for what a script makes, `bin` for programs of the test, `world` for them.
#[derive(Debug)]
pub struct Place(TempDir);

/// A script that runs.
#[derive(Debug)]
pub struct Run<'a> {
    child: Child,
    place: &'a Place,
}

/// A script that has ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; none, if a signal has ended it.
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The files and the processes that are left; the processes are killed.
    pub left: Vec<String>,
}

impl Place {
    pub fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for name in ["tmp", "bin", "world"] {
            fs::create_dir(place.file(name)).unwrap();
        }
        place
    }

    /// The path of `name` in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `path` as a program of the name `name`.
    pub fn link(&self, path: impl AsRef<Path>, name: &str) -> &Self {
        std::os::unix::fs::symlink(path, self.file("bin").join(name)).unwrap();
        self
    }

    /// `text`, of bash, as a program of the name `name`.
    pub fn program(&self, name: &str, text: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt;
        let path = self.file("bin").join(name);
        fs::write(&path, format!("#!/bin/bash\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// `words`, a shell and its script or a script, with nothing that the user has set in its environment. Where the
    /// tests run without signals (`nohup make test &`), it has them: a shell can do nothing about one that is ignored.
    pub fn command<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo $$ >\"$0\"; exec /usr/bin/env --default-signal=INT,TERM,HUP \"$@\""]);
        command.arg(self.file("world/pid")).args(words).current_dir(self.0.path());
        command.env("TMPDIR", self.file("tmp")).env("FAKE_WORLD", self.file("world")).stdin(Stdio::null());
        for name in ["QEMU", "QEMU_FLAGS", "TIMEOUT", "GOVC_URL", "LIBVIRT_DEFAULT_URI"] {
            command.env_remove(name);
        }
        command
    }

    pub fn start(&self, command: &mut Command) -> Run<'_> {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Run { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}")), place: self }
    }

    /// The processes that have this place's name in their environment.
    fn processes(&self) -> Vec<(Pid, String)> {
        let mark = self.0.path().to_str().unwrap();
        let read = |path: PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).replace('\0', " ");
        let ours = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let entry = entry.unwrap();
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            read(entry.path().join("environ")).contains(mark).then(|| (pid, read(entry.path().join("cmdline"))))
        });
        ours.collect()
    }
}

impl Run<'_> {
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn wait(self) -> Said {
        let elsewhere = format!("/tmp/boot256-smoke.{}", self.child.id());
        let output = self.child.wait_with_output().unwrap();
        let until = Instant::now() + GRACE;
        while !self.place.processes().is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        let mut left = Vec::new();
        for (pid, name) in self.place.processes() {
            let _ = kill_process(pid, Signal::KILL);
            left.push(name);
        }
        let files =
            fs::read_dir(self.place.file("tmp")).unwrap().map(|file| file.unwrap().path().display().to_string());
        left.extend(files.chain(Path::new(&elsewhere).exists().then_some(elsewhere)));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { exit: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), left }
    }
}

impl Said {
    /// It has failed with `code` and one line that has `part` in it, and left nothing.
    #[track_caller]
    pub fn fails(&self, code: i32, part: &str) {
        let line = self.stderr.starts_with("smoke: FAIL: ") && self.stderr.lines().count() == 1;
        let good = self.exit == Some(code) && line && self.stderr.contains(part) && self.left.is_empty();
        assert!(good && !self.stdout.contains("smoke: ok"), "not code {code} and `{part}`: {self:?}");
    }

    /// `signal` has ended it, and nothing is left or said of it.
    #[track_caller]
    pub fn is_ended_by(&self, signal: Signal) {
        let good = (self.exit, &*self.stderr, self.left.len()) == (Some(128 + signal.as_raw()), "", 0);
        assert!(good, "{self:?}");
    }

    /// It has ended well, with these lines, and left nothing.
    #[track_caller]
    pub fn is_good(&self, lines: &str) {
        let good = (self.exit, self.stdout.as_str(), self.stderr.as_str()) == (Some(0), lines, "");
        assert!(good && self.left.is_empty(), "not {lines:?}: {self:?}");
    }
}

/// A script of `tools/smoke`.
pub fn script(name: &str) -> String {
    root().join("tools/smoke").join(name).to_str().unwrap().to_owned()
}

/// An image, or the probe.
pub fn built(name: &str) -> String {
    let path = root().join("build").join(name);
    assert!(path.exists(), "{} is missing: run 'make all probe'", path.display());
    path.to_str().unwrap().to_owned()
}
