//! The text screen: what is on it, and what the BIOS's teletype makes of a stream of bytes.

use std::fmt;

use anyhow::{Context, Result};

use crate::qmp::Qmp;

/// Where the screen lies in memory: 80 by 25 cells of a character and its colours, at B8000h.
const TEXT_MEMORY: u32 = 0xB8000;
/// The cursor of page 0 in the BIOS data area: one byte column, one byte row.
const CURSOR: u32 = 0x450;
/// Columns of text mode 3.
const COLUMNS: usize = 80;
/// Rows of text mode 3.
const ROWS: usize = 25;

/// What a machine shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Display {
    /// Nothing: it has no video card.
    None,
    /// Text, as the BIOS has it: a [`Screen`].
    Text,
    /// A [`Picture`](crate::picture::Picture) of text, as UEFI has it.
    Picture,
}

/// Lines of text and a cursor, as a reader sees them: blanks at a line's end do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The rows from the top, as character codes, without the blanks at their ends.
    pub rows: Vec<Vec<u8>>,
    /// Row and column of the cursor, from 0.
    pub cursor: (usize, usize),
}

impl Screen {
    /// Reads the screen of a machine: its text memory and its BIOS's cursor.
    pub(crate) fn read(qmp: &mut Qmp) -> Result<Self> {
        let patience = crate::deadline();
        let cells = qmp.human(&format!("xp /{}xh {TEXT_MEMORY:#x}", ROWS * COLUMNS), patience)?;
        let codes: Vec<u8> = dump(&cells)?.into_iter().map(|cell| cell as u8).collect();
        let cursor = dump(&qmp.human(&format!("xp /2xb {CURSOR:#x}"), patience)?)?;
        let [column, row] = cursor[..] else { anyhow::bail!("no cursor in {cursor:?}") };
        Ok(Self { rows: codes.chunks(COLUMNS).map(trimmed).collect(), cursor: (row.into(), column.into()) })
    }

    /// Whether the screen, from its top to the cursor, ends with `stream` as the BIOS's teletype
    /// shows it from the start of a row on, and is blank below. What stands above is the firmware's.
    pub fn ends_with(&self, stream: &[u8]) -> bool {
        let wanted = teletype(stream, COLUMNS);
        let (row, column) = self.cursor;
        let shown = &self.rows[..(row + 1).min(self.rows.len())];
        let n = wanted.rows.len().min(shown.len());
        column == wanted.cursor.1
            && shown[shown.len() - n..] == wanted.rows[wanted.rows.len() - n..]
            && self.rows[shown.len()..].iter().all(Vec::is_empty)
    }

    /// How often `text` stands on the screen, not counting what wraps.
    pub fn count(&self, text: &[u8]) -> usize {
        self.rows.iter().map(|row| row.windows(text.len()).filter(|part| *part == text).count()).sum()
    }
}

/// The rows down to the last that is not blank, one a line; bytes beyond ASCII as `\xNN`.
impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let used = self.rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        for row in &self.rows[..used] {
            writeln!(f, "  |{}", row.escape_ascii())?;
        }
        write!(f, "  cursor in row {}, column {}", self.cursor.0, self.cursor.1)
    }
}

/// What INT 10h AH=0Eh makes of `stream` on a blank screen of so many columns and any number of rows
/// (Ralf Brown's interrupt list, INT 10/AH=0Eh; SeaBIOS `vgasrc/vgabios.c`, `handle_100e`): BS moves
/// back and not beyond the row's start, CR and LF move, BEL shows nothing, all else is a character,
/// and the cursor goes to the next row right after the last column.
pub(crate) fn teletype(stream: &[u8], columns: usize) -> Screen {
    let mut rows = vec![vec![b' '; columns]];
    let (mut row, mut column) = (0_usize, 0_usize);
    for &byte in stream {
        match byte {
            0x07 => {}
            0x08 => column = column.saturating_sub(1),
            b'\r' => column = 0,
            b'\n' => row += 1,
            _ => {
                rows[row][column] = byte;
                column += 1;
            }
        }
        if column == columns {
            (row, column) = (row + 1, 0);
        }
        if row == rows.len() {
            rows.push(vec![b' '; columns]);
        }
    }
    Screen { rows: rows.iter().map(|row| trimmed(row)).collect(), cursor: (row, column) }
}

/// A row without the blanks, spaces or cells never written, at its end.
fn trimmed(row: &[u8]) -> Vec<u8> {
    let used = row.iter().rposition(|&code| code != b' ' && code != 0).map_or(0, |last| last + 1);
    row[..used].to_vec()
}

/// The numbers of a dump as the human monitor's `xp` prints it: `address: 0x.. 0x..`, line by line.
pub(crate) fn dump(text: &str) -> Result<Vec<u16>> {
    text.lines()
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(_, numbers)| numbers.split_whitespace())
        .map(|number| {
            let digits = number.strip_prefix("0x").with_context(|| format!("no number: {number}"))?;
            u16::from_str_radix(digits, 16).with_context(|| format!("no number: {number}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blank at the end is seen by the cursor alone, and so is one that is missing.
    #[test]
    fn the_cursor_is_where_the_stream_ends() {
        let screen = teletype(b"firmware\r\nhello\r\n$ ", COLUMNS);
        assert!(screen.ends_with(b"hello\r\n$ "));
        for cursor in [(2, 1), (2, 3), (1, 2)] {
            assert!(!Screen { cursor, ..screen.clone() }.ends_with(b"hello\r\n$ "), "{cursor:?}");
        }
    }
}
