//! The results as a picture: bars, each panel with a scale of its own that begins at zero.
//!
//! Plain SVG without scripts or outside fonts. It follows the reader's light or dark theme, also as
//! an `<img>` on GitHub.

use std::fmt::Write;

use crate::guest::{BOOT256, FLOOR, FLOOR_CLOCK, FLOOR_NOTHING, LINUX, TICK};
use crate::markdown::number;
use crate::report::{GuestReport, Report};

/// Pixels at the picture's own size.
const WIDTH: u32 = 840;
const MARGIN: u32 = 20;
const PANEL: u32 = 390;
const NAME: u32 = 128;
/// What is left for a bar beside its name and its number.
const BAR: u32 = PANEL - NAME - 64;
const ROW: u32 = 24;
const TITLE: u32 = 34;
const HEADER: u32 = 40;

const STYLE: &str = "
    svg { color-scheme: light dark }
    text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 14px }
    .note { font-size: 12px; fill: #59636e }
    .paper { fill: #ffffff }
    .ours { fill: #0969da }
    .other { fill: #afb8c1 }
    .zero { stroke: #d1d9e0 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .note { fill: #9198a1 }
      .paper { fill: #0d1117 }
      .ours { fill: #4493f8 }
      .other { fill: #656c76 }
      .zero { stroke: #3d444d }
    }
";

struct Panel {
    title: &'static str,
    /// Names of the guests, whether it is boot256 itself, and values.
    bars: Vec<(&'static str, bool, f64)>,
}

/// Draws `report`.
pub fn draw(report: &Report) -> String {
    let panel = |title, guests: &[(&'static str, &str)], value: fn(&GuestReport) -> Option<f64>| Panel {
        title,
        bars: guests
            .iter()
            .filter_map(|(name, id)| Some((*name, *id == BOOT256, report.guest(id).and_then(value)?)))
            .collect(),
    };
    let main = [("empty machine", FLOOR), ("boot256", BOOT256), ("minimal Linux", LINUX)];
    let idle = [
        ("nothing left on", FLOOR_NOTHING),
        ("clock, 1 a second", FLOOR_CLOCK),
        ("boot256", BOOT256),
        ("with timer tick", TICK),
        ("minimal Linux", LINUX),
    ];
    let echo = [("boot256", BOOT256), ("with timer tick", TICK), ("minimal Linux", LINUX)];
    let panels = [
        panel("Idle CPU, % of a core", &idle, |guest| Some(guest.idle?.median)),
        panel("Echo of a key, ms", &echo, |guest| Some(guest.echo?.median.median)),
        panel("QEMU's start to the prompt, ms", &main, |guest| Some(guest.ready?.median)),
        panel("Memory of QEMU's process, MiB", &main, |guest| Some(guest.memory?.median)),
    ];

    let mut body = String::new();
    let mut top = HEADER;
    for pair in panels.chunks(2) {
        for (column, panel) in pair.iter().enumerate() {
            draw_panel(&mut body, panel, MARGIN + column as u32 * (PANEL + MARGIN), top);
        }
        let rows = pair.iter().map(|panel| panel.bars.len() as u32).max().unwrap_or_default();
        top += TITLE + rows * ROW + MARGIN;
    }
    let host = &report.host;
    let cpu = format!("{}, {} cores, {}", host.cpu, host.cores, host.qemu.split(" (").next().unwrap_or_default());
    let note = format!("{}, {cpu}, {}. Medians; shorter is better.", report.date, host.accelerator.to_uppercase());
    let quick = if report.quick { " A quick run." } else { "" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">
  <title>What boot256 costs, beside an empty machine and a minimal Linux</title>
  <style>{STYLE}  </style>
  <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>
{body}  <text class=\"note\" x=\"{MARGIN}\" y=\"{note_y}\">{note}</text>
</svg>
",
        height = top + MARGIN,
        note_y = top + 4,
        note = escape(&(note + quick)),
    )
}

fn draw_panel(body: &mut String, panel: &Panel, x: u32, top: u32) {
    let _ = writeln!(body, "  <text class=\"title\" x=\"{x}\" y=\"{top}\">{}</text>", escape(panel.title));
    let most = panel.bars.iter().map(|(_, _, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let zero = x + NAME;
    for (row, (name, ours, value)) in panel.bars.iter().enumerate() {
        let y = top + TITLE / 2 + row as u32 * ROW;
        let length = value / most * f64::from(BAR);
        let class = if *ours { "ours" } else { "other" };
        let (middle, number_x) = (y + 13, f64::from(zero) + length + 7.0);
        let name_x = zero - 8;
        let _ = writeln!(body, "  <text x=\"{name_x}\" y=\"{middle}\" text-anchor=\"end\">{}</text>", escape(name));
        let _ =
            writeln!(body, "  <rect class=\"{class}\" x=\"{zero}\" y=\"{y}\" width=\"{length:.1}\" height=\"17\"/>");
        let _ = writeln!(body, "  <text x=\"{number_x:.1}\" y=\"{middle}\">{}</text>", number(*value));
    }
    let (from, to) = (top + TITLE / 2 - 4, top + TITLE / 2 + panel.bars.len() as u32 * ROW - 3);
    let _ = writeln!(body, "  <line class=\"zero\" x1=\"{zero}\" y1=\"{from}\" x2=\"{zero}\" y2=\"{to}\"/>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
