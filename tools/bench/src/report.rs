//! What was measured, as tables in Markdown: `build/bench.md` and `docs/performance.md`.

use std::fmt::Write;
use std::process::Command;

use anyhow::{Context, Result};

use crate::guest::{BASELINE, BOOT256, FLOOR, FLOOR_UEFI, LINUX, UEFI};
use crate::host::Host;
use crate::stats::Figure;

/// A whole run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The day, in UTC.
    pub date: String,
    /// Whether it was a short run, whose figures are not to be quoted.
    pub quick: bool,
    /// Where.
    pub host: Host,
    /// The guests, boot256 first.
    pub guests: Vec<GuestReport>,
    /// What the rest of the host did in the windows of the idle guests: per cent of a core.
    pub others_busy: Option<Figure>,
    /// From a byte's write to its read when another thread sends it back: what the bench itself adds to each echo.
    pub echo_of_nothing: Echo,
    /// Many machines at once.
    pub crowd: Vec<Crowd>,
    /// Long inputs.
    pub pastes: Vec<Paste>,
    /// Behind a reader that stops now and then.
    pub slow: Vec<Slow>,
}

/// One guest.
#[derive(Clone, Debug, Default)]
pub struct GuestReport {
    /// See [`crate::guest`].
    pub id: String,
    /// What it is.
    pub about: String,
    /// Milliseconds from the start of QEMU's process to the first byte on COM1 that is the guest's
    /// own: for the Linux guest, whose kernel is quiet, the banner.
    pub first_byte: Option<Figure>,
    /// Milliseconds from the start of QEMU's process to the prompt.
    pub ready: Option<Figure>,
    /// Memory of QEMU's process when the guest is ready and no other machine of this run is on: PSS in MiB.
    pub memory: Option<Figure>,
    /// Per cent of a core at the prompt.
    pub idle: Option<Figure>,
    /// A key's echo.
    pub echo: Option<Echo>,
    /// Milliseconds from the press of the power button to QEMU's event that the guest has switched off.
    pub off: Option<Figure>,
    /// Milliseconds from that event, or from `quit` where the guest has no button, to the end of QEMU's process.
    pub exit: Option<Figure>,
    /// The least memory it gets ready with, in KiB.
    pub least_memory: Option<u32>,
}

/// Latency of one key.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// Milliseconds: the spread is that of the medians of the blocks.
    pub median: Figure,
    /// Milliseconds: 99 of 100 keys were not later.
    pub p99: f64,
    /// The latest.
    pub worst: f64,
    /// All keys.
    pub keys: usize,
}

/// A number of machines, all idle at the prompt.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// How many.
    pub machines: usize,
    /// Per cent of a core, all together.
    pub idle: Figure,
    /// PSS in MiB, all together.
    pub memory: f64,
}

/// Pastes to boot256.
#[derive(Clone, Debug)]
pub struct Paste {
    /// The guest: boot256, or the one from before a change.
    pub id: String,
    /// How QEMU was started.
    pub how: String,
    /// Bytes of input.
    pub bytes: usize,
    /// Input bytes a second, until the last byte of the answer.
    pub rate: Figure,
    /// Bytes of the answers that never came, over all pastes.
    pub lost: usize,
    /// Pastes whose answer was not the right one, byte for byte.
    pub wrong: usize,
}

/// A guest that is typed to while nobody reads its answer for a while.
#[derive(Clone, Debug)]
pub struct Slow {
    /// The guest.
    pub id: String,
    /// How long the reader stops, in seconds.
    pub stall: f64,
    /// Bytes typed in each run.
    pub typed: usize,
    /// Letters of the answer that should come, in all runs.
    pub expected: usize,
    /// Those that did not.
    pub lost: usize,
    /// Runs.
    pub runs: usize,
}

/// A goal, what was measured for it, and whether that is enough.
type Goal = (&'static str, String, bool);

impl Report {
    /// The guest `id`.
    fn guest(&self, id: &str) -> Option<&GuestReport> {
        self.guests.iter().find(|guest| guest.id == id)
    }

    /// What the program is to cost at most, as far as this run can tell.
    fn goals(&self) -> Vec<Goal> {
        let mut goals: Vec<Goal> = Vec::new();
        let Some(ours) = self.guest(BOOT256) else { return goals };
        let mut add = |aim, measured, met| goals.push((aim, measured, met));
        let floor = self.guest(FLOOR);
        if let (Some(ready), Some(first)) = (ours.ready, floor.and_then(|floor| floor.first_byte)) {
            let ratio = ready.median / first.median;
            add("start to prompt: at most 1.2 × the floor's first byte", format!("{ratio:.2} ×"), ratio <= 1.2);
        }
        if let (Some(idle), Some(linux)) = (ours.idle, self.guest(LINUX).and_then(|guest| guest.idle)) {
            add("idle: at or under Linux's", ratio(idle, linux), idle.median <= linux.median);
        }
        let idle = |id| self.guest(id).and_then(|guest| guest.idle);
        if let (Some(idle), Some(floor)) = (idle(UEFI), idle(FLOOR_UEFI)) {
            add("under UEFI, idle: at most 1.1 × the floor's", ratio(idle, floor), idle.median <= 1.1 * floor.median);
        }
        if let Some(many) = self.crowd.last().filter(|crowd| crowd.machines == 100) {
            add("100 idle machines: under one core", number(many.idle.median) + " %", many.idle.median < 100.0);
        }
        if let Some(echo) = ours.echo {
            add("a key's echo: median under 1 ms", number(echo.median.median) + " ms", echo.median.median < 1.0);
        }
        let lost: usize =
            self.pastes.iter().filter(|paste| paste.id == BOOT256).map(|paste| paste.lost + paste.wrong).sum();
        let silent: usize = self.slow.iter().filter(|slow| slow.id == BOOT256).map(|slow| slow.lost).sum();
        add("paste, a reader that stops: nothing lost", (lost + silent).to_string(), lost + silent == 0);
        if let Some(off) = ours.off {
            add("power button to off, worst: under 110 ms", number(off.max) + " ms", off.max < 110.0);
        }
        if let (Some(least), Some(floor)) = (ours.least_memory, floor.and_then(|floor| floor.least_memory)) {
            add("least memory: the firmware's own", kib(Some(least)), least <= floor);
        }
        if let Some(before) = self.guest(BASELINE) {
            type Value = fn(&GuestReport) -> Option<Figure>;
            let compared: [(&str, Value); 4] = [
                ("prompt: no worse than before, but for noise", |guest| guest.ready),
                ("idle: no worse than before, but for noise", |guest| guest.idle),
                ("echo: no worse than before, but for noise", |guest| Some(guest.echo?.median)),
                ("button to off: no worse than before, but for noise", |guest| guest.off),
            ];
            for (aim, value) in compared {
                if let (Some(now), Some(then)) = (value(ours), value(before)) {
                    // Noise is what the samples of one and the same program differ by.
                    add(aim, ratio(now, then), now.median <= then.max);
                }
            }
        }
        goals
    }

    /// All tables.
    pub fn tables(&self) -> String {
        let Host { cpu, cores, kernel, qemu, load, accelerator } = &self.host;
        let accelerator = accelerator.to_uppercase();
        let quick = if self.quick { " **A quick run: not to be quoted.**" } else { "" };
        let mut text = format!(
            "Measured on {}: {cpu}, {cores} cores, {kernel}, {qemu} with {accelerator}, load average {load} at the start.{quick}\n\n\
             Each figure is a median, with the least and the greatest sample in brackets.\n",
            self.date
        );
        let goals = self
            .goals()
            .into_iter()
            .map(|(aim, measured, met)| [aim.to_owned(), measured, if met { "met" } else { "**missed**" }.to_owned()]);
        table(&mut text, "Goals", ["goal", "measured", ""], goals);
        let side = self.guests.iter().map(|guest| {
            let &GuestReport { first_byte, ready, idle, memory, off, exit, least_memory, .. } = guest;
            let [first_byte, ready, idle] = [first_byte, ready, idle].map(spread);
            let [memory, off, exit] = [memory, off, exit].map(spread);
            [code(&guest.id), first_byte, ready, idle, memory, off, exit, kib(least_memory)]
        });
        let columns = [
            "guest",
            "first byte, ms",
            "prompt, ms",
            "idle, % of a core",
            "memory, MiB",
            "button to off, ms",
            "QEMU's own exit, ms",
            "least memory",
        ];
        table(&mut text, "Side by side", columns, side);
        text.push('\n');
        for guest in &self.guests {
            let _ = writeln!(text, "- `{}`: {}", guest.id, guest.about);
        }
        let _ = writeln!(
            text,
            "\nWhat else the host did while idle was measured, % of a core: {}",
            spread(self.others_busy)
        );

        let nothing = ("the bench itself: a thread that sends the byte back".to_owned(), self.echo_of_nothing);
        let echoes = self.guests.iter().filter_map(|guest| Some((code(&guest.id), guest.echo?)));
        let echoes = echoes.chain([nothing]).map(|(name, echo)| {
            [name, spread(Some(echo.median)), number(echo.p99), number(echo.worst), echo.keys.to_string()]
        });
        let columns = ["guest", "median, ms", "99th percentile, ms", "worst, ms", "keys"];
        table(&mut text, "A key's echo on COM1 (in brackets: medians of blocks)", columns, echoes);
        let pastes = self.pastes.iter().map(|paste| {
            let runs = format!("{} × {} bytes", paste.rate.n + paste.wrong, paste.bytes);
            let [lost, wrong] = [paste.lost, paste.wrong].map(|count| count.to_string());
            [code(&paste.id), code(&paste.how), runs, spread(Some(paste.rate)), lost, wrong]
        });
        let columns = ["guest", "QEMU", "input", "bytes a second", "bytes lost", "answers wrong"];
        table(&mut text, "Paste", columns, pastes);
        let slow = self.slow.iter().map(|slow| {
            let typed = format!("{} × {} bytes", slow.runs, slow.typed);
            [code(&slow.id), number(slow.stall), typed, slow.expected.to_string(), slow.lost.to_string()]
        });
        let columns = ["guest", "stop, s", "typed", "letters of the answer", "lost"];
        table(&mut text, "A reader that stops", columns, slow);
        let crowd = self.crowd.iter().map(|&Crowd { machines, idle, memory }| {
            let count = machines as f64;
            let [each, memory, share] = [idle.median / count, memory, memory / count].map(number);
            [machines.to_string(), spread(Some(idle)), each, memory, share]
        });
        let columns = ["machines", "all, % of a core", "each, %", "memory of all, MiB", "of each, MiB"];
        table(&mut text, "Many machines, all boot256, all idle", columns, crowd);
        text
    }
}

/// Today in UTC, as 2026-11-24.
///
/// # Errors
/// If there is no `date`.
pub fn today() -> Result<String> {
    let output = Command::new("date").args(["-u", "+%F"]).output().context("date is missing (package coreutils)")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// A heading and a table below it.
fn table<const N: usize>(text: &mut String, title: &str, columns: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let _ = writeln!(text, "\n### {title}\n\n| {} |\n{}|", columns.join(" | "), "|---".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The median with the least and the greatest; a dash where nothing was measured.
fn spread(figure: Option<Figure>) -> String {
    figure.map_or("–".into(), |Figure { median, min, max, .. }| {
        format!("{} ({} – {})", number(median), number(min), number(max))
    })
}

/// How many times `other` a figure is, and both.
fn ratio(figure: Figure, other: Figure) -> String {
    let (figure, other) = (figure.median, other.median);
    format!("{:.2} × ({} and {})", figure / other, number(figure), number(other))
}

fn kib(memory: Option<u32>) -> String {
    match memory {
        None => "–".into(),
        Some(kib @ 10_240..) => format!("{} MiB", kib / 1024),
        Some(kib) => format!("{kib} KiB"),
    }
}

/// Three digits that count, at least; no more than three places.
fn number(value: f64) -> String {
    let places = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::FLOOR_NOTHING;

    fn figure(median: f64) -> Figure {
        Figure { median, min: median / 2.0, max: median * 1.5, n: 3 }
    }

    /// Every number of a report, known beforehand, in its row.
    #[test]
    fn the_tables_say_what_was_measured() {
        let echo = |median| Echo { median: figure(median), p99: 2.0 * median, worst: 4.0 * median, keys: 203 };
        let guest = |id: &str, ready: f64, idle: f64| GuestReport {
            id: id.into(),
            about: format!("what {id} is"),
            first_byte: Some(figure(100.0)),
            ready: Some(figure(ready)),
            memory: Some(figure(52.0)),
            idle: Some(figure(idle)),
            echo: Some(echo(0.5)),
            off: Some(figure(80.0)),
            exit: Some(figure(5.0)),
            least_memory: Some(1016),
        };
        let floor = GuestReport { echo: None, off: None, ..guest(FLOOR, 100.0, 0.25) };
        let nothing = GuestReport { id: FLOOR_NOTHING.into(), idle: None, least_memory: None, ..floor.clone() };
        let linux = GuestReport { least_memory: Some(75_776), ..guest(LINUX, 2400.0, 0.25) };
        let host = Host {
            cpu: "CPU".into(),
            cores: 2,
            kernel: "Linux 6".into(),
            qemu: "QEMU 7".into(),
            accelerator: "tcg".into(),
            load: 0.5,
        };
        let paste = Paste {
            id: BOOT256.into(),
            how: "-nographic".into(),
            bytes: 1000,
            rate: figure(8000.0),
            lost: 0,
            wrong: 0,
        };
        let slow = Slow { id: BOOT256.into(), stall: 0.2, typed: 480, expected: 2880, lost: 0, runs: 3 };
        let mut report = Report {
            date: "2026-12-01".into(),
            quick: false,
            host,
            guests: vec![guest(BOOT256, 120.0, 0.03), guest(BASELINE, 110.0, 0.01), floor, nothing, linux],
            others_busy: Some(figure(3.0)),
            echo_of_nothing: echo(0.125),
            crowd: vec![Crowd { machines: 100, idle: figure(99.0), memory: 2450.0 }],
            pastes: vec![paste],
            slow: vec![slow],
        };
        let text = report.tables();
        let said = |line: &str| assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
        said("Measured on 2026-12-01: CPU, 2 cores, Linux 6, QEMU 7 with TCG, load average 0.5 at the start.");
        said("| start to prompt: at most 1.2 × the floor's first byte | 1.20 × | met |");
        said("| idle: at or under Linux's | 0.12 × (0.030 and 0.250) | met |");
        said("| 100 idle machines: under one core | 99.0 % | met |");
        said("| a key's echo: median under 1 ms | 0.500 ms | met |");
        said("| paste, a reader that stops: nothing lost | 0 | met |");
        said("| power button to off, worst: under 110 ms | 120 ms | **missed** |");
        said("| least memory: the firmware's own | 1016 KiB | met |");
        said("| prompt: no worse than before, but for noise | 1.09 × (120 and 110) | met |");
        said("| idle: no worse than before, but for noise | 3.00 × (0.030 and 0.010) | **missed** |");
        said(
            "| `boot256` | 100 (50.0 – 150) | 120 (60.0 – 180) | 0.030 (0.015 – 0.045) | 52.0 (26.0 – 78.0) | \
             80.0 (40.0 – 120) | 5.00 (2.50 – 7.50) | 1016 KiB |",
        );
        said(
            "| `floor-timer-stopped` | 100 (50.0 – 150) | 100 (50.0 – 150) | – | 52.0 (26.0 – 78.0) | – | 5.00 (2.50 – 7.50) | – |",
        );
        assert!(text.contains("| 74 MiB |"), "{text}");
        said("| `linux` | 0.500 (0.250 – 0.750) | 1.00 | 2.00 | 203 |");
        said("| the bench itself: a thread that sends the byte back | 0.125 (0.062 – 0.188) | 0.250 | 0.500 | 203 |");
        said("| `boot256` | `-nographic` | 3 × 1000 bytes | 8000 (4000 – 12000) | 0 | 0 |");
        said("| `boot256` | 0.200 | 3 × 480 bytes | 2880 | 0 |");
        said("| 100 | 99.0 (49.5 – 148) | 0.990 | 2450 | 24.5 |");
        report.slow[0].lost = 2;
        report.quick = true;
        let text = report.tables();
        assert!(text.contains("nothing lost | 2 | **missed** |") && text.contains("not to be quoted"), "{text}");
    }
}
