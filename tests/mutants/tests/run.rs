//! The whole program, with a script in the place of cargo-mutants, which takes hours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Stands for cargo-mutants: notes where it is and what it is told, puts `outcomes.json` of the project's
/// folder where it was told to, if there is one, and ends with the code in `exit`, or in `exit-PACKAGE`.
const FAKE: &str = r#"#!/bin/sh
here=$(dirname "$0")
[ -z "$CARGO_TARGET_DIR$BOOT256_BUILD" ] || echo "not its own folders" >>"$here/log"
[ "$BOOT256_DEADLINE" = 10 ] || echo "another deadline" >>"$here/log"
{ pwd; echo "$@"; find . -path ./.git -prune -o -type f -print | sort; } >>"$here/log"
while [ "$1" != --output ]; do [ "$1" = --package ] && package=$2; shift; done
[ -e "$here/outcomes.json" ] && mkdir "$2/mutants.out" && cp -r "$here/outcomes.json" "$2/mutants.out/"
exit "$(cat "$here/exit-$package" 2>/dev/null || cat "$here/exit")"
"#;

/// A project of one commit, with images.
struct Project(TempDir);

impl Project {
    /// One of which cargo-mutants says `outcomes` and then ends with `exit`.
    fn new(outcomes: &[(&str, &str)], exit: i32) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.git(&["init", "--quiet"]);
        fs::write(project.path("committed"), "").unwrap();
        project.git(&["add", "committed"]);
        project.git(&["-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "m"]);
        fs::write(project.path("not-committed"), "").unwrap();
        for file in ["build/boot.bin", "build/tools/tool", "build/release/r", "build/large/x", "build/tools/old/x"] {
            fs::create_dir_all(project.path(file).parent().unwrap()).unwrap();
            fs::write(project.path(file), "").unwrap();
        }
        fs::write(project.path("survivors.txt"), "a.rs: listed\n    why\n").unwrap();
        fs::write(project.path("mutants"), FAKE).unwrap();
        fs::set_permissions(project.path("mutants"), fs::Permissions::from_mode(0o755)).unwrap();
        project.says(outcomes, exit);
        project
    }

    fn says(&self, outcomes: &[(&str, &str)], exit: i32) {
        let mutants: String = outcomes
            .iter()
            .map(|(name, summary)| {
                format!(r#",{{"scenario":{{"Mutant":{{"name":"a.rs:1:1: {name}"}}}},"summary":"{summary}"}}"#)
            })
            .collect();
        let text = format!(r#"{{"outcomes":[{{"scenario":"Baseline","summary":"Success"}}{mutants}]}}"#);
        fs::write(self.path("outcomes.json"), text).unwrap();
        fs::write(self.path("exit"), exit.to_string()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn git(&self, args: &[&str]) {
        let status = Command::new("git").args(args).current_dir(self.0.path()).status().expect("git");
        assert!(status.success(), "git {args:?}");
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with("mutants", args)
    }

    /// Runs it in the project's folder, with the file `program` for cargo-mutants.
    fn run_with(&self, program: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_boot256-mutants"))
            .args(["--cargo-mutants", program, "--survivors", "survivors.txt"])
            .args(args)
            .current_dir(self.0.path())
            .envs([("CARGO_TARGET_DIR", "elsewhere"), ("BOOT256_BUILD", "elsewhere")])
            .output()
            .unwrap()
    }

    #[track_caller]
    fn is_good(&self, args: &[&str]) {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }

    /// The program ends with 1 and says `message`.
    #[track_caller]
    fn fails(&self, args: &[&str], message: &str) {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(message), "no `{message}` in {}", said(&output));
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

const GOOD: &[(&str, &str)] = &[("x", "CaughtMutant")];

#[test]
fn each_crate_is_changed_in_a_copy_of_the_last_commit_with_the_images() {
    let project = Project::new(GOOD, 0);
    project.is_good(&["kit", "facts"]);
    let tree = fs::canonicalize(project.path("build/mutants-host")).unwrap();
    let tree = tree.display();
    let files = "./build/boot.bin\n./build/release/r\n./build/tools/tool\n./committed\n";
    let options = |package: &str, name: &str| {
        format!(
            "mutants --in-place --no-shuffle --colors=never --package {package} --minimum-test-timeout 60 \
             --output {tree}/out/{name} -- --tests"
        )
    };
    let (kit, facts) = (options("boot256-kit", "kit"), options("boot256-facts", "facts"));
    assert_eq!(project.log(), format!("{tree}/tree\n{kit}\n{files}{tree}/tree\n{facts}\n{files}"));
    let page = text(&project.path("build/mutants-host.md"));
    assert!(page.contains("| `tests/facts` | 1 | 1 | 100.0 | 90 |\n| all | 2 | 2 | 100.0 | |\n"), "{page}");
}

#[test]
fn a_new_run_has_a_new_copy() {
    let project = Project::new(GOOD, 0);
    project.is_good(&["kit"]);
    for old in ["build/mutants-host/tree/left", "build/mutants-host/out/left"] {
        fs::write(project.path(old), "").unwrap();
    }
    project.is_good(&["kit"]);
    for old in ["build/mutants-host/tree/left", "build/mutants-host/out/left"] {
        assert!(!project.path(old).exists(), "{old}");
    }
}

#[test]
fn what_is_left_out_and_what_judges_is_told_to_cargo_mutants() {
    let project = Project::new(GOOD, 0);
    project.is_good(&["--sample", "7", "bench", "images", "probe", "inspect"]);
    let log = project.log();
    assert!(log.contains(" --exclude tools/bench/src/measure{.rs,/*} --exclude "), "{log}");
    assert!(log.contains(" --shard 0/7 --sharding round-robin -- --tests\n"), "{log}");
    // Tests that boot a machine or run make are slow, and judge what they must only.
    assert!(log.contains(" -- --lib --test command --test flash\n"), "{log}");
    assert!(log.contains(" -- --tests -- --skip qemu::\n"), "{log}");
    assert!(log.contains(" -- --lib --bins --test built --test elf\n"), "{log}");
}

/// 2: cargo-mutants says that one was missed, 3: that one took too long.
#[test]
fn the_exit_code_is_of_what_is_missed_without_a_reason() {
    let project = Project::new(GOOD, 3);
    project.is_good(&["kit"]);
    project.says(&[("x", "CaughtMutant"), ("new", "MissedMutant")], 2);
    project.fails(&["kit"], "survivors.txt: no test notices these, and the list does not say why:\na.rs: new\n");
    assert!(text(&project.path("build/mutants-host.md")).ends_with("## Not noticed\n\na.rs: new\n"));
    project.says(&[("x", "CaughtMutant"), ("listed", "MissedMutant")], 2);
    project.fails(&["kit"], "below the goal:\ntools/kit: 50.0 % of 90 %");
    project.is_good(&["--sample", "2", "kit"]);
}

#[test]
fn a_cargo_mutants_that_fails_proves_nothing() {
    let project = Project::new(GOOD, 4);
    project.fails(&["kit"], "cargo-mutants of tools/kit ends with exit status: 4: see ");
    project.says(GOOD, 0);
    let output = project.run_with("none", &["kit"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("none is missing: run `make mutants-host`"), "{}", said(&output));
}

#[test]
fn a_crate_that_cannot_be_tried_costs_no_other_its_result() {
    let project = Project::new(GOOD, 0);
    fs::write(project.path("exit-boot256-kit"), "4").unwrap();
    project.fails(&["evidence", "kit", "facts"], "boot256: cargo-mutants of tools/kit ends with exit status: 4: see ");
    let page = text(&project.path("build/mutants-host.md"));
    assert!(page.contains("| `tools/evidence` | 1 | 1 ") && page.contains("| `tests/facts` | 1 | 1 "), "{page}");
    assert!(!page.contains("tools/kit"), "{page}");
}

#[test]
fn only_a_sample_may_be_empty() {
    let project = Project::new(GOOD, 0);
    fs::remove_file(project.path("outcomes.json")).unwrap();
    project.fails(&["kit"], "outcomes.json: No such file");
    project.fails(&["--sample", "1000", "kit"], "no mutant was tried");
    // One that is there and cannot be read is no empty sample.
    fs::create_dir(project.path("outcomes.json")).unwrap();
    project.fails(&["--sample", "1000", "kit"], "outcomes.json: Is a directory");
}

#[test]
fn what_is_not_there_is_named() {
    let project = Project::new(GOOD, 0);
    project.fails(&["kitt"], "boot256: no crate `kitt`: kit, ");
    fs::remove_file(project.path("survivors.txt")).unwrap();
    project.fails(&["kit"], "cannot read survivors.txt: No such file");
    fs::write(project.path("survivors.txt"), "").unwrap();
    project.fails(&["--root", "none", "kit"], "git fails: ");
}
