//! `make reproduce` finds a difference. The two builds are played: the real ones take minutes.

use std::process::Output;

use boot256_commands::{Place, said};

/// `tools/images/reproduce.sh` with a make that writes this script's files into `build/release`.
fn reproduce(make: &str) -> Output {
    let place = Place::new();
    place.fake("make", &format!("mkdir -p \"$2/build/release\"; cd \"$2/build/release\"; {make}"));
    // A locale takes seconds to make, and these builds have no use for it.
    place.fake("localedef", "exit 1");
    // A small project, which is quickly cloned.
    let project = place.file("project");
    let git = "git init --quiet project && cd project && \
               git -c user.name=test -c user.email=test commit --quiet --allow-empty --message=all";
    let made = place.command("bash").args(["-c", git]).current_dir(place.file("")).output().expect("bash runs");
    assert!(made.status.success(), "{}", said(&made));
    let script = boot256_kit::root().join("tools/images/reproduce.sh");
    place.command(script).current_dir(project).env("CARGO", "true").output().expect("bash runs")
}

#[test]
fn the_same_files_pass() {
    let output = reproduce("echo same > boot.img");
    assert!(output.status.success() && said(&output).contains("two builds, the same bytes"), "{}", said(&output));
}

#[test]
fn a_difference_fails_and_is_named() {
    for (what, script) in [
        ("a byte", "pwd > boot.img"),
        ("the user", "id -u > boot.img; pwd > boot.img"),
        ("a file more", "echo same > boot.img; case $PWD in */two/*) echo > more;; esac"),
    ] {
        let output = reproduce(script);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{what}: {said}");
        assert!(said.contains("boot256: the two releases differ"), "{what}: {said}");
    }
}

#[test]
fn nothing_is_no_success() {
    for (script, message) in [("true", "the releases are empty"), ("exit 1", "the build in ")] {
        let output = reproduce(script);
        assert!(!output.status.success() && said(&output).contains(message), "{script}: {}", said(&output));
    }
}
