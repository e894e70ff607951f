//! A run that never was, for the tests of what is made of one. It meets every goal, each by a little.

use crate::guest::{BASELINE, BOOT256, FLOOR, FLOOR_ECHO, FLOOR_NOTHING, Id, LINUX, POLLING, TICK};
use crate::host::Host;
use crate::report::{BuildTimes, Crowd, Echo, GuestReport, ImageFile, Instructions, LeastMemory, Paste, Report, Slow};
use crate::stats::Figure;

/// Three samples: half of `median`, it, and half more.
pub fn figure(median: f64) -> Figure {
    Figure { median, min: median / 2.0, max: median * 1.5, n: 3 }
}

/// What a guest that only halts has: all of it from `value` on.
fn halts(id: Id, value: f64) -> GuestReport {
    GuestReport {
        id: id.into(),
        about: format!("what {id} is"),
        first_byte: Some(figure(value)),
        ready: Some(figure(value + 1.0)),
        memory: Some(figure(value / 2.0)),
        idle: Some(figure(value / 1000.0)),
        exit: Some(figure(value / 20.0)),
        ..GuestReport::default()
    }
}

fn echo(median: f64) -> Option<Echo> {
    Some(Echo { median: figure(median), p99: median * 3.0, worst: median * 5.0, keys: 203 })
}

/// The run.
pub fn good() -> Report {
    let boot256 = GuestReport {
        idle: Some(figure(0.96)),
        echo: echo(0.98),
        off: Some(Figure { median: 1.0, min: 0.75, max: 109.0, n: 3 }),
        least_memory: Some(LeastMemory { works: 1016, fails: 984 }),
        ..halts(BOOT256, 118.0)
    };
    let before = GuestReport { id: BASELINE.into(), ..boot256.clone() };
    let floor = GuestReport { least_memory: Some(LeastMemory { works: 1016, fails: 984 }), ..halts(FLOOR, 100.0) };
    let linux = GuestReport {
        echo: echo(0.5),
        off: Some(figure(22.0)),
        least_memory: Some(LeastMemory { works: 76_000, fails: 75_000 }),
        ..halts(LINUX, 2000.0)
    };
    Report {
        date: "2026-11-26".into(),
        quick: false,
        host: host(),
        guests: vec![
            boot256,
            before,
            floor,
            linux,
            GuestReport { echo: echo(0.25), ..halts(FLOOR_ECHO, 101.0) },
            GuestReport { idle: Some(figure(0.0)), ..halts(FLOOR_NOTHING, 102.0) },
            GuestReport { echo: echo(0.75), ..halts(TICK, 103.0) },
            GuestReport { idle: Some(figure(100.0)), ..halts(POLLING, 104.0) },
        ],
        others_busy: Some(figure(3.0)),
        echo_of_nothing: echo(0.02),
        crowd: vec![
            Crowd { machines: 1, idle: figure(1.0), memory: 52.0 },
            Crowd { machines: 10, idle: figure(9.0), memory: 310.0 },
            Crowd { machines: 100, idle: figure(99.0), memory: 2900.0 },
        ],
        pastes: vec![paste(BOOT256, "-nographic"), paste(BASELINE, "-display none")],
        slow: vec![slow(BOOT256, 2.0), slow(BOOT256, 0.2), slow(BASELINE, 2.0)],
        instructions: Some(Instructions {
            counted: 110_000,
            own: 2000,
            firmware: vec![(0x10, 70_000), (0x14, 1000), (0x16, 300), (0x1A, 4000), (0x15, 700)],
            printed: 13,
        }),
        bytes_used: 255,
        images: vec![ImageFile { name: "boot.img".into(), bytes: 1_048_576, on_disk: 4096 }],
    }
}

/// Where it was.
pub fn host() -> Host {
    Host {
        cpu: "A & B <C>".into(),
        cores: 2,
        kernel: "Linux 6".into(),
        qemu: "QEMU 7.2 (Debian 1:7.2)".into(),
        accelerator: "tcg".into(),
        load: 0.25,
    }
}

/// The times of a build.
pub fn times() -> BuildTimes {
    BuildTimes { date: "2026-11-25".into(), host: host(), all: 61.0, all_core_cached: 7.25, test: 45.5 }
}

fn paste(id: Id, how: &str) -> Paste {
    Paste { id: id.into(), how: how.into(), bytes: 100_000, rate: figure(8000.0), lost: 0, wrong: 0 }
}

fn slow(id: Id, stall: f64) -> Slow {
    Slow { id: id.into(), stall, typed: 640, expected: 1920, lost: 0, runs: 3 }
}
