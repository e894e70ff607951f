//! The container image with a disk in it, by the digests that lead from its index to its layer.
//!
//! Source: Open Container Initiative, "Image Format Specification" 1.1; KubeVirt's user guide,
//! "Disks and Volumes", for what a containerDisk is.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::archive;
use crate::medium::Medium;

/// The user of KubeVirt's QEMU.
const QEMU_USER: u64 = 107;

/// The one disk of a container image.
///
/// # Errors
///
/// A digest or size that does not hold, more than one image, layer or disk, a disk that QEMU's user
/// may not read.
pub fn disk(path: &Path) -> Result<Medium> {
    let files = archive::files(File::open(path)?)?;
    let file = |name: &str| {
        let mut found = files.iter().filter(|file| file.name == name);
        let content = found.next().map(|file| file.content.as_slice()).with_context(|| format!("no {name}"))?;
        ensure!(found.next().is_none(), "{name} twice");
        Ok::<_, anyhow::Error>(content)
    };
    // What a descriptor points to, once size and digest hold.
    let blob = |descriptor: &Value, kind: &str| {
        ensure!(descriptor["mediaType"] == kind, "{} instead of {kind}", descriptor["mediaType"]);
        let digest =
            descriptor["digest"].as_str().and_then(|text| text.strip_prefix("sha256:")).context("no digest")?;
        let content = file(&format!("blobs/sha256/{digest}"))?;
        ensure!(descriptor["size"] == content.len(), "{digest} has another size");
        ensure!(archive::sha256(content) == digest, "{digest} has another content");
        Ok::<_, anyhow::Error>(content)
    };
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).context("no JSON");

    ensure!(json(file("oci-layout")?)?["imageLayoutVersion"] == "1.0.0", "another image layout");
    let index = json(file("index.json")?)?;
    let manifest = json(blob(only(&index["manifests"])?, "application/vnd.oci.image.manifest.v1+json")?)?;
    let configuration = json(blob(&manifest["config"], "application/vnd.oci.image.config.v1+json")?)?;
    ensure!(configuration["architecture"] == "amd64" && configuration["os"] == "linux", "another platform");
    let packed = blob(only(&manifest["layers"])?, "application/vnd.oci.image.layer.v1.tar+gzip")?;
    let layer = archive::all(&mut GzDecoder::new(packed))?;
    ensure!(
        *only(&configuration["rootfs"]["diff_ids"])? == format!("sha256:{}", archive::sha256(&layer)),
        "the layer is not the configuration's"
    );

    let files = archive::files(layer.as_slice())?;
    let [folder, disk] = files.as_slice() else {
        bail!("{} entries in the layer instead of a folder and a file", files.len());
    };
    ensure!(folder.name == "disk/" && folder.header.entry_type().is_dir(), "{} is not the folder", folder.name);
    ensure!(disk.header.entry_type().is_file(), "{} is no file", disk.name);
    let name =
        disk.name.strip_prefix("disk/").filter(|name| !name.contains('/')).context("the disk is not in /disk")?;
    let owners = [disk.header.uid()?, disk.header.gid()?, folder.header.uid()?];
    ensure!(owners == [QEMU_USER; 3] && disk.header.mode()? & 0o400 != 0, "user {QEMU_USER} cannot read {name}");

    ensure!([".qcow2", ".img"].iter().any(|kind| name.ends_with(kind)), "{name} is neither qcow2 nor raw");
    // The reader of a disk image wants a file of its own, under its name.
    let work = tempfile::tempdir()?;
    let image = work.path().join(name);
    File::create_new(&image)?.write_all(&disk.content)?;
    Ok(Medium { reader: "flate2, tar, imago", ..Medium::open(&image)? })
}

/// The one element of a list.
fn only(list: &Value) -> Result<&Value> {
    match list.as_array().map(Vec::as_slice) {
        Some([element]) => Ok(element),
        other => bail!("{} elements instead of one", other.map_or(0, <[Value]>::len)),
    }
}
