//! The appliance: its manifest and the disk inside.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::archive;
use crate::medium::Medium;
use crate::stream_vmdk;

/// The disk of the appliance, after its manifest was found to hold.
///
/// # Errors
///
/// No OVF as the first file, a file that the manifest does not name or whose SHA-256 is
/// another, a disk that is no stream-optimized VMDK.
pub fn disk(path: &Path) -> Result<Medium> {
    let files = archive::files(File::open(path)?)?;
    ensure!(
        files.first().is_some_and(|file| file.name.ends_with(".ovf")),
        "the OVF is not the first file of the appliance"
    );
    let manifest = files.iter().find(|file| file.name.ends_with(".mf")).context("no manifest")?;
    let manifest = String::from_utf8_lossy(&manifest.content);
    for file in files.iter().filter(|file| !file.name.ends_with(".mf")) {
        let line = format!("SHA256({})= {}", file.name, archive::sha256(&file.content));
        ensure!(manifest.lines().any(|found| found == line), "the manifest has no line {line:?}");
    }
    let vmdk = files.iter().find(|file| file.name.ends_with(".vmdk")).context("no disk")?;
    stream_vmdk::disk(&vmdk.content)
}
