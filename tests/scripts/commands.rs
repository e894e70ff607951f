//! make and setup where something is missing: the package manager and rustup are played, and nothing is installed.

use std::fs;

use boot256_kit::root;

use crate::run::Place;

/// A machine on which all packages are installed, with no rustup and no distribution's Rust.
fn machine() -> Place {
    let place = Place::new();
    place
        .program("apt-get", "echo \"apt-get $*\" >&2")
        .program("apt-cache", "true")
        .program("dpkg-query", "echo installed")
        .program("sudo", "\"$@\"")
        .program("rustup", "exit 1");
    place
}

/// The distribution's Rust: this version, with core's source.
fn distribution(place: &Place, version: &str) {
    place.program("cargo", &format!("echo 'cargo {version} (0123456789 2026-05-25)'"));
    place.program("rustc", &format!("echo '{}'", place.file("world").display()));
    fs::create_dir_all(place.file("world/lib/rustlib/src/rust/library")).unwrap();
}

/// The channel that the project pins.
fn pinned() -> String {
    let text = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    text.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap().trim_end_matches('"').to_owned()
}

/// What `words` come to in the project's folder, with this place's programs before the machine's.
fn run(place: &Place, words: &[&str]) -> (Option<i32>, String) {
    let path = format!("{}:{}", place.file("bin").display(), std::env::var("PATH").unwrap());
    let mut command = place.command(words.iter().copied());
    command.current_dir(root()).env("PATH", path).env("BOOT256_DISTRIBUTION_BIN", place.file("bin"));
    // The tests may themselves run below a make, whose flags are not for this one.
    for variable in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CARGO_TARGET_DIR"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn setup(place: &Place) -> (Option<i32>, String) {
    run(place, &["tools/setup/setup", "build"])
}

#[test]
fn a_missing_tool_is_named_with_its_package() {
    let place = machine();
    let b = place.file("world").display().to_string();
    let (code, said) = run(&place, &["make", &format!("B={b}"), "QEMU=no-such-qemu", "run-serial"]);
    assert_ne!(code, Some(0));
    let line = "boot256: no-such-qemu is missing (package qemu-system-x86): run 'make setup'";
    let rust = "boot256: /usr/bin/cargo is missing (package cargo-web): run 'make setup'";
    assert!(said.lines().any(|said| said == line || said == rust), "{said}");
    assert!(fs::read_dir(b).unwrap().all(|file| file.unwrap().file_name() == "pid"), "{said}");
}

#[test]
fn setup_takes_the_distributions_rust_if_it_is_new_enough() {
    for (version, is_good) in [(pinned(), true), ("1.999.0".into(), true), ("1.63.0".into(), false)] {
        let place = machine();
        distribution(&place, &version);
        let (code, said) = setup(&place);
        let message = if is_good { "of the distribution is there" } else { "neither rustup (https://rustup.rs) nor" };
        assert!(code == Some(i32::from(!is_good)) && said.contains(message), "{version}: {said}");
        // And what is there is not installed again.
        assert!(!is_good || !said.contains("apt-get"), "{said}");
    }
}

#[test]
fn setup_asks_rustup_for_the_pinned_toolchain() {
    let place = machine();
    place.program("rustup", "[ $1 = toolchain ] || exit 1; echo \"rustup $*\"");
    let (code, said) = setup(&place);
    assert!(code == Some(0) && said.contains(&format!("rustup toolchain install {}", pinned())), "{said}");
    for component in ["rust-src", "llvm-tools", "rustfmt", "clippy"] {
        assert!(said.contains(&format!("--component {component}")), "no {component}: {said}");
    }
}

#[test]
fn setup_without_apt_says_what_is_needed() {
    let place = Place::new();
    // Nothing but what the script itself is made of.
    for tool in ["bash", "dirname", "sed", "cat", "env"] {
        place.link(format!("/usr/bin/{tool}"), tool);
    }
    let output = place.command([root().join("tools/setup/setup").to_str().unwrap(), "build"]);
    let output = { output }.env("PATH", place.file("bin")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for name in ["xorriso", "qemu-system-x86", "qemu-utils", "libclang-dev", "rustup"] {
        assert!(said.contains(name), "no {name}: {said}");
    }
}

/// CI asks for targets that there are (one that has gone would be missed at night only), all that it is to ask for, and
/// releases what each system has passed.
#[test]
fn what_ci_asks_for() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let files = fs::read_dir(root().join("make")).unwrap().map(|file| file.unwrap().path());
    let rules: String = files.map(|file| fs::read_to_string(file).unwrap()).chain([read("Makefile")]).collect();
    let mut asked = Vec::new();
    for file in [".ci/run", ".github/workflows/ci.yml", ".github/workflows/nightly.yml", ".github/workflows/pages.yml"]
    {
        let text = read(file);
        let list = text.split_once(" target:").map_or("", |(_, list)| list.split_once("    steps:").unwrap().0);
        let items = list.lines().filter_map(|line| line.trim().strip_prefix("- "));
        let lines = text.lines().map(str::trim);
        let calls = lines.filter_map(|line| line.strip_prefix("step ").or(line.strip_prefix("- run: make ")));
        asked.extend(calls.chain(items).flat_map(str::split_whitespace).map(str::to_owned));
    }
    for target in &asked {
        assert!(rules.contains(&format!("\n{target}:")), "CI asks for `make {target}`, which there is not");
    }
    for target in ["setup", "all", "test", "lint", "size", "check", "test-machines", "test-web", "test-all", "release"]
    {
        assert!(asked.iter().any(|asked| asked == target), "nobody asks for `make {target}`: {asked:?}");
    }
    let ci = read(".github/workflows/ci.yml");
    let jobs =
        ci.split_once("\njobs:\n").unwrap().1.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let jobs: Vec<&str> =
        jobs.map(|line| line.trim().trim_end_matches(':')).take_while(|job| *job != "release").collect();
    assert!(ci.contains(&format!("needs: [{}]", jobs.join(", "))), "the release does not need each of {jobs:?}");
}
