//! `boot.bin`, the program that every image carries in its first bytes.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use boot256_kit::file;

/// Bytes of `boot.bin`, code and data, padding included.
pub const SIZE: usize = 256;

/// Reads a program and refuses what no image should be made of.
///
/// # Errors
///
/// - The file is not exactly [`SIZE`] bytes.
/// - It holds no code: every byte is the same.
/// - Its words at offset 0 and 4 are equal. VirtualBox takes such a sector for an empty one and
///   does not boot it (VirtualBox, `src/VBox/Devices/PC/BIOS/boot.c`).
pub fn read(path: &Path) -> Result<[u8; SIZE]> {
    let bytes = file::read(path)?;
    let name = path.display();
    let Ok(program) = <[u8; SIZE]>::try_from(bytes.as_slice()) else {
        bail!("{name} has {} bytes instead of {SIZE}", bytes.len());
    };
    ensure!(program.iter().any(|byte| *byte != program[0]), "{name} holds no code: every byte is {:#04x}", program[0]);
    ensure!(program[0..2] != program[4..6], "{name} would not boot on VirtualBox: its words at 0 and 4 are equal");
    Ok(program)
}
