//! The results as tables.

use std::fmt::Write;

use crate::guest::{BOOT256, FLOOR, FLOOR_NOTHING, LINUX, POLLING, TICK};
use crate::host::Host;
use crate::report::{BuildTimes, GuestReport, Instructions, LeastMemory, Report};
use crate::stats::Figure;

/// What stands where a figure does not exist.
const NONE: &str = "–";

/// All tables: for `bench.md` and `docs/performance.md`.
pub fn full(report: &Report, times: Option<&BuildTimes>) -> String {
    let mut text = heading(report);
    text += "\nEach figure is a median, with the least and the greatest sample in brackets.\n\n";
    text += "### Goals\n\n| figure | goal | measured |\n|---|---|---|\n";
    for (figure, goal, measured) in goals(report) {
        row(&mut text, [figure.into(), goal.into(), measured]);
    }
    text += "\n### Side by side\n\n";
    row(
        &mut text,
        [
            "guest",
            "first byte, ms",
            "prompt, ms",
            "idle, % of a core",
            "memory, MiB",
            "button to off, ms",
            "QEMU's own exit, ms",
            "least memory",
        ],
    );
    text += "|---|---|---|---|---|---|---|---|\n";
    for guest in &report.guests {
        row(
            &mut text,
            [
                format!("`{}`", guest.id),
                spread(guest.first_byte),
                spread(guest.ready),
                spread(guest.idle),
                spread(guest.memory),
                spread(guest.off),
                spread(guest.exit),
                least(guest.least_memory),
            ],
        );
    }
    text += "\n";
    for guest in &report.guests {
        let _ = writeln!(text, "- `{}`: {}", guest.id, guest.about);
    }
    if let Some(others) = report.others_busy {
        let others = spread(Some(others));
        let _ =
            writeln!(text, "\nWhile idle was measured, the rest of the host took this much of a core, in %: {others}.");
    }

    text += "\n### A key's echo on COM1\n\n| guest | median, ms | 99th percentile, ms | worst, ms | keys |\n|---|---|---|---|---|\n";
    let nothing =
        report.echo_of_nothing.map(|echo| ("the bench itself: a thread that sends the byte back".to_owned(), echo));
    let echoes = report.guests.iter().filter_map(|guest| Some((format!("`{}`", guest.id), guest.echo?)));
    for (name, echo) in echoes.chain(nothing) {
        row(&mut text, [name, spread(Some(echo.median)), number(echo.p99), number(echo.worst), echo.keys.to_string()]);
    }
    text += "\nThe brackets are of the medians of the blocks in which the keys were typed.\n";

    text += "\n### Paste into boot256\n\n| QEMU | input | bytes a second | bytes lost | answers wrong |\n|---|---|---|---|---|\n";
    for paste in &report.pastes {
        let many = format!("{} × {} bytes", paste.rate.n + paste.wrong, paste.bytes);
        row(
            &mut text,
            [
                format!("`{}`", paste.how),
                many,
                spread(Some(paste.rate)),
                paste.lost.to_string(),
                paste.wrong.to_string(),
            ],
        );
    }

    text += "\n### Many machines, all boot256, all idle\n\n";
    text += "| machines | all, % of a core | each, % | memory of all, MiB | of each, MiB |\n|---|---|---|---|---|\n";
    for crowd in &report.crowd {
        let machines = crowd.machines as f64;
        row(
            &mut text,
            [
                crowd.machines.to_string(),
                spread(Some(crowd.idle)),
                number(crowd.idle.median / machines),
                number(crowd.memory),
                number(crowd.memory / machines),
            ],
        );
    }
    if let Some(instructions) = &report.instructions {
        text += &instruction_table(instructions);
    }

    let _ = write!(text, "\n### Sizes\n\nThe program takes {} of its 256 bytes.\n\n", report.bytes_used);
    text += "| file | bytes | on disk, KiB |\n|---|---|---|\n";
    for image in &report.images {
        row(&mut text, [format!("`{}`", image.name), image.bytes.to_string(), number(image.on_disk as f64 / 1024.0)]);
    }
    if let Some(times) = times {
        text += &build_times(times);
    }
    text
}

/// The few figures that matter most, for the README, with the picture.
pub fn short(report: &Report) -> String {
    let mut text = String::from(
        "![Bars: time to the prompt, idle CPU, echo and memory of boot256 beside an empty machine and Linux](docs/images/bench.svg)\n\n",
    );
    let linux = report.guest(LINUX);
    let columns: Vec<(&str, &GuestReport)> =
        [("boot256", report.guest(BOOT256)), ("an empty machine", report.guest(FLOOR)), ("minimal Linux", linux)]
            .into_iter()
            .filter_map(|(name, guest)| Some((name, guest?)))
            .collect();
    row(&mut text, std::iter::once("").chain(columns.iter().map(|(name, _)| *name)));
    let _ = writeln!(text, "{}", "|---".repeat(columns.len() + 1) + "|");
    type Cell = fn(&GuestReport) -> String;
    let rows: [(&str, Cell); 6] = [
        ("QEMU's start to the prompt, ms", |guest| middle(guest.ready)),
        ("idle CPU, % of a core", |guest| middle(guest.idle)),
        ("memory of QEMU's process, MiB", |guest| middle(guest.memory)),
        ("echo of a key, ms", |guest| middle(guest.echo.map(|echo| echo.median))),
        ("power button to off, ms", |guest| middle(guest.off)),
        ("least memory", |guest| least(guest.least_memory)),
    ];
    for (name, cell) in rows {
        row(&mut text, std::iter::once(name.to_owned()).chain(columns.iter().map(|(_, guest)| cell(guest))));
    }
    text + "\n" + &heading(report)
}

/// The table of `make bench-build`.
pub fn build_times(times: &BuildTimes) -> String {
    let mut text = String::from("\n### Building and testing\n\n| command | seconds |\n|---|---|\n");
    row(&mut text, ["`make all`, nothing built yet".into(), number(times.all)]);
    row(
        &mut text,
        ["`make all`, Rust's core library and all crates built before".into(), number(times.all_core_cached)],
    );
    row(&mut text, ["`make test` after that, its own crates not built before".into(), number(times.test)]);
    let _ = writeln!(text, "\nOn {}: {}.", times.date, machine(&times.host));
    text
}

/// Figure, goal and result, of the goals that the run can tell about.
fn goals(report: &Report) -> Vec<(&'static str, &'static str, String)> {
    let mut goals = Vec::new();
    let mut add = |figure, goal, measured: String, met: Option<bool>| {
        let word = match met {
            Some(true) => ": met",
            Some(false) => ": **missed**",
            None => "",
        };
        goals.push((figure, goal, measured + word));
    };
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
    }
    for paste in &report.pastes {
        let met = paste.lost == 0 && paste.wrong == 0;
        add("paste", "nothing lost", format!("{} bytes lost with `{}`", paste.lost, paste.how), Some(met));
    }
    if let (Some(off), Some(exit)) = (boot256.off, boot256.exit) {
        let text = format!("{} ms, then {} ms for QEMU to end", number(off.max), number(exit.median));
        add("power button to off, worst", "under 110 ms", text, Some(off.max < 110.0));
    }
    if let (Some(least), Some(floor)) = (boot256.least_memory, floor.and_then(|floor| floor.least_memory)) {
        let text = format!("{} KiB, the floor {} KiB", least.works, floor.works);
        add("least memory", "the firmware's own", text, Some(least.works <= floor.works));
    }
    for (id, figure) in [(TICK, "idle with the timer tick instead"), (POLLING, "idle without HLT")] {
        if let Some(idle) = report.guest(id).and_then(|guest| guest.idle) {
            add(figure, NONE, spread(Some(idle)) + " %", None);
        }
    }
    goals
}

fn instruction_table(instructions: &Instructions) -> String {
    let printed = instructions.printed as f64;
    let mut text = format!(
        "\n### Instructions from 0x7C00 to the first HLT at the prompt\n\n{} run, {} for each of the {} bytes printed.\n\n",
        instructions.counted,
        number(instructions.counted as f64 / printed),
        instructions.printed
    );
    text += "| whose | instructions |\n|---|---|\n";
    row(&mut text, ["the program's own".into(), instructions.own.to_string()]);
    let mut stepped = instructions.own;
    for (number, count) in &instructions.firmware {
        let what = match number {
            0x10 => "video",
            0x14 => "serial port",
            0x16 => "keyboard",
            0x1A => "PCI",
            _ => "other",
        };
        stepped += count;
        row(&mut text, [format!("the firmware's in INT {number:02X}h, {what}"), count.to_string()]);
    }
    let interrupts = instructions.counted - stepped;
    row(&mut text, ["the firmware's in hardware interrupts that came meanwhile".into(), interrupts.to_string()]);
    text
}

fn heading(report: &Report) -> String {
    let quick = if report.quick { " **A quick run: not to be quoted.**" } else { "" };
    format!("Measured on {}: {}.{quick}\n", report.date, machine(&report.host))
}

fn machine(host: &Host) -> String {
    let accelerator = host.accelerator.to_uppercase();
    let Host { cpu, cores, kernel, qemu, load, .. } = host;
    format!("{cpu}, {cores} cores, {kernel}, {qemu} with {accelerator}, load average {load} at the start")
}

/// The median with the least and the greatest.
fn spread(figure: Option<Figure>) -> String {
    figure.map_or(NONE.into(), |Figure { median, min, max, .. }| {
        format!("{} ({} – {})", number(median), number(min), number(max))
    })
}

/// The median alone.
fn middle(figure: Option<Figure>) -> String {
    figure.map_or(NONE.into(), |figure| number(figure.median))
}

fn least(memory: Option<LeastMemory>) -> String {
    memory.map_or(NONE.into(), |LeastMemory { works, .. }| match works {
        10_240.. => format!("{} MiB", works / 1024),
        _ => format!("{works} KiB"),
    })
}

/// Three digits that count, at least; no more than three places.
pub fn number(value: f64) -> String {
    let places = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

fn row(text: &mut String, cells: impl IntoIterator<Item = impl AsRef<str>>) {
    for cell in cells {
        let _ = write!(text, "| {} ", cell.as_ref());
    }
    text.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!([0.0309, 0.5, 1.2345, 12.345, 4768.0].map(number), ["0.031", "0.500", "1.23", "12.3", "4768"]);
    }

    #[test]
    fn least_memory_in_the_unit_it_is_thought_of_in() {
        let least = |works| super::least(Some(LeastMemory { works, fails: 0 }));
        assert_eq!([least(1024), least(73_728)], ["1024 KiB", "72 MiB"]);
    }
}
