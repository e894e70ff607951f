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
    use crate::sample::{good, times};

    /// The tables of a page, each with the heading above it, as rows of cells; the names of the columns are the first.
    fn tables(page: &str) -> Vec<(&str, Vec<Vec<&str>>)> {
        let mut tables: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
        let (mut heading, mut before) = ("", "");
        for line in page.lines() {
            heading = line.strip_prefix("### ").unwrap_or(heading);
            if let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
                if !before.starts_with('|') {
                    assert_eq!(before, "", "Markdown takes a table behind text for text: {line}");
                    tables.push((heading, Vec::new()));
                }
                tables.last_mut().unwrap().1.push(row.split(" | ").map(str::trim).collect());
            } else if line.starts_with('|') {
                assert_eq!(line.replace("---", ""), "|".repeat(tables.last().unwrap().1[0].len() + 1));
                assert_eq!(tables.last().unwrap().1.len(), 1, "{line}");
            }
            before = line;
        }
        for (heading, rows) in &tables {
            assert!(rows.len() > 1, "{heading}: {rows:?}");
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{heading}: {rows:?}");
        }
        tables
    }

    /// The rows of the table below `heading`, without the names of the columns.
    #[track_caller]
    fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
        let (_, rows) = tables(page).into_iter().find(|(of, _)| *of == heading).expect(heading);
        rows.into_iter().skip(1).collect()
    }

    #[test]
    fn a_full_page_has_each_table_once() {
        let page = full(&good(), Some(&times()));
        let headings: Vec<_> = tables(&page).into_iter().map(|(heading, _)| heading).collect();
        assert_eq!(
            headings,
            [
                "Goals",
                "Side by side",
                "A key's echo on COM1",
                "Paste into boot256",
                "A reader that stops",
                "Many machines, all boot256, all idle",
                "Instructions from 0x7C00 to the first HLT at the prompt",
                "Sizes",
                "Building and testing",
            ]
        );
        assert_eq!(page.matches("### ").count(), headings.len());
        let page = full(&Report { instructions: None, ..good() }, None);
        assert!(!page.contains("### Instructions") && !page.contains("### Building"), "{page}");
    }

    #[test]
    fn a_goal_says_whether_it_is_met() {
        let mut report = good();
        report.slow[0].lost = 2;
        report.slow[1].lost = 5;
        let page = figures(&report);
        let rows = rows(&page, "Goals");
        assert_eq!(
            rows[0],
            ["QEMU's start to the prompt", "at most 1.2 × the floor's first byte", "1.19 × (119 and 100 ms): met"]
        );
        assert_eq!(rows[5], ["", "in proportion", "0.990 % each, one alone 1.00 %"]);
        assert!(rows.contains(&vec!["a reader that stops", "nothing lost", "7 letters lost: **missed**"]), "{rows:?}");
        assert_eq!(page.matches("**missed**").count(), 1);
    }

    #[test]
    fn each_guest_has_a_row_and_a_word_about_it() {
        let (report, page) = (good(), figures(&good()));
        let rows = rows(&page, "Side by side");
        assert_eq!(
            rows[0],
            [
                "`boot256`",
                "118 (59.0 – 177)",
                "119 (59.5 – 178)",
                "0.960 (0.480 – 1.44)",
                "59.0 (29.5 – 88.5)",
                "1.00 (0.750 – 109)",
                "5.90 (2.95 – 8.85)",
                "1016 KiB",
            ]
        );
        assert_eq!(rows[2][5..], ["–", "5.00 (2.50 – 7.50)", "1016 KiB"], "a floor has no button");
        assert_eq!(rows.len(), report.guests.len());
        for (guest, row) in report.guests.iter().zip(rows) {
            assert_eq!(row[0], format!("`{}`", guest.id));
            assert!(page.contains(&format!("- `{}`: {}\n", guest.id, guest.about)), "{page}");
        }
        assert!(page.contains("took this much of a core, in %: 3.00 (1.50 – 4.50).\n"), "{page}");
    }

    #[test]
    fn echoes_are_of_those_that_have_one_and_of_the_bench_itself() {
        let page = figures(&good());
        let rows = rows(&page, "A key's echo on COM1");
        let names: Vec<_> = rows.iter().map(|row| row[0]).collect();
        let bench = "the bench itself: a thread that sends the byte back";
        assert_eq!(names, ["`boot256`", "`boot256-baseline`", "`linux`", "`floor-echo`", "`boot256-tick`", bench]);
        assert_eq!(rows[0][1..], ["0.980 (0.490 – 1.47)", "2.94", "4.90", "203"]);
    }

    #[test]
    fn pastes_and_slow_readers_say_how_much_and_what_was_lost() {
        let mut report = good();
        (report.pastes[1].wrong, report.pastes[1].lost, report.slow[2].lost) = (2, 40, 6);
        let page = figures(&report);
        let pastes = rows(&page, "Paste into boot256");
        // The rate is of those that came back right: three of five.
        let rate = "8000 (4000 – 12000)";
        assert_eq!(pastes[1], ["`boot256-baseline`", "`-display none`", "5 × 100000 bytes", rate, "40", "2"]);
        let slow = rows(&page, "A reader that stops");
        assert_eq!(slow[1], ["`boot256`", "0.200", "3 × 640 bytes", "1920", "0"]);
        assert_eq!(slow[2], ["`boot256-baseline`", "2.00", "3 × 640 bytes", "1920", "6"]);
    }

    #[test]
    fn many_machines_are_told_together_and_each() {
        let page = figures(&good());
        let rows = rows(&page, "Many machines, all boot256, all idle");
        assert_eq!(rows[1], ["10", "9.00 (4.50 – 13.5)", "0.900", "310", "31.0"]);
    }

    /// What nobody has stepped through is the hardware interrupts'.
    #[test]
    fn the_instructions_add_up_to_what_was_counted() {
        let page = full(&good(), None);
        let rows = rows(&page, "Instructions from 0x7C00 to the first HLT at the prompt");
        assert_eq!(
            rows,
            [
                ["the program's own", "2000"],
                ["the firmware's in INT 10h, video", "70000"],
                ["the firmware's in INT 14h, serial port", "1000"],
                ["the firmware's in INT 16h, keyboard", "300"],
                ["the firmware's in INT 1Ah, PCI", "4000"],
                ["the firmware's in INT 15h, other", "700"],
                ["the firmware's in hardware interrupts that came meanwhile", "32000"],
            ]
        );
        assert!(page.contains("\n110000 run, 8462 for each of the 13 bytes printed.\n"), "{page}");
    }

    #[test]
    fn sizes_and_times() {
        let page = full(&good(), Some(&times()));
        assert!(page.contains("The program takes 255 of its 256 bytes."), "{page}");
        assert_eq!(rows(&page, "Sizes"), [["`boot.img`", "1048576", "4.00"]]);
        let seconds: Vec<_> = rows(&page, "Building and testing").into_iter().map(|row| row[1]).collect();
        assert_eq!(seconds, ["61.0", "7.25", "45.5"]);
        assert!(page.ends_with("\nOn 2026-11-25: A & B <C>, 2 cores, Linux 6, QEMU 7.2 (Debian 1:7.2) with TCG, load average 0.25 at the start.\n"), "{page}");
    }

    #[test]
    fn the_readme_compares_with_nothing_and_with_linux() {
        let page = short(&good());
        let (_, rows) = tables(&page).remove(0);
        assert_eq!(rows[0], ["", "boot256", "an empty machine", "minimal Linux"]);
        assert_eq!(rows[1], ["QEMU's start to the prompt, ms", "119", "101", "2001"]);
        assert_eq!(rows[4], ["echo of a key, ms", "0.980", "–", "0.500"]);
        assert_eq!(rows[6], ["least memory", "1016 KiB", "1016 KiB", "74 MiB"]);
        assert!(page.starts_with("![") && page.ends_with(&heading(&good())), "{page}");
        let mut alone = good();
        alone.guests.retain(|guest| guest.id != LINUX);
        let page = short(&alone);
        assert_eq!(tables(&page)[0].1[0], ["", "boot256", "an empty machine"]);
    }

    #[test]
    fn a_quick_run_says_that_it_is_one() {
        let quick = Report { quick: true, ..good() };
        for (report, says) in [(&quick, true), (&good(), false)] {
            for page in [full(report, None), short(report)] {
                let first = page.lines().find(|line| line.starts_with("Measured on 2026-11-26: A & B <C>, 2 cores"));
                assert_eq!(first.expect("a head").contains("**A quick run: not to be quoted.**"), says);
            }
        }
    }

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
