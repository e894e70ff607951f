//! The scripts in smoke/: the check without the probe, for those who have bash and QEMU alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::Said;

use boot256_facts::BANNER;
use boot256_kit::root as tree;

/// Runs `script` with `argument`; it must leave its folder for temporary files as empty as it was.
#[track_caller]
fn smoke(script: &str, argument: &Path, environment: &[(&str, &str)]) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.arg(tree().join("tools/smoke").join(script)).arg(argument).env("TMPDIR", temporary.path());
    command.env_remove("QEMU").env_remove("QEMU_FLAGS").envs(environment.iter().copied());
    let said = Said::from(command.output().expect("bash runs"));
    let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    said
}

#[track_caller]
fn fails(said: &Said, message: &str) {
    assert_eq!(said.exit, 1, "{said:?}");
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
    assert!(said.stderr.starts_with("smoke: FAIL: ") && said.stderr.contains(message), "no `{message}` in {said:?}");
}

/// What `docs/smoke-test.md` shows.
fn good() -> String {
    format!("smoke: {BANNER}\nsmoke: hello -> olleh\nsmoke: off (guest-shutdown)\nsmoke: ok\n")
}

#[test]
fn qemu_runs_the_images() {
    for image in ["boot.img", "boot.iso", "boot.qcow2"] {
        let image = tree().join("build").join(image);
        assert!(image.exists(), "{} is missing: run 'make all'", image.display());
        let said = smoke("qemu.sh", &image, &[]);
        assert_eq!(
            (said.exit, said.stdout.as_str(), said.stderr.as_str()),
            (0, good().as_str(), ""),
            "{}",
            image.display()
        );
    }
}

#[test]
fn qemu_with_the_firmware_s_console() {
    let said = smoke("qemu.sh", &tree().join("build/boot.img"), &[("QEMU_FLAGS", "-machine graphics=off")]);
    assert_eq!((said.exit, said.stdout.as_str(), said.stderr.as_str()), (0, good().as_str(), ""));
}

#[test]
fn qemu_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.img");
    fs::write(&empty, vec![0; 1 << 20]).unwrap();
    let boot = tree().join("build/boot.img");
    fails(&smoke("qemu.sh", &folder.path().join("none.img"), &[]), "none.img is missing");
    fails(&smoke("qemu.sh", Path::new("/dev/null"), &[]), "/dev/null: not an image that this script knows");
    fails(&smoke("qemu.sh", &empty, &[("TIMEOUT", "2")]), "the banner does not come in 2 s, heard ''");
    fails(&smoke("qemu.sh", &boot, &[("QEMU", "no-such-qemu")]), "no-such-qemu is missing");
    fails(&smoke("qemu.sh", &boot, &[("QEMU_FLAGS", "-nonsense")]), "-nonsense: invalid option");
}

#[test]
fn qemu_without_a_button() {
    let boot = tree().join("build/boot.img");
    let said = smoke("qemu.sh", &boot, &[("QEMU_FLAGS", "-machine pc,acpi=off"), ("TIMEOUT", "5")]);
    fails(&said, "the power button is pressed, but the machine is not off after 5 s");
}

/// A virsh that stands for libvirt's: it knows the commands that the script gives, keeps the state
/// of the one machine in files, and runs QEMU on a pseudo-terminal as libvirt does.
///
/// It takes nothing of libvirt's XML but the disk, and no more is claimed: that libvirt itself takes
/// the script's XML and commands is in `docs/smoke-test.md`, with the version it was tried on.
const VIRSH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
cd "$STATE"
[[ $1 == -q ]] && shift
echo "$*" >>log
case $1 in
define) sed -n "s/.*<source file='\(.*\)'.*/\1/p" "$2" >disk; [[ -s disk ]] ;;
start)
    [[ $3 == --paused ]]
    mkfifo mon.in mon.out
    # -S: paused, as libvirt's --paused.
    setsid qemu-system-x86_64 -S -m 16 -nodefaults -vga std -display none \
        -drive "file=$(cat disk),format=qcow2,snapshot=on" \
        -serial pty -monitor pipe:mon >qemu.log 2>&1 </dev/null &
    echo $! >pid
    exec 3<mon.out
    IFS= read -r -d ')' -u 3 _ # "(qemu)": QEMU is there, and so is its terminal.
    ;;
ttyconsole) grep -oE -m 1 '/dev/pts/[0-9]+' qemu.log ;;
resume) echo cont >mon.in ;;
shutdown) echo system_powerdown >mon.in ;;
domstate) if kill -0 "$(cat pid)" 2>/dev/null; then echo "running (unpaused)"; else echo "${REASON:-shut off (shutdown)}"; fi ;;
destroy) kill "$(cat pid)" ;;
undefine) rm disk ;;
*) echo "error: unknown command: '$1'" >&2; exit 1 ;;
esac
"#;

/// Runs virsh.sh with [`VIRSH`] and gives the commands that came, without the machine's name.
fn with_virsh(environment: &[(&str, &str)], disk: &Path) -> (Said, Vec<String>) {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let virsh = state.path().join("virsh");
    fs::write(&virsh, VIRSH).unwrap();
    fs::set_permissions(&virsh, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", state.path().display(), std::env::var("PATH").unwrap());
    let mut all = vec![("STATE", state.path().to_str().unwrap()), ("PATH", path.as_str())];
    all.extend(environment);
    let said = smoke("virsh.sh", disk, &all);
    let log = fs::read_to_string(state.path().join("log")).unwrap_or_default();
    assert!(!state.path().join("disk").exists(), "the machine is still defined: {said:?}\n{log}");
    (said, log.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect())
}

#[test]
fn virsh_runs_the_image_and_removes_the_machine() {
    let (said, log) = with_virsh(&[], &tree().join("build/boot.qcow2"));
    let good = good().replace("off (guest-shutdown)", "shut off (shutdown)");
    assert_eq!((said.exit, said.stdout.as_str(), said.stderr.as_str()), (0, good.as_str(), ""));
    assert_eq!(log[..6], ["define", "start", "ttyconsole", "resume", "shutdown", "domstate"]);
    assert_eq!(log[log.len() - 2..], ["destroy", "undefine"]);
}

#[test]
fn virsh_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.qcow2");
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&empty).arg("1M").status();
    assert!(made.expect("qemu-img (package qemu-utils): run 'make setup'").success());
    let (said, _) = with_virsh(&[("TIMEOUT", "2")], &empty);
    fails(&said, "the banner does not come in 2 s, heard ''");
    let boot = tree().join("build/boot.qcow2");
    let (said, _) = with_virsh(&[("REASON", "shut off (crashed)")], &boot);
    fails(&said, "the machine went off, but not by itself: shut off (crashed)");
    let (said, _) = with_virsh(&[], &tree().join("build/boot.img"));
    fails(&said, "not a qcow2 image");
}
