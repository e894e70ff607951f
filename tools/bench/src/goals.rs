//! What the program is to cost at most, and whether a run says that it does.

use crate::guest::{BASELINE, BOOT256, FLOOR, FLOOR_ECHO, FLOOR_NOTHING, LINUX, POLLING, TICK};
use crate::markdown::{NONE, number, spread};
use crate::report::{GuestReport, Report};
use crate::stats::Figure;

/// A goal, or a figure to compare one with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What is measured; empty where it is that of the goal before.
    pub figure: &'static str,
    /// What it is to be.
    pub aim: &'static str,
    /// What it is.
    pub measured: String,
    /// Whether that is enough; `None` where it is only to be compared.
    pub met: Option<bool>,
}

/// A figure of a guest.
type Value = fn(&GuestReport) -> Option<Figure>;

/// What is compared with the program from before a change.
const COMPARED: [(&str, Value); 4] = [
    ("prompt, ms", |guest| guest.ready),
    ("idle, % of a core", |guest| guest.idle),
    ("echo, ms", |guest| Some(guest.echo?.median)),
    ("button to off, ms", |guest| guest.off),
];

/// The goals that `report` can tell about.
pub fn of(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut add = |figure, aim, measured: String, met| goals.push(Goal { figure, aim, measured, met });
    let Some(boot256) = report.guest(BOOT256) else { return goals };
    let floor = report.guest(FLOOR);
    if let (Some(ready), Some(first)) = (boot256.ready, floor.and_then(|floor| floor.first_byte)) {
        let ratio = ready.median / first.median;
        let text = format!("{ratio:.2} × ({} and {} ms)", number(ready.median), number(first.median));
        add("QEMU's start to the prompt", "at most 1.2 × the floor's first byte", text, Some(ratio <= 1.2));
    }
    if let Some(idle) = boot256.idle {
        add("idle", "at most 1 % of a core", spread(Some(idle)) + " %", Some(idle.median <= 1.0));
        if let Some(linux) = report.guest(LINUX).and_then(|guest| guest.idle) {
            add("", "at or under Linux's", spread(Some(linux)) + " %", Some(idle.median <= linux.median));
        }
        if let Some(nothing) = report.guest(FLOOR_NOTHING).and_then(|guest| guest.idle) {
            add("", "at best the floor's", spread(Some(nothing)) + " %", None);
        }
    }
    if let (Some(one), Some(many)) = (report.crowd.first(), report.crowd.last().filter(|crowd| crowd.machines == 100)) {
        let text = spread(Some(many.idle)) + " %";
        add("100 idle machines", "under one core", text, Some(many.idle.median < 100.0));
        let each = many.idle.median / many.machines as f64;
        let text = format!("{} % each, one alone {} %", number(each), number(one.idle.median));
        add("", "in proportion", text, None);
    }
    if let Some(echo) = boot256.echo {
        let text = format!("{} ms, 99th percentile {} ms", number(echo.median.median), number(echo.p99));
        add("a key's echo", "median under 1 ms", text, Some(echo.median.median < 1.0));
        if let Some(floor) = report.guest(FLOOR_ECHO).and_then(|guest| guest.echo) {
            let text = format!("{} ms", number(floor.median.median));
            add("", "at best that of a sector that does nothing else", text, None);
        }
    }
    for paste in report.pastes.iter().filter(|paste| paste.id == BOOT256) {
        let met = paste.lost == 0 && paste.wrong == 0;
        add("paste", "nothing lost", format!("{} bytes lost with `{}`", paste.lost, paste.how), Some(met));
    }
    let slow: Vec<_> = report.slow.iter().filter(|slow| slow.id == BOOT256).collect();
    if !slow.is_empty() {
        let lost: usize = slow.iter().map(|slow| slow.lost).sum();
        add("a reader that stops", "nothing lost", format!("{lost} letters lost"), Some(lost == 0));
    }
    if let (Some(off), Some(exit)) = (boot256.off, boot256.exit) {
        let text = format!("{} ms, then {} ms for QEMU to end", number(off.max), number(exit.median));
        add("power button to off, worst", "under 110 ms", text, Some(off.max < 110.0));
    }
    if let (Some(least), Some(floor)) = (boot256.least_memory, floor.and_then(|floor| floor.least_memory)) {
        let text = format!("{} KiB, the floor {} KiB", least.works, floor.works);
        add("least memory", "the firmware's own", text, Some(least.works <= floor.works));
    }
    if let Some(before) = report.guest(BASELINE) {
        for (figure, value) in COMPARED {
            if let (Some(now), Some(then)) = (value(boot256), value(before)) {
                let text = format!("{}, it was {}", spread(Some(now)), spread(Some(then)));
                // Noise is what the samples of one and the same program differ by.
                add(figure, "no worse than before, but for noise", text, Some(now.median <= then.max));
            }
        }
    }
    for (id, figure) in [(TICK, "idle with the timer tick instead"), (POLLING, "idle without HLT")] {
        if let Some(idle) = report.guest(id).and_then(|guest| guest.idle) {
            add(figure, NONE, spread(Some(idle)) + " %", None);
        }
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::report::{Crowd, Echo, LeastMemory, Paste, Slow};

    fn figure(median: f64) -> Option<Figure> {
        Some(Figure { median, min: median / 2.0, max: median * 1.5, n: 3 })
    }

    fn guest(id: &str, value: f64) -> GuestReport {
        GuestReport {
            id: id.into(),
            first_byte: figure(value),
            ready: figure(value),
            idle: figure(value),
            echo: figure(value).map(|median| Echo { median, p99: value, worst: value, keys: 3 }),
            off: figure(value),
            exit: figure(value),
            least_memory: Some(LeastMemory { works: 1016, fails: 984 }),
            ..GuestReport::default()
        }
    }

    /// A run that meets every goal, each by a little.
    fn good() -> Report {
        let host = Host {
            cpu: String::new(),
            cores: 2,
            kernel: String::new(),
            qemu: String::new(),
            accelerator: "tcg".into(),
            load: 0.0,
        };
        let mut boot256 = guest(BOOT256, 0.99);
        boot256.ready = figure(119.0);
        boot256.off = Some(Figure { median: 1.0, min: 1.0, max: 109.0, n: 3 });
        let mut floor = guest(FLOOR, 0.5);
        floor.first_byte = figure(100.0);
        let mut before = boot256.clone();
        before.id = BASELINE.into();
        Report {
            date: String::new(),
            quick: false,
            host,
            guests: vec![boot256, before, floor, guest(LINUX, 1.0), guest(FLOOR_ECHO, 0.1), guest(FLOOR_NOTHING, 0.0)],
            others_busy: None,
            echo_of_nothing: None,
            crowd: vec![
                Crowd { machines: 1, idle: figure(1.0).unwrap(), memory: 1.0 },
                Crowd { machines: 100, idle: figure(99.0).unwrap(), memory: 1.0 },
            ],
            pastes: vec![Paste {
                id: BOOT256.into(),
                how: "x".into(),
                bytes: 10,
                rate: figure(1.0).unwrap(),
                lost: 0,
                wrong: 0,
            }],
            slow: vec![Slow { id: BOOT256.into(), stall: 2.0, typed: 10, expected: 10, lost: 0, runs: 1 }],
            instructions: None,
            bytes_used: 256,
            images: Vec::new(),
        }
    }

    fn missed(report: &Report) -> Vec<&'static str> {
        of(report).iter().filter(|goal| goal.met == Some(false)).map(|goal| goal.figure).collect()
    }

    #[test]
    fn a_good_run_meets_them_all() {
        let goals = of(&good());
        assert_eq!(missed(&good()), [""; 0]);
        assert_eq!(goals.iter().filter(|goal| goal.met == Some(true)).count(), 13, "{goals:#?}");
    }

    #[test]
    fn each_is_missed_by_a_little_more() {
        type Spoil = fn(&mut Report);
        let spoilt: [(&str, Spoil); 12] = [
            ("QEMU's start to the prompt", |r| r.guests[2].first_byte = figure(99.0)),
            ("idle", |r| {
                r.guests[0].idle = figure(1.01);
                r.guests[3].idle = figure(2.0);
            }),
            ("", |r| r.guests[3].idle = figure(0.98)),
            ("100 idle machines", |r| r.crowd[1].idle = figure(100.0).unwrap()),
            ("a key's echo", |r| r.guests[0].echo.as_mut().unwrap().median = figure(1.0).unwrap()),
            ("paste", |r| r.pastes[0].lost = 1),
            ("paste", |r| r.pastes[0].wrong = 1),
            ("a reader that stops", |r| r.slow[0].lost = 1),
            ("power button to off, worst", |r| r.guests[0].off.as_mut().unwrap().max = 110.0),
            ("least memory", |r| r.guests[0].least_memory.as_mut().unwrap().works = 1017),
            ("prompt, ms", |r| r.guests[1].ready = figure(79.0)),
            ("button to off, ms", |r| r.guests[1].off = figure(0.6)),
        ];
        for (figure, spoil) in spoilt {
            let mut report = good();
            spoil(&mut report);
            assert_eq!(missed(&report), [figure]);
        }
    }

    #[test]
    fn what_was_not_measured_is_no_goal() {
        let mut report = good();
        report.guests.retain(|guest| guest.id != BOOT256);
        assert_eq!(of(&report), []);
        let mut report = good();
        report.crowd.truncate(1);
        assert!(!of(&report).iter().any(|goal| goal.figure == "100 idle machines"));
        report.slow.clear();
        assert!(!of(&report).iter().any(|goal| goal.figure == "a reader that stops"));
    }
}
