//! storm.sh with the real QEMU: its figures, and that nothing is left.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::run::{Place, Said, built, script};

fn storm(place: &Place, words: &[&str]) -> Said {
    place.start(&mut place.command([&[script("storm.sh").as_str()], words].concat())).wait()
}

#[test]
fn figures_of_three_machines() {
    let place = Place::new();
    let json = place.file("world/storm.json");
    let said = storm(&place, &["3", "--idle", "1", "--json", json.to_str().unwrap(), &built("boot.img")]);
    assert_eq!((said.exit, said.stderr.as_str(), said.left.len()), (Some(0), "", 0), "{said:?}");
    let starts = [
        "smoke: ClientAPI (3 machines)",
        "smoke: hello -> olleh (3 machines)",
        "seconds ",
        "start to the prompt ",
        "button to off ",
        "idle CPU",
        "memory",
        "smoke: off (3 machines)",
        "smoke: ok",
    ];
    assert_eq!(said.stdout.lines().count(), starts.len(), "{said:?}");
    said.stdout.lines().zip(starts).for_each(|(line, start)| assert!(line.starts_with(start), "{line}"));
    let figures: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&figures["by"], &figures["machines"]), (&"qemu".into(), &3.into()));
    for name in ["prompt_seconds", "off_seconds"] {
        let [median, p99, worst] = ["median", "p99", "worst"].map(|part| figures[name][part].as_f64().unwrap());
        assert!(0.0 < median && median <= p99 && p99 == worst, "{name}: {figures}");
    }
    assert!(figures["memory_mib"].as_f64().unwrap() > 3.0, "{figures}");
    assert!(figures["idle"]["cpu_percent_of_a_core"].as_f64().unwrap() >= 0.0, "{figures}");
}

#[test]
fn one_that_does_not_boot_and_one_that_does_not_start() {
    let place = Place::new();
    let empty = place.file("world/empty.img");
    fs::write(&empty, vec![0; 1 << 20]).unwrap();
    let said = storm(&place, &["2", "--timeout", "2", empty.to_str().unwrap()]);
    said.fails(7, "only 0 of 2 machines are at the prompt after 2 s");
    // Its patience is a minute, and QEMU says why long before that is over.
    storm(&place, &["2", "--flags", "-nonsense", &built("boot.img")]).fails(5, "-nonsense: invalid option");
}

#[test]
fn a_signal_ends_all_of_it() {
    let place = Place::new();
    let image = built("boot.img");
    for signal in [Signal::INT, Signal::TERM] {
        let run = place.start(&mut place.command([&script("storm.sh"), "3", "--idle", "1000", &image]));
        let is_up = |number: u32| {
            let made = fs::read_dir(place.file("tmp")).unwrap().next();
            let up = made.map(|made| made.unwrap().path().join(format!("{number}/up")));
            up.is_some_and(|up| fs::metadata(up).is_ok_and(|up| up.len() > 0))
        };
        while !(1..=3).all(is_up) {
            std::thread::yield_now();
        }
        run.signal(signal);
        run.wait().is_ended_by(signal);
    }
}

#[test]
fn command_lines() {
    let image = &built("boot.img");
    for (words, message) in [
        (&[][..], "how many machines? (see storm.sh --help)"),
        (&["0"], "how many machines?"),
        (&["2", "--idle", "x", image], "--idle: not a number of seconds: x"),
        (&["2", "--by", "magic", image], "--by: qemu or libvirt, not magic"),
        (&["2", "--json", "/nonexistent/x.json", image], "--json: no folder for /nonexistent/x.json"),
    ] {
        storm(&Place::new(), words).fails(2, message);
    }
}
