//! storm.sh with the real QEMU: its figures, and that nothing is left.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use boot256_kit::root as tree;
use boot256_smoke_tests::check::scripts;
use boot256_smoke_tests::process::{Group, Said};
use rustix::process::Signal;
use serde_json::Value;

fn probe() -> PathBuf {
    let probe = tree().join("build/boot256-probe");
    assert!(probe.exists(), "{} is missing: run 'make probe'", probe.display());
    probe
}

fn storm(words: &[&str], temporary: &std::path::Path) -> Group {
    let mut command = Command::new("bash");
    command.arg(scripts().join("storm.sh")).args(words).env("TMPDIR", temporary).stdin(Stdio::null());
    for name in ["QEMU", "QEMU_FLAGS", "TIMEOUT"] {
        command.env_remove(name);
    }
    Group::spawn(&mut command)
}

/// Runs it to its end; nothing may be left.
#[track_caller]
fn run(words: &[&str]) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let said = storm(words, temporary.path()).wait();
    let left = fs::read_dir(temporary.path()).unwrap().count();
    assert!(left == 0 && !said.left_process, "left: {left} files, {said:?}");
    said
}

#[test]
fn figures_of_three_machines() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("storm.json");
    let image = tree().join("build/boot.img");
    let (probe, image) = (probe(), image.to_str().unwrap());
    let words = ["3", "--idle", "1", "--json", json.to_str().unwrap(), "--probe", probe.to_str().unwrap(), image];
    let said = run(&words);
    assert_eq!((said.exit, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[..2], ["smoke: ClientAPI (3 machines)", "smoke: hello -> olleh (3 machines)"]);
    assert_eq!(lines[lines.len() - 2..], ["smoke: off (3 machines)", "smoke: ok"]);
    for (line, start) in
        lines[2..].iter().zip(["seconds ", "start to the prompt ", "button to off ", "idle CPU", "memory"])
    {
        assert!(line.starts_with(start), "{line}");
    }
    let figures: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&figures["by"], &figures["machines"]), (&"qemu".into(), &3.into()));
    for name in ["prompt_seconds", "off_seconds"] {
        let [median, p99, worst] =
            ["median", "p99", "worst"].map(|part| figures[name][part].as_f64().unwrap_or_else(|| panic!("{figures}")));
        assert!(0.0 < median && median <= p99 && p99 == worst, "{name}: {figures}");
    }
    assert!(figures["memory_mib"].as_f64().unwrap() > 3.0, "{figures}");
    assert!(figures["idle"]["cpu_percent_of_a_core"].as_f64().unwrap() >= 0.0, "{figures}");
}

#[test]
fn one_that_does_not_boot() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.img");
    fs::write(&empty, vec![0; 1 << 20]).unwrap();
    let said = run(&["2", "--timeout", "2", "--probe", probe().to_str().unwrap(), empty.to_str().unwrap()]);
    assert_eq!((said.exit, said.stderr.lines().count()), (Some(7), 1), "{said:?}");
    assert!(said.stderr.contains("only 0 of 2 machines are at the prompt after 2 s"), "{said:?}");
}

#[test]
fn a_machine_that_does_not_start() {
    let image = tree().join("build/boot.img");
    let image = image.to_str().unwrap();
    // Its patience is a minute, and QEMU says why long before that is over.
    let said = run(&["2", "--flags", "-nonsense", "--probe", probe().to_str().unwrap(), image]);
    assert_eq!((said.exit, said.stderr.lines().count()), (Some(5), 1), "{said:?}");
    assert!(said.stderr.contains(" ends before its prompt: ") && said.stderr.contains("-nonsense"), "{said:?}");
}

#[test]
fn a_signal_ends_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let image = tree().join("build/boot.img");
    for signal in [Signal::INT, Signal::TERM] {
        let words = ["3", "--idle", "1000", "--probe", &probe().display().to_string(), image.to_str().unwrap()];
        let group = storm(&words, folder.path());
        // All of them have said that they are up.
        let is_up = |number: u32| {
            let made = fs::read_dir(folder.path()).unwrap().next();
            made.is_some_and(|made| {
                fs::metadata(made.unwrap().path().join(format!("{number}/up"))).is_ok_and(|up| up.len() > 0)
            })
        };
        while !(1..=3).all(is_up) {
            std::thread::yield_now();
        }
        group.signal(signal);
        let said = group.wait();
        assert_eq!((said.exit, said.stderr.as_str()), (Some(128 + signal.as_raw()), ""), "{said:?}");
        assert!(!said.left_process, "{said:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn command_lines() {
    for (words, message) in [
        (&[][..], "how many machines? (see storm.sh --help)"),
        (&["0"], "how many machines?"),
        (&["2", "--idle", "x"], "--idle: not a number of seconds: x"),
        (&["2", "--by", "magic"], "--by: qemu or libvirt, not magic"),
        (&["2", "--json", "/nonexistent/x.json"], "--json: no folder for /nonexistent/x.json"),
    ] {
        let image = tree().join("build/boot.img");
        let words = [words, &[image.to_str().unwrap()][..usize::from(!words.is_empty() && words != ["0"])]].concat();
        let said = run(&words);
        assert_eq!(said.exit, Some(2), "{said:?}");
        assert!(said.stderr.starts_with("smoke: FAIL: ") && said.stderr.contains(message), "{said:?}");
    }
    let said = run(&["2", "--probe", "/nonexistent/probe", tree().join("build/boot.img").to_str().unwrap()]);
    assert_eq!(said.exit, Some(4), "{said:?}");
}
