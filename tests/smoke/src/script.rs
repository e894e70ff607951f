//! Runs a script of `tools/smoke` in a world.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::guest::Fault;
use crate::process::{Group, Said};
use crate::wire::WORLD;
use crate::world::{self, Plan, Shared, State, lock};

/// The programs of bash and coreutils, sed and tar that the scripts may call.
const SYSTEM: &[&str] = &[
    "bash", "cat", "chmod", "cp", "dirname", "head", "install", "mkdir", "mkfifo", "mktemp", "realpath", "rm", "sed",
    "sleep", "stty", "tar", "timeout", "tr",
];

/// What bash reads before a script (its BASH_ENV): notes each command of a `$(...)` or `<(...)` in `$SUBSTITUTED`.
///
/// The functions inherit the trap (-T). What runs in the background is not noted: there the trap runs before the
/// fork.
const NOTE_SUBSTITUTED: &str = r#"
set -T
trap '((BASH_SUBSHELL == 0)) || printf "%s\n" "$BASH_COMMAND" >>"$SUBSTITUTED"' DEBUG
"#;

/// Where a program of this computer is.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is missing"))
}

/// A script that has ended, and what it has left.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code and its words.
    pub said: Said,
    /// Files and folders in its folder for temporary files.
    pub files: Vec<OsString>,
    /// The world after it.
    pub world: Shared,
    /// The commands of its `$(...)` and `<(...)`, a line each.
    pub substituted: String,
}

/// A script to be run.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its file.
    pub path: PathBuf,
    /// Its words.
    pub words: Vec<String>,
    /// The tools that are on its PATH before all others.
    pub tools: &'static [&'static str],
    /// Its environment, besides.
    pub environment: Vec<(String, String)>,
}

impl Script {
    /// Runs it in a new world. `stand_in` is the program of that name.
    pub fn run(&self, stand_in: &Path, fault: Fault, plan: Plan) -> Ended {
        let folder = tempfile::tempdir().expect("a folder");
        let [tools, system, temporary] = ["tools", "system", "temporary"].map(|name| folder.path().join(name));
        for folder in [&tools, &system, &temporary] {
            fs::create_dir(folder).expect("a folder");
        }
        for tool in self.tools {
            symlink(stand_in, tools.join(tool)).expect("a link");
        }
        // Nothing else of this computer: a script says what it needs, and a tool that is here is not on every host.
        for name in SYSTEM {
            symlink(find(name), system.join(name)).expect("a link");
        }
        let socket = folder.path().join("world");
        let [before, substituted] = ["before.sh", "substituted"].map(|name| folder.path().join(name));
        fs::write(&before, NOTE_SUBSTITUTED).expect("a file");
        let patience =
            self.words.iter().skip_while(|word| *word != "--timeout").nth(1).and_then(|word| word.parse().ok());
        let world = State::new(patience.unwrap_or(60), fault, plan);
        world::serve(&world, UnixListener::bind(&socket).expect("a socket"));
        let mut command = Command::new(find("bash"));
        command
            .arg(&self.path)
            .args(&self.words)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", format!("{}:{}", tools.display(), system.display()))
            .env("TMPDIR", &temporary)
            .env(WORLD, &socket)
            .env("BASH_ENV", &before)
            .env("SUBSTITUTED", &substituted)
            .stdin(Stdio::null());
        let script = {
            // Held until the script is known: no stand-in is served before.
            let mut world = lock(&world);
            let script = Group::spawn(&mut command);
            world.script = Some(script.pid());
            script
        };
        let said = script.wait();
        lock(&world).script = None;
        let files = fs::read_dir(&temporary).expect("a folder").map(|file| file.expect("a file").file_name()).collect();
        let substituted = fs::read_to_string(&substituted).unwrap_or_default();
        Ended { said, files, world, substituted }
    }
}
