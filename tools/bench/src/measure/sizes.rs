//! What the images take on disk.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};
use object::{Object, ObjectSymbol};

use crate::report::ImageFile;

/// What `make size` says: the linker script's symbol `__used`.
///
/// # Errors
/// If `elf` is not the program's.
pub fn bytes_used(elf: &Path) -> Result<u64> {
    let bytes = fs::read(elf).with_context(|| format!("{}: run `make all`", elf.display()))?;
    let file = object::File::parse(&*bytes).with_context(|| elf.display().to_string())?;
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok("__used"));
    Ok(symbol.with_context(|| format!("no symbol __used in {}", elf.display()))?.address())
}

/// The images in `build`, by size.
///
/// # Errors
/// If it cannot be read.
pub fn images(build: &Path) -> Result<Vec<ImageFile>> {
    let mut images = Vec::new();
    for entry in fs::read_dir(build)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = entry.metadata()?;
        // boot.elf is a step on the way, and boot256-* goes with a release: no images.
        if metadata.is_file() && name.starts_with("boot") && name != "boot.elf" && !name.starts_with("boot256-") {
            // 512 is the unit of st_blocks on every file system.
            images.push(ImageFile { name, bytes: metadata.len(), on_disk: metadata.blocks() * 512 });
        }
    }
    images.sort_by(|a, b| (a.bytes, &a.name).cmp(&(b.bytes, &b.name)));
    Ok(images)
}
