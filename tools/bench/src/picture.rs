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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::good;
    use roxmltree::{Document, Node};

    fn number_of(node: &Node, name: &str) -> f64 {
        let text = node.attribute(name).unwrap_or_else(|| panic!("no {name} in {node:?}"));
        text.parse().unwrap_or_else(|_| panic!("{name} is {text}"))
    }

    /// A bar with the words beside it.
    struct Bar<'a> {
        ours: bool,
        left: f64,
        top: f64,
        width: f64,
        height: f64,
        name: Words<'a>,
        number: Words<'a>,
    }

    struct Words<'a> {
        text: &'a str,
        x: f64,
        baseline: f64,
    }

    /// A panel as it is drawn.
    struct Drawn<'a> {
        title: Words<'a>,
        bars: Vec<Bar<'a>>,
        /// The line that the bars begin at: its x, and from where to where it goes.
        zero: (f64, f64, f64),
    }

    fn words<'a>(node: &Node<'a, '_>) -> Words<'a> {
        Words { text: node.text().unwrap(), x: number_of(node, "x"), baseline: number_of(node, "y") }
    }

    /// The panels of a picture, in the order in which they are drawn.
    fn panels<'a>(tree: &'a Document) -> Vec<Drawn<'a>> {
        let mut panels = Vec::new();
        let mut shapes = tree.root_element().children().filter(Node::is_element);
        while let Some(shape) = shapes.next() {
            match (shape.tag_name().name(), shape.attribute("class")) {
                ("text", Some("title")) => {
                    panels.push(Drawn { title: words(&shape), bars: Vec::new(), zero: (0.0, 0.0, 0.0) });
                }
                ("text", None) => {
                    let bar = shapes.next().expect("a bar follows its name");
                    let number = shapes.next().expect("its number follows");
                    assert_eq!(shape.attribute("text-anchor"), Some("end"));
                    assert_eq!(number.attribute("text-anchor"), None);
                    panels.last_mut().unwrap().bars.push(Bar {
                        ours: bar.attribute("class") == Some("ours"),
                        left: number_of(&bar, "x"),
                        top: number_of(&bar, "y"),
                        width: number_of(&bar, "width"),
                        height: number_of(&bar, "height"),
                        name: words(&shape),
                        number: words(&number),
                    });
                }
                ("line", Some("zero")) => {
                    assert_eq!(number_of(&shape, "x1"), number_of(&shape, "x2"));
                    panels.last_mut().unwrap().zero =
                        (number_of(&shape, "x1"), number_of(&shape, "y1"), number_of(&shape, "y2"));
                }
                _ => {}
            }
        }
        panels
    }

    /// Room that a number of four digits takes behind its bar, in pixels.
    const DIGITS: f64 = 45.0;

    #[test]
    fn each_panel_shows_its_figures() {
        let svg = draw(&good());
        let tree = Document::parse(&svg).unwrap();
        let shown: Vec<(&str, Vec<(&str, &str)>)> = panels(&tree)
            .iter()
            .map(|panel| (panel.title.text, panel.bars.iter().map(|bar| (bar.name.text, bar.number.text)).collect()))
            .collect();
        assert_eq!(
            shown,
            [
                (
                    "Idle CPU, % of a core",
                    vec![
                        ("nothing left on", "0.000"),
                        ("boot256", "0.960"),
                        ("with timer tick", "0.103"),
                        ("minimal Linux", "2.00"),
                    ]
                ),
                (
                    "Echo of a key, ms",
                    vec![("boot256", "0.980"), ("with timer tick", "0.750"), ("minimal Linux", "0.500")]
                ),
                (
                    "QEMU's start to the prompt, ms",
                    vec![("empty machine", "101"), ("boot256", "119"), ("minimal Linux", "2001")]
                ),
                (
                    "Memory of QEMU's process, MiB",
                    vec![("empty machine", "50.0"), ("boot256", "59.0"), ("minimal Linux", "1000")]
                ),
            ]
        );
        for bar in panels(&tree).iter().flat_map(|panel| &panel.bars) {
            assert_eq!(bar.ours, bar.name.text == "boot256");
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_number_and_the_longest_fills_its_panel() {
        let svg = draw(&good());
        let tree = Document::parse(&svg).unwrap();
        for panel in panels(&tree) {
            let value = |bar: &Bar| bar.number.text.parse::<f64>().unwrap();
            let longest = panel.bars.iter().map(|bar| bar.width).fold(0.0, f64::max);
            let most = panel.bars.iter().map(value).fold(0.0, f64::max);
            for bar in &panel.bars {
                let expected = value(bar) / most * longest;
                assert!((bar.width - expected).abs() < 0.5, "{}: {} is {}", panel.title.text, bar.name.text, bar.width);
            }
            // With the name on its left and the number on its right it is as wide as the panel.
            let left = panel.zero.0 - panel.title.x;
            assert!((100.0..150.0).contains(&left), "room for a name: {left}");
            let right = panel.title.x + f64::from(PANEL) - panel.zero.0 - longest;
            assert!((DIGITS..DIGITS + 40.0).contains(&right), "room for a number: {right}");
        }
    }

    #[test]
    fn words_stand_beside_their_bars() {
        let svg = draw(&good());
        let tree = Document::parse(&svg).unwrap();
        for panel in panels(&tree) {
            for bar in &panel.bars {
                assert_eq!(bar.left, panel.zero.0, "all begin at zero");
                for words in [&bar.name, &bar.number] {
                    // Letters of 13 pixels stand 9 above the line: in the middle of a bar of 17.
                    let below = bar.top + bar.height - words.baseline;
                    assert!((3.0..6.0).contains(&below), "{}: {below}", words.text);
                }
                let gaps = [bar.left - bar.name.x, bar.number.x - bar.left - bar.width];
                assert!(gaps.iter().all(|gap| (5.0..10.0).contains(gap)), "{gaps:?}");
            }
            // Row below row, none on another; the line of zero passes them all, and no further.
            for pair in panel.bars.windows(2) {
                let gap = pair[1].top - pair[0].top - pair[0].height;
                assert!((5.0..10.0).contains(&gap), "{gap}");
            }
            let (first, last) = (&panel.bars[0], panel.bars.last().unwrap());
            let over = [first.top - panel.zero.1, panel.zero.2 - last.top - last.height];
            assert!(over.iter().all(|over| (2.0..6.0).contains(over)), "{over:?}");
            let below_title = panel.zero.1 - panel.title.baseline;
            assert!((8.0..20.0).contains(&below_title), "{below_title}");
        }
    }

    #[test]
    fn panels_stand_two_and_two_in_the_picture() {
        let svg = draw(&good());
        let tree = Document::parse(&svg).unwrap();
        let picture = tree.root_element();
        let (width, height) = (number_of(&picture, "width"), number_of(&picture, "height"));
        assert_eq!(picture.attribute("viewBox"), Some(&*format!("0 0 {width} {height}")));
        let paper = picture.children().find(|node| node.attribute("class") == Some("paper")).unwrap();
        assert_eq!((number_of(&paper, "width"), number_of(&paper, "height")), (width, height));

        let panels = panels(&tree);
        let [one, other, third, fourth] = &panels[..] else { panic!("{} panels", panels.len()) };
        let margin = one.title.x;
        assert!((15.0..30.0).contains(&margin) && one.title.baseline > 20.0);
        for (left, right) in [(one, other), (third, fourth)] {
            assert_eq!(left.title.baseline, right.title.baseline);
            assert_eq!(left.title.x, margin);
            // As far from each other as from the picture's edges.
            assert_eq!(right.title.x, margin + f64::from(PANEL) + margin);
            assert_eq!(right.title.x + f64::from(PANEL) + margin, width);
        }
        let end = |one: &Drawn, other: &Drawn| one.zero.2.max(other.zero.2);
        let apart = third.title.baseline - end(one, other);
        assert!((30.0..50.0).contains(&apart), "{apart}");
        let note = picture.children().find(|node| node.attribute("class") == Some("note")).unwrap();
        let note = words(&note);
        assert_eq!(note.x, margin);
        assert!((20.0..50.0).contains(&(note.baseline - end(third, fourth))), "below the bars");
        assert!((10.0..30.0).contains(&(height - note.baseline)), "and in the picture");
    }

    #[test]
    fn the_note_says_where_and_when() {
        let note = |report: &Report| {
            let svg = draw(report);
            let tree = Document::parse(&svg).unwrap();
            let node = tree.descendants().find(|node| node.attribute("class") == Some("note")).unwrap();
            node.text().unwrap().to_owned()
        };
        let words = "2026-11-26, A & B <C>, 2 cores, QEMU 7.2, TCG. Medians; shorter is better.";
        assert_eq!(note(&good()), words);
        assert_eq!(note(&Report { quick: true, ..good() }), format!("{words} A quick run."));
    }

    /// A guest that was not measured has no bar, and a panel without bars no length to divide by.
    #[test]
    fn without_figures_there_are_no_bars() {
        let svg = draw(&Report { guests: Vec::new(), ..good() });
        let tree = Document::parse(&svg).unwrap();
        let panels = panels(&tree);
        assert!(panels.len() == 4 && panels.iter().all(|panel| panel.bars.is_empty()));
        assert!(!svg.contains("NaN"));
    }
}
