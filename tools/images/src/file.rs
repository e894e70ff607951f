//! Files that appear whole or not at all.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes `path` under a temporary name in the same folder and renames it when it is whole.
///
/// # Errors
///
/// A folder that cannot be written in, a full disk: the temporary file is removed and what was
/// at `path` before is still there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut draft = tempfile::Builder::new()
        .prefix(".boot256-")
        // A temporary file is private by default; the kernel takes the user's umask off this.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    draft.as_file_mut().write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    draft.persist(path).with_context(|| format!("cannot put {} in place", path.display()))?;
    Ok(())
}

/// Reads the whole of `path`.
///
/// # Errors
///
/// The file's name and what the system says.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
