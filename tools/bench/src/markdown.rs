//! The results as tables.

use std::fmt::Write;

use crate::goals;
use crate::guest::{BOOT256, FLOOR, LINUX};
use crate::host::Host;
use crate::report::{BuildTimes, GuestReport, Instructions, LeastMemory, Report};
use crate::stats::Figure;

/// What stands where a figure does not exist.
pub const NONE: &str = "–";

/// All tables: for `bench.md` and `docs/performance.md`.
pub fn full(report: &Report, times: Option<&BuildTimes>) -> String {
    let mut text = figures(report);
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

/// The tables of what runs.
pub fn figures(report: &Report) -> String {
    let mut text = heading(report);
    text += "\nEach figure is a median, with the least and the greatest sample in brackets.\n\n";
    text += "### Goals\n\n| figure | goal | measured |\n|---|---|---|\n";
    for goal in goals::of(report) {
        let word = match goal.met {
            Some(true) => ": met",
            Some(false) => ": **missed**",
            None => "",
        };
        row(&mut text, [goal.figure.into(), goal.aim.into(), goal.measured + word]);
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

    text += "\n### Paste into boot256\n\n| guest | QEMU | input | bytes a second | bytes lost | answers wrong |\n|---|---|---|---|---|---|\n";
    for paste in &report.pastes {
        let many = format!("{} × {} bytes", paste.rate.n + paste.wrong, paste.bytes);
        row(
            &mut text,
            [
                format!("`{}`", paste.id),
                format!("`{}`", paste.how),
                many,
                spread(Some(paste.rate)),
                paste.lost.to_string(),
                paste.wrong.to_string(),
            ],
        );
    }

    text += "\n### A reader that stops\n\n| guest | stop, s | typed | letters of the answer | lost |\n|---|---|---|---|---|\n";
    for slow in &report.slow {
        row(
            &mut text,
            [
                format!("`{}`", slow.id),
                number(slow.stall),
                format!("{} × {} bytes", slow.runs, slow.typed),
                slow.expected.to_string(),
                slow.lost.to_string(),
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
pub fn spread(figure: Option<Figure>) -> String {
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
        let least = |works| least(Some(LeastMemory { works, fails: 0 }));
        assert_eq!([least(1024), least(73_728)], ["1024 KiB", "72 MiB"]);
    }
}
