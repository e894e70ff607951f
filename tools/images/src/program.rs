//! `boot.bin`, the program that every image carries in its first bytes.

use std::path::Path;

use anyhow::{Result, ensure};

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
    let program: [u8; SIZE] = bytes
        .as_slice()
        .try_into()
        .ok()
        .ok_or_else(|| anyhow::anyhow!("{name} has {} bytes instead of {SIZE}", bytes.len()))?;
    ensure!(program.iter().any(|byte| *byte != program[0]), "{name} holds no code: every byte is {:#04x}", program[0]);
    ensure!(program[0..2] != program[4..6], "{name} would not boot on VirtualBox: its words at 0 and 4 are equal");
    Ok(program)
}

#[cfg(test)]
mod tests {
    #[test]
    fn refuses_what_no_image_should_be_made_of() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |change: fn(&mut Vec<u8>)| {
            let mut program: Vec<u8> = (0..=255).collect();
            change(&mut program);
            std::fs::write(file.path(), program).unwrap();
            super::read(file.path()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(|_| ()), Ok(()));
        let faults: [(fn(&mut Vec<u8>), &str); 4] = [
            (|program| program.truncate(255), "has 255 bytes instead of 256"),
            (|program| program.push(0), "has 257 bytes instead of 256"),
            (|program| program.fill(0xFF), "holds no code: every byte is 0xff"),
            (|program| program.copy_within(0..2, 4), "would not boot on VirtualBox"),
        ];
        for (fault, said) in faults {
            assert!(read(fault).is_err_and(|error| error.contains(said)), "{said}");
        }
    }
}
