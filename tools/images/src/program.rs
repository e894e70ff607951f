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
    use super::*;

    fn check(bytes: &[u8]) -> Result<[u8; SIZE]> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.path())
    }

    #[test]
    fn takes_256_bytes_of_code() {
        let program: [u8; SIZE] = std::array::from_fn(|i| i as u8);
        assert_eq!(check(&program).unwrap(), program);
    }

    #[test]
    fn refuses_another_size() {
        for size in [0, 255, 257, 512] {
            let error = check(&vec![0x90; size]).unwrap_err().to_string();
            assert!(error.ends_with(&format!("has {size} bytes instead of 256")), "{error}");
        }
    }

    #[test]
    fn refuses_a_program_without_code() {
        for filler in [0x00, 0xFF] {
            let error = check(&[filler; SIZE]).unwrap_err().to_string();
            assert!(error.contains("holds no code"), "{error}");
        }
    }

    #[test]
    fn refuses_what_virtualbox_takes_for_empty() {
        let mut program = [0; SIZE];
        program[2] = 0xF4;
        let error = check(&program).unwrap_err().to_string();
        assert!(error.contains("VirtualBox"), "{error}");
    }
}
