//! qemu.sh and pxe.sh with the real QEMU, and what all scripts share: options, the image, messages.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boot256_kit::root as tree;
use boot256_smoke_tests::check::scripts;
use boot256_smoke_tests::process::{Group, Said};

/// Runs `script` with `words`; it must leave its folder for temporary files as empty as it was, and no process.
#[track_caller]
fn smoke<S: AsRef<OsStr>>(script: &str, words: impl IntoIterator<Item = S>, environment: &[(&str, &str)]) -> Said {
    smoke_at(&scripts().join(script), words, environment)
}

#[track_caller]
fn smoke_at<S: AsRef<OsStr>>(script: &Path, words: impl IntoIterator<Item = S>, environment: &[(&str, &str)]) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.arg(script).args(words).env("TMPDIR", temporary.path()).stdin(Stdio::null());
    for name in ["QEMU", "QEMU_FLAGS", "TIMEOUT", "GOVC_URL"] {
        command.env_remove(name);
    }
    let said = Group::spawn(command.envs(environment.iter().copied())).wait();
    let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty() && !said.left_process, "left behind: {left:?}, {said:?}");
    said
}

#[track_caller]
fn fails(said: &Said, exit: i32, message: &str) {
    assert_eq!(said.exit, Some(exit), "{said:?}");
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
    assert!(said.stderr.starts_with("smoke: FAIL: ") && said.stderr.contains(message), "no `{message}` in {said:?}");
}

/// What `docs/smoke-test.md` shows.
const GOOD: &str = "smoke: ClientAPI\nsmoke: hello -> olleh\nsmoke: off (guest-shutdown)\nsmoke: ok\n";

#[track_caller]
fn is_good(said: &Said) {
    assert_eq!((said.exit, said.stdout.as_str(), said.stderr.as_str()), (Some(0), GOOD, ""));
}

fn image(name: &str) -> PathBuf {
    let image = tree().join("build").join(name);
    assert!(image.exists(), "{} is missing: run 'make all'", image.display());
    image
}

#[test]
fn qemu_runs_the_images_and_leaves_them_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["boot.img", "boot-floppy.img", "boot.iso", "boot.qcow2", "boot.vhd", "boot.vdi"] {
        // A comma is what QEMU ends a file's name with, unless it is told otherwise.
        let copy = folder.path().join(format!("a,b {name}"));
        fs::copy(image(name), &copy).unwrap();
        is_good(&smoke("qemu.sh", [&copy], &[]));
        assert_eq!(fs::read(&copy).unwrap(), fs::read(image(name)).unwrap(), "{name} is another one now");
    }
    is_good(&smoke("qemu.sh", [image("boot.vmdk")], &[]));
}

#[test]
fn qemu_with_the_firmware_s_console() {
    let image = image("boot.img");
    is_good(&smoke("qemu.sh", [&image], &[("QEMU_FLAGS", "-machine graphics=off")]));
    is_good(&smoke("qemu.sh", [Path::new("--flags"), Path::new("-machine graphics=off"), &image], &[]));
}

#[test]
fn pxe_serves_the_program() {
    is_good(&smoke("pxe.sh", [image("boot.bin")], &[]));
    is_good(&smoke("pxe.sh", [Path::new("--card=virtio-net-pci"), &image("boot.bin")], &[]));
}

#[test]
fn pxe_of_a_program_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let halt = folder.path().join("halt.bin");
    fs::write(&halt, [0xF4, 0xEB, 0xFD]).unwrap();
    let said = smoke("pxe.sh", [Path::new("--timeout"), Path::new("20"), &halt], &[]);
    fails(&said, 6, "the banner does not come in 20 s, heard ");
}

#[test]
fn qemu_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.img");
    fs::write(&empty, vec![0; 1 << 20]).unwrap();
    let boot = image("boot.img");
    fails(&smoke("qemu.sh", [&empty], &[("TIMEOUT", "2")]), 6, "the banner does not come in 2 s, heard ''");
    fails(
        &smoke("qemu.sh", [&boot], &[("QEMU", "no-such-qemu")]),
        4,
        "no-such-qemu is missing (Debian: qemu-system-x86)",
    );
    fails(&smoke("qemu.sh", [&boot], &[("QEMU_FLAGS", "-nonsense")]), 5, "-nonsense: invalid option");
}

#[test]
fn qemu_without_a_button() {
    let said = smoke("qemu.sh", [image("boot.img")], &[("QEMU_FLAGS", "-machine pc,acpi=off"), ("TIMEOUT", "3")]);
    fails(&said, 11, "the power button is pressed, but the machine is not off after 3 s");
}

/// A QEMU that goes off in another way, or has no such command.
#[test]
fn qemu_of_another_mind() {
    let folder = tempfile::tempdir().unwrap();
    let qemu = folder.path().join("qemu");
    for (answer, exit, message) in [
        (r#"{"event": "SHUTDOWN", "data": {"reason": "guest-panic"}}"#, 12, "the machine went off, but not by itself"),
        (r#"{"error": {"desc": "no button here"}}"#, 10, "no button here"),
    ] {
        // Its COM1 is its standard input and output, its monitor a pair of pipes that the last -qmp names.
        let text = format!(
            r#"#!/usr/bin/env bash
while (($#)); do [[ $1 != -qmp ]] || qmp=${{2#pipe:}}; shift; done
printf 'ClientAPI\r\n$ '
IFS= read -r -d $'\r' line
printf '%s\r\nolleh\r\n$ ' "$line"
read -r _ <"$qmp.in"
echo '{answer}' >"$qmp.out"
exec sleep 1000
"#
        );
        fs::write(&qemu, text).unwrap();
        make_executable(&qemu);
        let said = smoke("qemu.sh", [image("boot.img")], &[("QEMU", qemu.to_str().unwrap()), ("TIMEOUT", "10")]);
        fails(&said, exit, message);
        // Ended by the script: so it has not hung, and no process was left.
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_signal_ends_it_and_the_machine() {
    use rustix::process::Signal;
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.img");
    fs::write(&empty, vec![0; 1 << 20]).unwrap();
    let temporary = folder.path().join("temporary");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        fs::create_dir(&temporary).unwrap();
        let mut command = Command::new("bash");
        command.arg(tree().join("tools/smoke/qemu.sh")).arg(&empty).env("TMPDIR", &temporary).stdin(Stdio::null());
        let group = Group::spawn(&mut command);
        // QEMU runs: its monitor has greeted, on a pipe that is there.
        let machine = || fs::read_dir(&temporary).unwrap().any(|made| made.unwrap().path().join("com1").exists());
        while !machine() {
            std::thread::yield_now();
        }
        group.signal(signal);
        let said = group.wait();
        assert_eq!((said.exit, said.stderr.as_str()), (Some(128 + signal.as_raw()), ""), "{said:?}");
        assert!(!said.left_process, "{said:?}");
        fs::remove_dir(&temporary).expect("an empty folder");
    }
}

/// Options, in all scripts the same.
#[test]
fn command_lines() {
    let boot = image("boot.img");
    let boot = boot.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().to_str().unwrap();
    for (words, exit, message) in [
        (&["--timeout", "0", boot][..], 2, "--timeout: not a number of seconds: 0"),
        (&["--timeout=x", boot], 2, "--timeout: not a number of seconds: x"),
        (&["--timeout"], 2, "--timeout needs a value (see qemu.sh --help)"),
        (&["--tmieout", "3", boot], 2, "--tmieout: no such option (see qemu.sh --help)"),
        (&["--tmieout"], 2, "--tmieout: no such option (see qemu.sh --help)"),
        (&["--tmieout=3", boot], 2, "--tmieout: no such option (see qemu.sh --help)"),
        (&["-t", "3", boot], 2, "-t: no such option (see qemu.sh --help)"),
        (&["--", boot], 2, "--: no such option (see qemu.sh --help)"),
        (&[""], 2, "the image has no name"),
        (&["--name", "a b", boot], 2, "--name: letters, digits and hyphens only: a b"),
        (&[boot, boot], 2, "one image is enough: "),
        (&["/nonexistent/none.img"], 2, "/nonexistent/none.img is missing"),
        (&["/dev/null"], 2, "/dev/null: not an image that this script knows (img iso qcow2 vmdk vhd vdi raw)"),
        (&[nothing], 2, "/boot.img is missing"),
    ] {
        fails(&smoke("qemu.sh", words, &[]), exit, message);
    }
}

#[test]
fn every_script_has_the_same_options_and_a_help() {
    let mut seen = 0;
    for entry in fs::read_dir(scripts()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // Those that cannot be executed are read by the others.
        use std::os::unix::fs::PermissionsExt;
        if !name.ends_with(".sh") || fs::metadata(&path).unwrap().permissions().mode() & 0o111 == 0 {
            continue;
        }
        seen += 1;
        let said = smoke(name, ["--help"], &[]);
        assert_eq!((said.exit, said.stderr.as_str()), (Some(0), ""), "{said:?}");
        assert_eq!(smoke(name, ["-h"], &[]).stdout, said.stdout);
        let count = if name == "storm.sh" { " COUNT" } else { "" };
        for line in [
            &format!("Usage: {name}{count} [OPTION]... [IMAGE | FOLDER]\n"),
            "\n  --name NAME ",
            "\n  --timeout SECONDS ",
            "\n  --help ",
        ] {
            assert!(said.stdout.contains(line), "{name}: no {line:?} in {}", said.stdout);
        }
        // The script's own: a line for each, with what it is taken for if it is not there.
        for line in fs::read_to_string(&path).unwrap().lines().filter_map(|line| line.strip_prefix("option ")) {
            let mut words = line.split(' ');
            let (option, default) = (words.next().unwrap(), words.next().unwrap());
            let help = said.stdout.lines().find(|line| line.starts_with(&format!("  --{option} ")));
            let help = help.unwrap_or_else(|| panic!("{name}: no --{option} in {}", said.stdout));
            let is_plain = default.chars().all(char::is_alphanumeric);
            assert!(!is_plain || help.ends_with(&format!(" ({default})")), "{name}: no {default}: {help}");
        }
        assert!(said.stdout.lines().all(|line| line.len() <= 120), "{name}: {}", said.stdout);
        // The number of machines comes first.
        let words = if name == "storm.sh" { &["1", "--nonsense", "x"][..] } else { &["--nonsense", "x"] };
        fails(&smoke(name, words, &[]), 2, "--nonsense: no such option");
    }
    assert!(seen >= 10, "{seen} scripts");
}

/// The image is found beside the folder `smoke`, as in a release, and in `build`, as in this tree; or where the
/// user says.
#[test]
fn the_image_is_found() {
    is_good(&smoke("qemu.sh", [tree().join("build")], &[]));
    is_good(&smoke::<&str>("qemu.sh", [], &[]));
    let release = tempfile::tempdir().unwrap();
    let smoke = release.path().join("smoke");
    fs::create_dir(&smoke).unwrap();
    for entry in fs::read_dir(scripts()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, smoke.join(path.file_name().unwrap())).unwrap();
        }
    }
    let script = smoke.join("qemu.sh");
    fails(&smoke_at::<&str>(&script, [], &[]), 2, "boot.img is missing");
    fs::copy(image("boot.img"), release.path().join("boot.img")).unwrap();
    is_good(&smoke_at::<&str>(&script, [], &[]));
}
