//! The picture of the program: 256 bytes as a grid of 16 by 16, a colour for each function.
//!
//! One drawing for the README, a browser and print: no script, no font of its own, its own ground,
//! and colours for light and dark, which the reader's system chooses. An instruction is one shape,
//! broken only where a row of the grid ends. A file has a hue and each function of it a shade; as
//! colours are not enough for everyone, functions have numbers, which the legend explains. Solid is
//! Rust, hatched is assembly, an outline is data, pale is free.

use std::fmt::Write;

use anyhow::{Result, ensure};
use palette::{FromColor, Oklch, Srgb};

use crate::ledger::{Bytes, Ledger};
use crate::listing::{Language, Line, Listing};
use crate::program::CAPACITY;

/// Width and height of the drawing.
const SIZE: (usize, usize) = (1064, 740);
/// Bytes in a row of the grid, and rows.
const SIDE: usize = 16;
/// Width and height of a byte.
const CELL: (usize, usize) = (34, 38);
/// Upper left corner of the grid.
const GRID: (usize, usize) = (76, 104);
/// Upper left corner of the legend, and its right edge.
const LEGEND: (usize, usize, usize) = (668, 78, 1036);
/// From the top of a byte to the line on which its digits stand.
const BASE: usize = 25;
/// Half of the gap between two instructions.
const GAP: f32 = 1.0;

/// The colours of one scheme, save those of the functions.
struct Scheme {
    ground: &'static str,
    edge: &'static str,
    ink: &'static str,
    quiet: &'static str,
    free: &'static str,
    /// Hatching: its colour, and how much of it lies on a byte of assembly.
    hatch: (&'static str, f32),
    /// Lightness of the lightest and the darkest function of a file, and the strength of the hue.
    lightness: (f32, f32),
    chroma: f32,
}

const LIGHT: Scheme = Scheme {
    ground: "#ffffff",
    edge: "#dcdeda",
    ink: "#1f2429",
    quiet: "#5b646c",
    free: "#eceeed",
    hatch: ("#ffffff", 0.38),
    lightness: (0.92, 0.78),
    chroma: 0.085,
};

const DARK: Scheme = Scheme {
    ground: "#14171b",
    edge: "#2f363e",
    ink: "#f0f3f5",
    quiet: "#98a3ad",
    free: "#23282e",
    hatch: ("#ffffff", 0.13),
    lightness: (0.45, 0.33),
    chroma: 0.075,
};

/// A function in the legend.
struct Key<'a> {
    name: &'a str,
    file: &'a str,
    bytes: Bytes,
    /// Its file's, in degrees.
    hue: f32,
    /// Place among the functions of its file, from 0 (the lightest) to 1.
    shade: f32,
}

/// Draws the program.
///
/// # Errors
///
/// It has more than [`CAPACITY`] bytes.
pub fn map_svg(listing: &Listing) -> Result<String> {
    ensure!(listing.program.used <= CAPACITY, "the program has {} bytes", listing.program.used);
    let ledger = Ledger::new(listing)?;
    let keys = keys(&ledger);
    let mut svg = String::new();
    let Bytes { rust, assembly, data } = ledger.total;
    let used = ledger.total.sum();
    let free = CAPACITY - used;
    let counts = format!("{rust} bytes from Rust, {assembly} written in assembly, {data} of data, {free} free");
    let (width, height) = SIZE;
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">The 256 bytes of boot256</title>\n\
         <desc id=\"desc\">A grid of 16 by 16 bytes, coloured by function: {counts}.</desc>\n\
         {}<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"12\"/>\n\
         <text class=\"title\" x=\"28\" y=\"42\">boot.bin</text>\n\
         <text class=\"quiet\" x=\"140\" y=\"42\">{used} of {CAPACITY} bytes, loaded at {:04X}h</text>\n",
        style(&keys),
        width - 1,
        height - 1,
        listing.program.origin,
    );
    heads(&mut svg, listing.program.origin);
    for line in &listing.lines {
        instruction(&mut svg, line, usize::from(line.address - listing.program.origin), &keys);
    }
    bytes(&mut svg, listing, &keys);
    legend(&mut svg, &ledger, &keys, free);
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The functions, those of a file together.
fn keys(ledger: &Ledger) -> Vec<Key<'_>> {
    let mut keys = Vec::new();
    // Hues as far from each other as they can be, and those of neighbours in the legend farther.
    let count = ledger.files.len();
    let stride = (1..count).filter(|&s| gcd(s, count) == 1).min_by_key(|s| (s * 8).abs_diff(count * 3)).unwrap_or(1);
    for (i, file) in ledger.files.iter().enumerate() {
        let hue = (200.0 + (i * stride) as f32 * 360.0 / count as f32) % 360.0;
        let rows: Vec<_> = ledger.functions.iter().filter(|row| row.file == file.name).collect();
        for (i, row) in rows.iter().enumerate() {
            let shade = if rows.len() > 1 { i as f32 / (rows.len() - 1) as f32 } else { 0.35 };
            keys.push(Key { name: &row.name, file: &row.file, bytes: row.bytes, hue, shade });
        }
    }
    keys
}

/// The colour of a function in a scheme.
fn fill(key: &Key, scheme: &Scheme) -> Srgb<u8> {
    let (lightest, darkest) = scheme.lightness;
    let lightness = lightest + (darkest - lightest) * key.shade;
    Srgb::from_color(Oklch::new(lightness, scheme.chroma, key.hue)).into_format()
}

fn style(keys: &[Key]) -> String {
    let mut style = String::from(
        "<style>\n\
         text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; font-size: 12px }\n\
         .title { font-size: 20px; font-weight: 600 }\n\
         .byte { font-size: 13px; text-anchor: middle }\n\
         .tag { font-size: 8px }\n\
         .end { text-anchor: end }\n\
         .middle { text-anchor: middle }\n\
         .strong { font-weight: 600 }\n\
         .hatch { fill: url(#hatch); pointer-events: none }\n",
    );
    for (scheme, dark) in [(&LIGHT, false), (&DARK, true)] {
        if dark {
            style.push_str("@media (prefers-color-scheme: dark) {\n");
        }
        let Scheme { ground, edge, ink, quiet, free, hatch: (hatch, opacity), .. } = scheme;
        let _ = write!(
            style,
            "text {{ fill: {ink} }}\n\
             .quiet {{ fill: {quiet} }}\n\
             .ground {{ fill: {ground}; stroke: {edge} }}\n\
             .rule {{ stroke: {edge} }}\n\
             .free {{ fill: {free} }}\n\
             .lines {{ stroke: {hatch}; stroke-opacity: {opacity} }}\n\
             .sample {{ fill: {quiet}; fill-opacity: 0.45 }}\n\
             .sample-data {{ fill: none; stroke: {quiet} }}\n",
        );
        for (i, key) in keys.iter().enumerate() {
            let colour = fill(key, scheme);
            let _ = writeln!(style, ".f{i} {{ fill: #{colour:x}; stroke: #{colour:x} }}");
        }
        if dark {
            style.push_str("}\n");
        }
    }
    // Data: the fill pale, its edge in full colour.
    style.push_str(".data { fill-opacity: 0.3; stroke-width: 1.5 }\n.code { stroke: none }\n");
    style.push_str("</style>\n");
    let _ = writeln!(
        style,
        "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><path class=\"lines\" d=\"M1 0V6\" stroke-width=\"2\"/></pattern></defs>"
    );
    style
}

/// Names of rows and columns.
fn heads(svg: &mut String, origin: u16) {
    for i in 0..SIDE {
        let x = GRID.0 + i * CELL.0 + CELL.0 / 2;
        let _ = writeln!(svg, "<text class=\"quiet middle\" x=\"{x}\" y=\"{}\">{i:X}</text>", GRID.1 - 10);
        let y = GRID.1 + i * CELL.1 + BASE;
        let address = usize::from(origin) + i * SIDE;
        let _ = writeln!(svg, "<text class=\"quiet end\" x=\"{}\" y=\"{y}\">{address:04X}</text>", GRID.0 - 12);
    }
}

/// The shapes of an instruction, one in each row that it reaches.
fn instruction(svg: &mut String, line: &Line, offset: usize, keys: &[Key]) {
    let class = match (line.language, number(line, keys)) {
        (Language::Free, _) | (_, None) => "free code".to_owned(),
        (Language::Data, Some(i)) => format!("f{i} data"),
        (_, Some(i)) => format!("f{i} code"),
    };
    // No line of the source: a picture in the project's pages must not change with a comment.
    let tip = match line.language {
        Language::Free => "free".to_owned(),
        _ => format!("{:04X}h: {} ({})", line.address, line.text, line.function),
    };
    let mut shapes = Vec::new();
    let (mut at, end) = (offset, offset + line.bytes.len());
    while at < end {
        let to = end.min(at / SIDE * SIDE + SIDE);
        let inset = if line.language == Language::Data { GAP + 0.75 } else { GAP };
        let (x, y) = corner(at);
        let (x, y) = (x as f32 + inset, y as f32 + inset);
        let (width, height) = (((to - at) * CELL.0) as f32 - 2.0 * inset, CELL.1 as f32 - 2.0 * inset);
        shapes.push(format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\""));
        at = to;
    }
    let _ = write!(svg, "<g><title>{}</title>", escape(&tip));
    for shape in &shapes {
        let _ = write!(svg, "<rect class=\"{class}\" {shape}/>");
        if line.language == Language::Assembly {
            let _ = write!(svg, "<rect class=\"hatch\" {shape}/>");
        }
    }
    svg.push_str("</g>\n");
}

/// The bytes in hexadecimal, and the functions' numbers where they begin.
fn bytes(svg: &mut String, listing: &Listing, keys: &[Key]) {
    let mut offset = 0;
    let mut before = None;
    for line in &listing.lines {
        let here = number(line, keys);
        if let Some(i) = here.filter(|_| here != before) {
            let (x, y) = corner(offset);
            let _ = writeln!(svg, "<text class=\"tag\" x=\"{}\" y=\"{}\">{}</text>", x + 4, y + 10, i + 1);
        }
        before = here;
        for byte in &line.bytes {
            let (x, y) = corner(offset);
            let quiet = if line.language == Language::Free { " quiet" } else { "" };
            let (x, y) = (x + CELL.0 / 2, y + BASE);
            let _ = writeln!(svg, "<text class=\"byte{quiet}\" x=\"{x}\" y=\"{y}\">{byte:02X}</text>");
            offset += 1;
        }
    }
}

/// Who wrote what, and the bytes of each function.
fn legend(svg: &mut String, ledger: &Ledger, keys: &[Key], free: usize) {
    let (left, top, right) = LEGEND;
    let columns = [right - 156, right - 104, right - 52, right];
    let y = 42;
    for (x, name, class) in [(668, "Rust", "sample"), (752, "assembly", "sample"), (868, "data", "sample-data")] {
        let shape = format!("x=\"{x}\" y=\"{}\" width=\"22\" height=\"14\" rx=\"3\"", y - 11);
        let _ = write!(svg, "<rect class=\"{class}\" {shape}/>");
        if name == "assembly" {
            let _ = write!(svg, "<rect class=\"hatch\" {shape}/>");
        }
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{y}\">{name}</text>", x + 30);
    }
    let _ = writeln!(svg, "<rect class=\"free\" x=\"944\" y=\"{}\" width=\"22\" height=\"14\" rx=\"3\"/>", y - 11);
    let _ = writeln!(svg, "<text x=\"974\" y=\"{y}\">free</text>");

    for (x, name) in columns.iter().zip(["Rust", "asm", "data", "bytes"]) {
        let _ = writeln!(svg, "<text class=\"quiet end\" x=\"{x}\" y=\"{}\">{name}</text>", top + 12);
    }
    // As high as the grid, whatever the number of functions.
    let files = ledger.files.len();
    let bottom = GRID.1 + SIDE * CELL.1;
    let rows = keys.len() + files + 2;
    let apart = 3.0;
    let step = (((bottom - top - 16) as f32 - apart * files as f32) / rows as f32).min(19.0);
    let mut y = top as f32 + 12.0;
    let mut file = None;
    for (i, key) in keys.iter().enumerate() {
        if file != Some(key.file) {
            y += step + apart;
            file = Some(key.file);
            let name = if key.file.is_empty() { "constants" } else { key.file };
            let _ = writeln!(svg, "<text class=\"quiet\" x=\"{left}\" y=\"{y:.1}\">{}</text>", escape(name));
        }
        y += step;
        let Bytes { rust, assembly, data } = key.bytes;
        let shape =
            format!("x=\"{left}\" y=\"{:.1}\" width=\"26\" height=\"{:.1}\" rx=\"3\"", y - step + 4.5, step - 2.0);
        let _ = write!(svg, "<rect class=\"f{i} code\" {shape}/>");
        if rust == 0 {
            let _ = write!(svg, "<rect class=\"hatch\" {shape}/>");
        }
        let _ = write!(svg, "<text class=\"tag middle\" x=\"{}\" y=\"{:.1}\">{}</text>", left + 13, y - 0.5, i + 1);
        let _ = write!(svg, "<text x=\"{}\" y=\"{y:.1}\">{}</text>", left + 34, escape(key.name));
        for (x, count) in columns.iter().zip([rust, assembly, data]).filter(|(_, count)| *count > 0) {
            let _ = write!(svg, "<text class=\"quiet end\" x=\"{x}\" y=\"{y:.1}\">{count}</text>");
        }
        let _ = writeln!(svg, "<text class=\"end\" x=\"{right}\" y=\"{y:.1}\">{}</text>", key.bytes.sum());
    }
    let Bytes { rust, assembly, data } = ledger.total;
    y += step;
    let _ = writeln!(svg, "<path class=\"rule\" d=\"M{left} {:.1}H{right}\"/>", y - step + 5.5);
    y += 3.0;
    let _ = write!(svg, "<text class=\"strong\" x=\"{left}\" y=\"{y:.1}\">used</text>");
    for (x, count) in columns.iter().zip([rust, assembly, data, ledger.total.sum()]) {
        let _ = write!(svg, "<text class=\"strong end\" x=\"{x}\" y=\"{y:.1}\">{count}</text>");
    }
    y += step;
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{y:.1}\">free</text><text class=\"end\" x=\"{right}\" y=\"{y:.1}\">{free}</text>"
    );
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn number(line: &Line, keys: &[Key]) -> Option<usize> {
    let file = line.place.as_ref().map_or("", |(file, _)| file.as_str());
    keys.iter().position(|key| key.name == line.function && key.file == file)
}

/// Upper left corner of a byte.
fn corner(offset: usize) -> (usize, usize) {
    (GRID.0 + offset % SIDE * CELL.0, GRID.1 + offset / SIDE * CELL.1)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Row;
    use crate::program::Program;

    /// WCAG 2.2: relative luminance.
    fn luminance(colour: Srgb<f32>) -> f32 {
        let linear = colour.into_linear();
        0.2126 * linear.red + 0.7152 * linear.green + 0.0722 * linear.blue
    }

    /// WCAG 2.2: contrast ratio.
    fn contrast(one: Srgb<f32>, other: Srgb<f32>) -> f32 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn colour(hex: &str) -> Srgb<f32> {
        hex.parse::<Srgb<u8>>().unwrap().into_format()
    }

    /// `over` on `under`, as opaque as `opacity` says.
    fn mixed(under: Srgb<f32>, over: Srgb<f32>, opacity: f32) -> Srgb<f32> {
        under * (1.0 - opacity) + over * opacity
    }

    #[test]
    fn every_text_has_the_contrast_of_wcag_aa() {
        for scheme in [&LIGHT, &DARK] {
            let (ink, quiet, ground) = (colour(scheme.ink), colour(scheme.quiet), colour(scheme.ground));
            assert!(contrast(quiet, ground) >= 4.5 && contrast(ink, ground) >= 4.5);
            assert!(contrast(quiet, colour(scheme.free)) >= 4.5, "the free bytes");
            for hue in (0..360).step_by(5) {
                for shade in [0.0, 0.35, 0.5, 1.0] {
                    let key = Key { name: "", file: "", bytes: Bytes::default(), hue: hue as f32, shade };
                    let fill = fill(&key, scheme).into_format();
                    let hatch = mixed(fill, colour(scheme.hatch.0), scheme.hatch.1);
                    let data = mixed(ground, fill, 0.3);
                    for (what, under) in [("Rust", fill), ("assembly", hatch), ("data", data)] {
                        let ratio = contrast(ink, under);
                        assert!(ratio >= 4.5, "{what}, hue {hue}, shade {shade}, on {}: {ratio}", scheme.ground);
                    }
                }
            }
        }
    }

    #[test]
    fn no_two_functions_look_alike() {
        let row = |name: &str, file: &str| Row { name: name.into(), file: file.into(), bytes: Bytes::default() };
        let files = ["a", "b", "c", "d", "e", "f"];
        let ledger = Ledger {
            functions: files.iter().flat_map(|file| ["x", "y", "z"].map(|name| row(name, file))).collect(),
            files: files.iter().map(|file| row(file, file)).collect(),
            total: Bytes::default(),
        };
        let keys = keys(&ledger);
        assert_eq!(keys.len(), 18);
        for scheme in [&LIGHT, &DARK] {
            let mut fills: Vec<_> = keys.iter().map(|key| format!("{:x}", fill(key, scheme))).collect();
            fills.sort();
            fills.dedup();
            assert_eq!(fills.len(), keys.len());
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }

    /// A ledger of `files` files with so many functions each.
    fn ledger(files: usize, functions: usize) -> Ledger {
        let row =
            |name: String, file: &str| Row { name, file: file.into(), bytes: Bytes { rust: 2, assembly: 0, data: 0 } };
        let names: Vec<_> = (0..files).map(|i| format!("src/{i}.rs")).collect();
        Ledger {
            functions: names.iter().flat_map(|file| (0..functions).map(move |i| row(format!("f{i}"), file))).collect(),
            files: names.iter().map(|file| row(file.clone(), file)).collect(),
            total: Bytes { rust: files * functions * 2, assembly: 0, data: 0 },
        }
    }

    /// All hues as far apart as they can be, and a file's from the next one's by about three eighths of the circle,
    /// in degrees: 144 for five files.
    #[test]
    fn hues_of_neighbours_are_far_apart() {
        for (files, apart) in [(2, 180.0), (3, 120.0), (5, 144.0), (8, 135.0), (9, 160.0), (10, 108.0), (12, 150.0)] {
            let ledger = ledger(files, 1);
            let hues: Vec<f32> = keys(&ledger).iter().map(|key| key.hue).collect();
            assert_eq!(hues[0], 200.0);
            for pair in hues.windows(2) {
                let step = (pair[1] - pair[0]).rem_euclid(360.0);
                assert!((step - apart).abs() < 0.01, "{files} files: {hues:?}");
            }
            let mut sorted = hues.clone();
            sorted.sort_by(f32::total_cmp);
            assert!(sorted[0] >= 0.0 && sorted[files - 1] < 360.0, "{hues:?}");
            let even = sorted.windows(2).all(|pair| (pair[1] - pair[0] - 360.0 / files as f32).abs() < 0.01);
            assert!(even, "{files} files: {hues:?}");
        }
    }

    #[test]
    fn shades_go_from_the_lightest_to_the_darkest() {
        let shades = |functions| keys(&ledger(1, functions)).iter().map(|key| key.shade).collect::<Vec<_>>();
        assert_eq!(shades(1), [0.35]);
        assert_eq!(shades(2), [0.0, 1.0]);
        assert_eq!(shades(5), [0.0, 0.25, 0.5, 0.75, 1.0]);
    }

    /// Where the words of a legend stand: their text, and the line that they stand on.
    fn legend_of(ledger: &Ledger) -> Vec<(String, f32)> {
        let mut svg = String::from("<svg>");
        legend(&mut svg, ledger, &keys(ledger), 3);
        let svg = svg + "</svg>";
        let tree = roxmltree::Document::parse(&svg).unwrap();
        let words = tree.descendants().filter(|node| node.has_tag_name("text"));
        words.map(|node| (node.text().unwrap().to_owned(), node.attribute("y").unwrap().parse().unwrap())).collect()
    }

    #[test]
    fn a_legend_is_no_higher_than_the_grid() {
        let bottom = (GRID.1 + SIDE * CELL.1) as f32;
        for (files, functions) in [(6, 6), (1, 60), (12, 4)] {
            let words = legend_of(&ledger(files, functions));
            let (last, y) = &words[words.len() - 2];
            assert_eq!(last, "free");
            assert!((bottom - 3.0..bottom).contains(y), "{files} files: {y} of {bottom}");
            // Each row below the one before it, none on the head.
            let rows: Vec<f32> =
                words.iter().filter(|(word, _)| word.starts_with('f')).map(|(_, y)| *y).skip(1).collect();
            assert!(rows.windows(2).all(|pair| pair[1] - pair[0] > 5.0), "{rows:?}");
            assert!(rows[0] > LEGEND.1 as f32 + 12.0);
        }
    }

    #[test]
    fn a_short_legend_has_rows_of_19_pixels() {
        let words = legend_of(&ledger(2, 2));
        let of = |text: &str| -> Vec<f32> { words.iter().filter(|(word, _)| word == text).map(|(_, y)| *y).collect() };
        let top = LEGEND.1 as f32 + 12.0;
        // A file is 3 pixels from what is above it, and so are the sums.
        assert_eq!(of("src/0.rs"), [top + 22.0]);
        assert_eq!(of("f0"), [top + 41.0, top + 101.0]);
        assert_eq!(of("f1"), [top + 60.0, top + 120.0]);
        assert_eq!(of("src/1.rs"), [top + 82.0]);
        assert_eq!(of("used"), [top + 142.0]);
        assert_eq!(of("free")[1..], [top + 161.0]);
    }

    /// Six bytes of a function and nothing else: the rest is free.
    #[test]
    fn the_words_of_the_picture_add_up_to_256() {
        let line = |address, count: usize, language, function: &str| Line {
            address,
            bytes: vec![0x90; count],
            text: String::new(),
            language,
            function: function.into(),
            place: (language == Language::Rust).then(|| ("src/a.rs".into(), None)),
            contract: None,
        };
        let program = Program {
            origin: 0x7C00,
            bytes: vec![0x90; CAPACITY],
            used: 6,
            free_at: 0x7C06,
            functions: vec![],
            constants: vec![],
        };
        let lines = vec![line(0x7C00, 6, Language::Rust, "f"), line(0x7C06, 250, Language::Free, "")];
        let svg = map_svg(&Listing { program, lines }).unwrap();
        let tree = roxmltree::Document::parse(&svg).unwrap();
        let desc = tree.descendants().find(|node| node.has_tag_name("desc")).unwrap().text().unwrap();
        assert!(desc.ends_with(": 6 bytes from Rust, 0 written in assembly, 0 of data, 250 free."), "{desc}");
        // And the legend's last two words.
        let words: Vec<_> =
            tree.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
        assert!(words.ends_with(&["free", "250"]), "{words:?}");
    }
}
