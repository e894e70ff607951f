//! The screen under UEFI: a picture, on which OVMF's console draws characters.
//!
//! What the characters look like is nobody's contract, so they are not known here: a picture shows a text if the same
//! character looks the same everywhere, a blank is black, and no two letters look alike.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use serde_json::json;

use crate::qmp::Qmp;
use crate::screen::teletype;

/// A character, in pixels (EDK II, `GraphicsConsole.c`).
const WIDTH: usize = 8;
const HEIGHT: usize = 19;
/// The largest text mode, in columns and rows, that a serial port has too. Without one it is the largest there is.
const MODE: (usize, usize) = (100, 31);

/// A picture of the screen.
#[derive(Debug)]
pub struct Picture {
    width: usize,
    height: usize,
    /// Three bytes each.
    pixels: Vec<u8>,
}

impl Picture {
    /// Takes a picture of the screen.
    pub fn read(qmp: &mut Qmp) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        qmp.execute("screendump", json!({ "filename": file.path() }), crate::deadline())?;
        Self::parse(&std::fs::read(file.path())?).context("no picture")
    }

    /// A picture in the format PPM: `P6`, width, height, the largest value, each in a text, then the pixels.
    fn parse(ppm: &[u8]) -> Option<Self> {
        let mut header = ppm.splitn(4, |&byte| byte == b'\n' || byte == b' ');
        (header.next()? == b"P6").then_some(())?;
        let mut number = || str::from_utf8(header.next()?).ok()?.parse::<usize>().ok();
        let (width, height) = (number()?, number()?);
        let pixels = header.next()?.strip_prefix(b"255\n")?.to_vec();
        (pixels.len() == 3 * width * height).then_some(Self { width, height, pixels })
    }

    /// Whether the screen, which is clear at first, shows how `stream` ends.
    pub fn ends_with(&self, stream: &[u8]) -> bool {
        let largest = (self.width / WIDTH, self.height / HEIGHT);
        [MODE, largest].into_iter().any(|mode| self.shows(stream, mode).unwrap_or(false))
    }

    /// The same of a console of these columns and rows, in the middle of the picture. None if it does not fit.
    fn shows(&self, stream: &[u8], (columns, rows): (usize, usize)) -> Option<bool> {
        let left = self.width.checked_sub(columns * WIDTH)? / 2;
        let top = self.height.checked_sub(rows * HEIGHT)? / 2;
        let wanted = teletype(stream, columns).rows;
        let wanted = &wanted[wanted.len().saturating_sub(rows)..];
        let mut looks = HashMap::new();
        for row in 0..rows {
            for column in 0..columns {
                let lines = (0..HEIGHT).map(|y| (top + row * HEIGHT + y) * self.width + left + column * WIDTH);
                let cell: Vec<u8> = lines.flat_map(|at| &self.pixels[3 * at..][..3 * WIDTH]).copied().collect();
                let right = match wanted.get(row).and_then(|row| row.get(column)) {
                    None | Some(b' ') => cell.iter().all(|&byte| byte == 0),
                    Some(character) => *looks.entry(*character).or_insert_with(|| cell.clone()) == cell,
                };
                if !right {
                    return Some(false);
                }
            }
        }
        // Beyond ASCII the console has not a look for each character.
        let letters = looks.iter().filter(|(character, _)| character.is_ascii()).map(|(_, look)| look);
        Some(letters.clone().count() == letters.collect::<HashSet<_>>().len())
    }
}
