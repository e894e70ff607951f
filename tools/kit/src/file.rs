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
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new()
        .prefix(".boot256-")
        // A temporary file is private by default; the kernel takes the user's umask off this.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    draft.as_file_mut().write_all(content.as_ref()).with_context(|| format!("cannot write {}", path.display()))?;
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

/// Reads the whole of `path`, which is text.
///
/// # Errors
///
/// The file's name and what the system says.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_readable_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.md");
        for content in ["first", "second"] {
            write(&path, content).unwrap();
            assert_eq!(read_text(&path).unwrap(), content);
            assert_eq!(read(&path).unwrap(), content.as_bytes());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // Whatever the umask, the file is not executable, and its mode is more than a temporary file's 0600.
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }

    #[test]
    fn a_write_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        // A folder is in the way of the rename.
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, "new").unwrap_err().to_string().starts_with("cannot put "));
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(read(&folder.path().join("none")).unwrap_err().to_string().starts_with("cannot read "));
        assert!(write(&folder.path().join("none/x"), "").unwrap_err().to_string().starts_with("cannot write in "));
    }
}
