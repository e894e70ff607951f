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
    use crate::sample::{figure, good};

    /// The figures of the goals that `report` does not meet.
    fn missed(report: &Report) -> Vec<&'static str> {
        of(report).iter().filter(|goal| goal.met == Some(false)).map(|goal| goal.figure).collect()
    }

    /// A change of the good run.
    type Change = fn(&mut Report);

    #[test]
    fn a_good_run_meets_them_all() {
        let goals = of(&good());
        assert_eq!(missed(&good()), [""; 0]);
        assert_eq!(goals.iter().filter(|goal| goal.met == Some(true)).count(), 13, "{goals:#?}");
    }

    /// Each goal with a run that is just good enough, and one that just is not.
    #[test]
    fn each_is_met_at_its_limit_and_missed_by_a_little_more() {
        let limits: [(&str, Change, Change); 15] = [
            (
                "QEMU's start to the prompt",
                |r| r.guests[0].ready.as_mut().unwrap().median = 120.0,
                |r| r.guests[0].ready.as_mut().unwrap().median = 120.01,
            ),
            ("idle", |r| r.guests[0].idle = Some(figure(1.0)), |r| r.guests[0].idle = Some(figure(1.01))),
            ("", |r| r.guests[3].idle = Some(figure(0.96)), |r| r.guests[3].idle = Some(figure(0.95))),
            ("100 idle machines", |r| r.crowd[2].idle = figure(99.99), |r| r.crowd[2].idle = figure(100.0)),
            (
                "a key's echo",
                |r| r.guests[0].echo.as_mut().unwrap().median = figure(0.999),
                |r| r.guests[0].echo.as_mut().unwrap().median = figure(1.0),
            ),
            ("paste", |r| r.pastes[0].bytes = 1, |r| r.pastes[0].lost = 1),
            ("paste", |r| r.pastes[0].bytes = 1, |r| r.pastes[0].wrong = 1),
            ("a reader that stops", |r| r.slow[0].expected = 1, |r| r.slow[0].lost = 1),
            ("a reader that stops", |r| r.slow[1].expected = 1, |r| r.slow[1].lost = 1),
            (
                "power button to off, worst",
                |r| r.guests[0].off.as_mut().unwrap().max = 109.9,
                |r| r.guests[0].off.as_mut().unwrap().max = 110.0,
            ),
            (
                "least memory",
                |r| r.guests[2].least_memory.as_mut().unwrap().works = 1016,
                |r| r.guests[2].least_memory.as_mut().unwrap().works = 1015,
            ),
            (
                "prompt, ms",
                |r| r.guests[1].ready.as_mut().unwrap().max = 119.0,
                |r| r.guests[1].ready.as_mut().unwrap().max = 118.9,
            ),
            (
                "idle, % of a core",
                |r| r.guests[1].idle.as_mut().unwrap().max = 0.96,
                |r| r.guests[1].idle.as_mut().unwrap().max = 0.95,
            ),
            (
                "echo, ms",
                |r| r.guests[1].echo.as_mut().unwrap().median.max = 0.98,
                |r| r.guests[1].echo.as_mut().unwrap().median.max = 0.97,
            ),
            (
                "button to off, ms",
                |r| r.guests[1].off.as_mut().unwrap().max = 1.0,
                |r| r.guests[1].off.as_mut().unwrap().max = 0.9,
            ),
        ];
        for (figure, enough, too_much) in limits {
            let mut report = good();
            enough(&mut report);
            assert_eq!(missed(&report), [""; 0], "{figure}: just enough");
            let mut report = good();
            too_much(&mut report);
            assert_eq!(missed(&report), [figure]);
        }
    }

    /// What another guest loses, or the program as it was before, is not the program's.
    #[test]
    fn only_the_program_itself_is_judged() {
        let mut report = good();
        (report.pastes[1].lost, report.pastes[1].wrong, report.slow[2].lost) = (1, 1, 1);
        assert_eq!(missed(&report), [""; 0]);
        assert_eq!(of(&report), of(&good()));
    }

    /// In the order of the table; where the figure is empty it is that of the row above.
    #[test]
    fn each_says_what_was_measured() {
        let rows: Vec<_> = of(&good()).into_iter().map(|goal| (goal.figure, goal.measured)).collect();
        let rows: Vec<_> = rows.iter().map(|(figure, measured)| (*figure, measured.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("QEMU's start to the prompt", "1.19 × (119 and 100 ms)"),
                ("idle", "0.960 (0.480 – 1.44) %"),
                ("", "2.00 (1.00 – 3.00) %"),
                ("", "0.000 (0.000 – 0.000) %"),
                ("100 idle machines", "99.0 (49.5 – 148) %"),
                ("", "0.990 % each, one alone 1.00 %"),
                ("a key's echo", "0.980 ms, 99th percentile 2.94 ms"),
                ("", "0.250 ms"),
                ("paste", "0 bytes lost with `-nographic`"),
                ("a reader that stops", "0 letters lost"),
                ("power button to off, worst", "109 ms, then 5.90 ms for QEMU to end"),
                ("least memory", "1016 KiB, the floor 1016 KiB"),
                ("prompt, ms", "119 (59.5 – 178), it was 119 (59.5 – 178)"),
                ("idle, % of a core", "0.960 (0.480 – 1.44), it was 0.960 (0.480 – 1.44)"),
                ("echo, ms", "0.980 (0.490 – 1.47), it was 0.980 (0.490 – 1.47)"),
                ("button to off, ms", "1.00 (0.750 – 109), it was 1.00 (0.750 – 109)"),
                ("idle with the timer tick instead", "0.103 (0.051 – 0.154) %"),
                ("idle without HLT", "100 (50.0 – 150) %"),
            ]
        );
    }

    /// Nothing is said to be met, or missed, that was not measured.
    #[test]
    fn what_was_not_measured_is_no_goal() {
        let absent: [(&[&str], Change); 9] = [
            (&["QEMU's start to the prompt", "least memory"], |r| r.guests.retain(|guest| guest.id != FLOOR)),
            (&["idle", "idle, % of a core"], |r| r.guests[0].idle = None),
            (&["100 idle machines"], |r| r.crowd.truncate(2)),
            (&["a key's echo", "echo, ms"], |r| r.guests[0].echo = None),
            (&["paste"], |r| r.pastes.retain(|paste| paste.id != BOOT256)),
            (&["a reader that stops"], |r| r.slow.retain(|slow| slow.id != BOOT256)),
            (&["power button to off, worst", "button to off, ms"], |r| r.guests[0].off = None),
            (&["least memory"], |r| r.guests[0].least_memory = None),
            (&["prompt, ms", "idle, % of a core", "echo, ms", "button to off, ms"], |r| {
                r.guests.retain(|guest| guest.id != BASELINE);
            }),
        ];
        let figures = |report: &Report| -> Vec<&'static str> {
            of(report).iter().map(|goal| goal.figure).filter(|figure| !figure.is_empty()).collect()
        };
        for (gone, change) in absent {
            let mut report = good();
            change(&mut report);
            let expected: Vec<_> = figures(&good()).into_iter().filter(|figure| !gone.contains(figure)).collect();
            assert_eq!(figures(&report), expected);
        }
        let mut report = good();
        report.guests.retain(|guest| guest.id != BOOT256);
        assert_eq!(of(&report), []);
    }
}
