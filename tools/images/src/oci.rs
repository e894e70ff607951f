//! A container image that holds the disk and nothing else: KubeVirt's containerDisk, as an archive
//! that skopeo, podman and buildah load and any registry takes.
//!
//! KubeVirt looks into the image's folder `/disk` for one file, raw or qcow2, and its QEMU runs as
//! user 107 (KubeVirt user guide, "Disks and Volumes", containerDisk). So: one layer, in it that
//! folder with one file of owner 107.
//!
//! Source: Open Container Initiative, "Image Format Specification" 1.1: image layout, manifest,
//! configuration, layer.

use std::collections::HashMap;
use std::io::Write;
use std::str::FromStr;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use oci_spec::image::{
    ANNOTATION_DESCRIPTION, ANNOTATION_LICENSES, ANNOTATION_REF_NAME, ANNOTATION_TITLE, ANNOTATION_VERSION, Arch,
    Descriptor, Digest, ImageConfigurationBuilder, ImageIndexBuilder, ImageManifestBuilder, MediaType,
    OciLayoutBuilder, Os, PlatformBuilder, RootFsBuilder,
};
use serde::Serialize;
use tar::{EntryType, Header};

use crate::archive::{self, Entry};
use crate::identity::sha256;

/// User and group of the QEMU that KubeVirt runs.
const QEMU_USER: u64 = 107;

/// The name that `podman load` gives the image, below `localhost/`.
const REFERENCE: &str = concat!("boot256:", env!("CARGO_PKG_VERSION"));

/// What tells what the image is, in its manifest.
const ANNOTATIONS: [(&str, &str); 4] = [
    (ANNOTATION_TITLE, "boot256"),
    (ANNOTATION_DESCRIPTION, "A KubeVirt containerDisk: a virtual machine whose whole program is 256 bytes"),
    (ANNOTATION_VERSION, env!("CARGO_PKG_VERSION")),
    (ANNOTATION_LICENSES, env!("CARGO_PKG_LICENSE")),
];

/// Packs a disk image as the one file `name` of a container image; `time`, in seconds since 1970, is
/// when the image says it was made.
///
/// # Errors
///
/// `name` is too long for a tar archive, `time` is no time of the calendar.
pub fn pack(disk: &[u8], name: &str, time: u32) -> Result<Vec<u8>> {
    let layer = layer(disk, name, time)?;
    let mut layout = Layout { time, archive: tar::Builder::new(Vec::new()) };
    layout.file("oci-layout", &json(&OciLayoutBuilder::default().image_layout_version("1.0.0").build()?)?)?;

    // No name and no time in the gzip header: the tar file has them.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&layer)?;
    let packed = layout.blob(MediaType::ImageLayerGzip, &gzip.finish()?)?;

    // The architecture is the guest's. KubeVirt starts the image with a program of its own.
    let created = jiff::Timestamp::from_second(time.into())?.to_string();
    let files = RootFsBuilder::default().typ("layers").diff_ids([format!("sha256:{}", sha256(&layer))]).build()?;
    let configuration = ImageConfigurationBuilder::default()
        .created(created)
        .architecture(Arch::Amd64)
        .os(Os::Linux)
        .rootfs(files)
        .build()?;
    let configuration = layout.blob(MediaType::ImageConfig, &json(&configuration)?)?;

    let manifest = ImageManifestBuilder::default()
        .schema_version(2u32)
        .media_type(MediaType::ImageManifest)
        .config(configuration)
        .layers([packed])
        .annotations(texts(&ANNOTATIONS))
        .build()?;
    let mut manifest = layout.blob(MediaType::ImageManifest, &json(&manifest)?)?;
    manifest.set_platform(Some(PlatformBuilder::default().architecture(Arch::Amd64).os(Os::Linux).build()?));
    manifest.set_annotations(Some(texts(&[(ANNOTATION_REF_NAME, REFERENCE)])));
    let index = ImageIndexBuilder::default()
        .schema_version(2u32)
        .media_type(MediaType::ImageIndex)
        .manifests([manifest])
        .build()?;
    layout.file("index.json", &json(&index)?)?;
    archive::finish(layout.archive)
}

/// The layer: the folder and the file in it, which nobody but QEMU may read and nobody write.
fn layer(disk: &[u8], name: &str, time: u32) -> Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    let mut folder = Header::new_ustar();
    folder.set_entry_type(EntryType::Directory);
    archive::append(&mut layer, folder, &Entry { name: "disk/", mode: 0o555, owner: QEMU_USER, time }, &[])?;
    let file = Entry { name: &format!("disk/{name}"), mode: 0o440, owner: QEMU_USER, time };
    archive::append(&mut layer, Header::new_ustar(), &file, disk)?;
    archive::finish(layer)
}

/// The folder of an image layout, as an archive of it.
struct Layout {
    time: u32,
    archive: tar::Builder<Vec<u8>>,
}

impl Layout {
    fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        archive::append(&mut self.archive, Header::new_ustar(), &Entry::public(name, self.time), content)
    }

    /// Adds what is named by its digest.
    fn blob(&mut self, kind: MediaType, content: &[u8]) -> Result<Descriptor> {
        let digest = sha256(content);
        self.file(&format!("blobs/sha256/{digest}"), content)?;
        Ok(Descriptor::new(kind, content.len() as u64, Digest::from_str(&format!("sha256:{digest}"))?))
    }
}

/// The text of an object. Through a value, whose keys are sorted: annotations come in no order.
fn json(object: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_value(object).and_then(|value| serde_json::to_vec(&value)).context("an object of OCI as JSON")
}

fn texts(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
}
