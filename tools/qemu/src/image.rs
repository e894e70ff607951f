//! The images in `build/`, as `make all` leaves them.

use std::path::PathBuf;

/// A disk, floppy or CD image, and the name QEMU has for its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The file.
    pub path: PathBuf,
    /// QEMU's block driver. Always said: a fixed VHD begins like a raw disk, QEMU would take it for one.
    pub format: &'static str,
}

impl Image {
    /// The image `name` of `build/`.
    ///
    /// # Panics
    /// If it is not there.
    #[track_caller]
    pub fn built(name: &str) -> Self {
        Self::at(built(name))
    }

    /// The image at `path`; its format is told by the end of its name.
    ///
    /// # Panics
    /// If the name ends in nothing known.
    #[track_caller]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let format = match path.extension().and_then(|end| end.to_str()) {
            Some("img" | "iso" | "raw") => "raw",
            Some("qcow2") => "qcow2",
            Some("vmdk") => "vmdk",
            Some("vhd") => "vpc",
            Some("vdi") => "vdi",
            _ => panic!("{}: no format known by this name", path.display()),
        };
        Self { path, format }
    }
}

/// The folder of the images: `build/` of this checkout, or what `BOOT256_BUILD` names.
fn folder() -> PathBuf {
    match std::env::var_os("BOOT256_BUILD") {
        Some(folder) => folder.into(),
        None => boot256_kit::root().join("build"),
    }
}

/// The file `name` of `build/`.
///
/// # Panics
/// If it is not there.
#[track_caller]
pub fn built(name: &str) -> PathBuf {
    let path = folder().join(name);
    assert!(path.is_file(), "{} is not there: run `make all`", path.display());
    path
}
