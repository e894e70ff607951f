//! The tests of the tests: where a machine does wrong, a test on it fails, soon and with a clear message.
//!
//! `victims.rs` has such tests, each on a machine with a boot sector of its own; they are ignored, because
//! they fail. The rows below run them one by one in a process of their own, as the test runner would.

mod sectors;
mod victims;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use boot256_kit::root;
use tempfile::TempDir;

/// Seconds after which a machine counts as hung. A dozen times what a boot takes.
const DEADLINE: &str = "4";

/// Runs the victim `name`, with `qemu` instead of QEMU if given.
fn runs(name: &str, qemu: Option<&str>) -> Output {
    let this = std::env::current_exe().expect("the path of this program");
    let mut command = Command::new(this);
    command.args(["--ignored", "--exact", &format!("victims::{name}")]).env("BOOT256_DEADLINE", DEADLINE);
    // Where skipping is forbidden, as in CI, it is still what this test looks at.
    command.env_remove("BOOT256_SKIP");
    if let Some(qemu) = qemu {
        command.env("BOOT256_QEMU", qemu);
    }
    command.output().expect("this program can be started")
}

/// All that was printed.
fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// The victim fails, with each of `messages`.
#[track_caller]
fn fails(name: &str, qemu: Option<&str>, messages: &[&str]) {
    let output = runs(name, qemu);
    let said = text(&output);
    assert!(!output.status.success() && said.contains("0 passed; 1 failed"), "{name} does not fail:\n{said}");
    for message in messages {
        assert!(said.contains(message), "{name} does not say `{message}`:\n{said}");
    }
}

macro_rules! victims {
    ($($name:ident: $messages:expr;)+) => {
        $(
            #[test]
            fn $name() {
                fails(stringify!($name), None, &$messages)
            }
        )+
    };
}

victims! {
    says_nothing: ["COM1 does not say what it must in time: 0 bytes of 13 are right", "the machine: running",
        "\nQEMU ", "qemu-system-x86_64 -no-user-config ", "-machine pc -accel ", "QMP:\n  < {"];
    says_a_wrong_byte: ["byte for byte: 8 bytes of 13 are right", r"it says     `ClientAPX"];
    says_too_much: ["byte for byte: 13 bytes of 13 are right", r"it must say `", r"\r\n$ `",
        r"it says     `", r"\r\n$ x`"];
    says_too_much_at_the_end: ["to the end: 14 bytes of 14 are right", r"\r\n$ ax`"];
    says_its_banner_in_vain: ["the screen does not show `", "cursor in row"];
    shows_too_much: ["the screen does not show `", "|$ x\n"];
    hangs_after_its_banner: ["COM1 does not say what it must in time: 13 bytes of 14 are right", "the machine: running"];
    hangs_when_the_button_is_pressed: ["no SHUTDOWN event: nothing in time", "the machine: running"];
    is_off_before_its_banner: ["COM1 does not say what it must in time: 0 bytes", "the machine: shutdown"];
    starts_anew_instead_of_being_off: ["why the machine went off", "guest-reset"];
    is_killed: ["QEMU has ended by itself: signal: 9"];
    writes_to_its_disk: ["writes to"];
    never_halts: ["not in time: the CPU halts"];
    has_a_device_that_is_none: ["QEMU does not start", "'nonsense' is not a valid device model name"];
    has_an_image_that_is_not_there: ["no-such-image.img is not there: run `make all`"];
}

/// The same way leads to a success where there is nothing wrong.
#[test]
fn a_sound_machine_passes() {
    let output = runs("is_sound", None);
    assert!(output.status.success() && text(&output).contains("1 passed"), "{}", text(&output));
}

/// A script of sh instead of QEMU; `$qemu` is the real one. The folder goes when the first value does.
fn fake(script: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("qemu");
    let real = boot256_qemu::machine::qemu();
    fs::write(&path, format!("#!/bin/sh\nqemu='{}'\n{script}\n", real.display())).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable script");
    (folder, path.display().to_string())
}

#[test]
fn a_qemu_that_is_missing_is_named_with_its_package() {
    let message = "/no/such/qemu is missing (package qemu-system-x86): run `make setup`";
    fails("is_sound", Some("/no/such/qemu"), &[message]);
}

#[test]
fn a_qemu_that_ends_at_once_is_quoted() {
    let (_folder, qemu) = fake("echo 'no memory for a machine' >&2; exit 1");
    fails("is_sound", Some(&qemu), &["QEMU does not start", "no memory for a machine", "-machine pc"]);
}

#[test]
fn a_qemu_that_never_greets_is_given_up() {
    let (_folder, qemu) = fake("exec cat");
    fails("is_sound", Some(&qemu), &["QEMU does not start: no greeting from QMP: nothing in time", "-machine pc"]);
}

#[test]
fn something_else_than_a_qemu_is_told() {
    // Of what is inherited, only the monitor's socket is no pipe.
    let (_folder, qemu) = fake("for n in 3 4 5 6 7 8 9; do echo '{}' >&$n; done 2>/dev/null; exec cat");
    fails("is_sound", Some(&qemu), &["not a QMP greeting"]);
}

/// A QEMU that does not know this device.
const LACKS_QXL: &str = "case $* in '-device help') $qemu -device help | grep -v qxl;; *) exec $qemu \"$@\";; esac";

#[test]
fn a_test_without_its_hardware_is_skipped_and_says_so() {
    let (_folder, qemu) = fake(LACKS_QXL);
    let output = runs("has_a_qxl_card", Some(&qemu));
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("skipped: victims::has_a_qxl_card: {qemu} has no qxl-vga")), "{said}");
}

#[test]
fn a_test_with_all_its_hardware_is_not_skipped() {
    let said = text(&runs("is_sound", None));
    assert!(!said.contains("skipped"), "{said}");
}

/// `make test-qemu` and its like, with this program's tests for the contract's.
fn make(target: &str, test: &str) -> Output {
    let this = std::env::current_exe().expect("the path of this program");
    let mut make = Command::new("make");
    make.args(["--no-print-directory", "-o", "all", target, &format!("TEST={test}")])
        .arg(format!("TEST_QEMU={}", this.display()))
        .current_dir(root())
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .env_remove("MFLAGS");
    make.output().expect("make is missing (package make)")
}

#[test]
fn make_fails_where_no_test_is_run() {
    let output = make("test-qemu", "no_test_is_called_so");
    assert!(!output.status.success(), "{}", text(&output));
    let message = "boot256: no test has `no_test_is_called_so` in its name";
    assert!(text(&output).contains(message), "{}", text(&output));
    // This program has no long tests.
    let output = make("test-long", "");
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("boot256: no test has `long::` in its name"), "{}", text(&output));
}

#[test]
fn make_runs_the_test_that_is_named() {
    let output = make("test-qemu", "a_sound_machine_passes");
    assert!(output.status.success() && text(&output).contains("1 passed"), "{}", text(&output));
}
