//! `make setup`: which Rust it takes, and what it says. The machine's package manager and rustup are played.

use std::fs;
use std::process::Output;

use boot256_commands::{Place, program, said};

/// The channel that the project pins.
fn pinned() -> String {
    let text = fs::read_to_string(boot256_kit::root().join("rust-toolchain.toml")).expect("rust-toolchain.toml");
    let line = text.lines().find_map(|line| line.strip_prefix("channel = \"")).expect("a channel");
    line.trim_end_matches('"').to_owned()
}

/// A machine on which all packages are installed, with no rustup and no distribution's Rust.
fn machine() -> Place {
    let place = Place::new();
    place
        .fake("apt-get", "echo \"apt-get $*\" >&2")
        .fake("apt-cache", "true")
        .fake("dpkg-query", "echo installed")
        .fake("sudo", "\"$@\"")
        .fake("rustup", "exit 1");
    fs::create_dir(place.file("usr")).expect("a folder");
    place
}

/// The distribution's Rust: this version, with core's source or without.
fn distribution(place: &Place, version: &str, with_source: bool) {
    let root = place.file("usr");
    program(&root.join("cargo"), &format!("echo 'cargo {version} (0123456789 2026-05-25)'"));
    program(&root.join("rustc"), &format!("echo '{}'", root.display()));
    if with_source {
        fs::create_dir_all(root.join("lib/rustlib/src/rust/library")).expect("a folder");
    }
}

fn setup(place: &Place) -> Output {
    let mut command = place.command("tools/setup/setup");
    command.arg("build").env("BOOT256_DISTRIBUTION_BIN", place.file("usr")).output().expect("bash runs")
}

#[test]
fn the_distributions_rust_is_taken_if_it_is_the_pinned_one_or_newer() {
    for version in [pinned(), "1.999.0".into()] {
        let place = machine();
        distribution(&place, &version, true);
        let output = setup(&place);
        assert!(output.status.success() && said(&output).contains("of the distribution is there"), "{}", said(&output));
    }
}

#[test]
fn a_rust_that_is_too_old_or_has_no_source_of_core_is_refused() {
    for (version, with_source) in [("1.63.0".to_owned(), true), ("1.95.0".to_owned(), true), (pinned(), false)] {
        let place = machine();
        distribution(&place, &version, with_source);
        let output = setup(&place);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{version}: {said}");
        let error =
            format!("boot256: no Rust {}: neither rustup (https://rustup.rs) nor this distribution has it", pinned());
        assert!(said.lines().any(|line| line == error), "{version}: {said}");
        assert!(!said.contains("set up"), "{version}: {said}");
    }
}

#[test]
fn rustup_installs_the_pinned_toolchain_with_all_components() {
    let place = machine();
    let log = place.file("log");
    place.fake("rustup", &format!("[ $1 = toolchain ] || exit 1; echo \"$*\" > {}", log.display()));
    let output = setup(&place);
    assert!(output.status.success(), "{}", said(&output));
    let asked = fs::read_to_string(log).expect("rustup was asked");
    assert!(asked.starts_with(&format!("toolchain install {}", pinned())), "{asked}");
    for component in ["rust-src", "llvm-tools", "rustfmt", "clippy"] {
        assert!(asked.contains(&format!("--component {component}")), "no {component}: {asked}");
    }
}

#[test]
fn what_is_there_is_not_installed_again() {
    let place = machine();
    distribution(&place, &pinned(), true);
    let said = said(&setup(&place));
    assert!(!said.contains("apt-get"), "{said}");
}

#[test]
fn apt_shows_how_far_it_is_on_a_terminal_and_not_in_a_log() {
    let place = machine();
    distribution(&place, &pinned(), true);
    place.fake("dpkg-query", "true").fake("apt-get", "echo \"says apt-get $*\"");
    let log = said(&setup(&place));
    assert!(log.contains("boot256: installing ") && !log.contains("says apt-get"), "{log}");
    // script(1) runs a command on a terminal of its own.
    let mut command = place.command("script");
    command.args(["--quiet", "--return", "--command", "tools/setup/setup build", "/dev/null"]);
    let terminal = said(&command.env("BOOT256_DISTRIBUTION_BIN", place.file("usr")).output().expect("script runs"));
    assert!(terminal.contains("Progress-Fancy=1 install --yes"), "{terminal}");
}

#[test]
fn a_system_without_apt_is_told_what_it_needs() {
    let place = machine();
    fs::remove_file(place.file("bin/apt-get")).expect("the one above");
    // A PATH with nothing else on it but what the script itself is made of.
    for tool in ["bash", "dirname", "sed", "cat", "env"] {
        let found = ["/usr/bin", "/bin"]
            .iter()
            .map(|folder| format!("{folder}/{tool}"))
            .find(|path| fs::exists(path).is_ok_and(|there| there));
        std::os::unix::fs::symlink(found.expect("a usual tool"), place.file("bin").join(tool)).expect("a link");
    }
    fs::remove_file(place.file("bin/rustup")).expect("the one above");
    let mut command = place.command("tools/setup/setup");
    let output = command.arg("build").env("PATH", place.file("bin")).output().expect("bash runs");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for name in ["xorriso", "qemu-system-x86", "qemu-utils", "libclang-dev", "rustup"] {
        assert!(said.contains(name), "no {name}: {said}");
    }
    // With rustup's Rust, it ends well when the commands are there, too.
    place.fake("rustup", &format!("[ $1 = which ] || echo {}", place.file("usr").display()));
    fs::create_dir_all(place.file("usr/lib/rustlib/src/rust/library")).expect("a folder");
    let mut again = || {
        let output = command.output().expect("bash runs");
        (output.status.code(), crate::said(&output))
    };
    let (code, said) = again();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.lines().any(|line| line.starts_with("boot256: not there yet: gcc ")), "{said}");
    let tools = "gcc make git ld.lld llvm-objcopy xorriso cmake g++ pkg-config gdb strace qemu-system-x86_64 qemu-img";
    for tool in tools.split(' ') {
        place.fake(tool, "true");
    }
    let (code, said) = again();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn setup_is_told_what_to_set_up() {
    for arguments in [&[][..], &["everything"]] {
        let output = Place::new().command("tools/setup/setup").args(arguments).output().expect("bash runs");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(said(&output), "boot256: usage: tools/setup/setup build|all\n");
    }
}
