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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flate2::read::GzDecoder;
    use serde_json::Value;

    use super::*;

    fn files(archive: impl Read) -> BTreeMap<String, Vec<u8>> {
        let file = |entry: std::io::Result<tar::Entry<_>>| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        };
        tar::Archive::new(archive).entries().unwrap().map(file).collect()
    }

    fn json_of(file: &[u8]) -> Value {
        serde_json::from_slice(file).unwrap()
    }

    /// The specification's words, and what a registry and `podman load` show of the image.
    #[test]
    fn an_index_leads_to_a_manifest_a_configuration_and_a_layer() {
        let files = files(pack(b"the disk", "boot.qcow2", 1_700_000_000).unwrap().as_slice());
        let blob = |descriptor: &Value| {
            let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
            let content = &files[&format!("blobs/sha256/{digest}")];
            assert_eq!((sha256(content).as_str(), &descriptor["size"]), (digest, &content.len().into()));
            content
        };
        assert_eq!(files["oci-layout"], br#"{"imageLayoutVersion":"1.0.0"}"#);

        let index = json_of(&files["index.json"]);
        assert_eq!(index["schemaVersion"], 2);
        assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
        let [of] = index["manifests"].as_array().unwrap().as_slice() else { panic!("{index}") };
        assert_eq!(of["mediaType"], "application/vnd.oci.image.manifest.v1+json");
        assert_eq!((&of["platform"]["architecture"], &of["platform"]["os"]), (&"amd64".into(), &"linux".into()));
        let name = format!("boot256:{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(of["annotations"], serde_json::json!({ "org.opencontainers.image.ref.name": name }));

        let manifest = json_of(blob(of));
        assert_eq!(manifest["schemaVersion"], 2);
        assert_eq!(manifest["mediaType"], of["mediaType"]);
        assert_eq!(
            manifest["annotations"],
            serde_json::json!({
                "org.opencontainers.image.title": "boot256",
                "org.opencontainers.image.description":
                    "A KubeVirt containerDisk: a virtual machine whose whole program is 256 bytes",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.licenses": "Apache-2.0",
            })
        );

        let configuration = json_of(blob(&manifest["config"]));
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json");
        assert_eq!(configuration["created"], "2023-11-14T22:13:20Z");
        assert_eq!((&configuration["architecture"], &configuration["os"]), (&"amd64".into(), &"linux".into()));
        let [of] = manifest["layers"].as_array().unwrap().as_slice() else { panic!("{manifest}") };
        assert_eq!(of["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
        let mut layer = Vec::new();
        GzDecoder::new(blob(of).as_slice()).read_to_end(&mut layer).unwrap();
        let id = format!("sha256:{}", sha256(&layer));
        assert_eq!(configuration["rootfs"], serde_json::json!({ "type": "layers", "diff_ids": [id] }));
        assert_eq!(files.len(), 5, "{:?}", files.keys());
    }

    /// KubeVirt's QEMU may read the disk, nobody may write it, and there is nothing else.
    #[test]
    fn the_layer_is_a_folder_and_a_disk_of_qemus_user() {
        let layer = layer(b"the disk", "boot.qcow2", 86_400).unwrap();
        let said: Vec<_> = tar::Archive::new(layer.as_slice())
            .entries()
            .unwrap()
            .map(|entry| {
                let header = entry.unwrap().header().clone();
                let path = header.path().unwrap().display().to_string();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (107, 107, 86_400));
                (path, header.entry_type(), header.mode().unwrap())
            })
            .collect();
        let expected = [("disk/", EntryType::Directory, 0o555), ("disk/boot.qcow2", EntryType::Regular, 0o440)];
        assert_eq!(said, expected.map(|(name, kind, mode)| (name.to_string(), kind, mode)));
        assert_eq!(files(layer.as_slice())["disk/boot.qcow2"], b"the disk");
    }
}
