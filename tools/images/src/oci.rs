//! A container image that holds the disk and nothing else: KubeVirt's containerDisk, as an archive
//! that docker, containerd, skopeo, podman and buildah load and any registry takes.
//!
//! KubeVirt looks into the image's folder `/disk` for one file, raw or qcow2, and its QEMU runs as
//! user 107 (KubeVirt user guide, "Disks and Volumes", containerDisk). So: one layer, in it that
//! folder with one file of owner 107.
//!
//! Sources: Open Container Initiative, "Image Format Specification" 1.1: image layout, manifest,
//! configuration, layer; Moby, "Docker Image Specification" 1.2, for `manifest.json`. Both layouts name the same
//! blobs, as in what `docker save` writes.

use std::io::Write;

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use tar::{EntryType, Header};

use crate::archive::{self, DATE, PUBLIC};
use crate::identity::sha256;

/// User and group of the QEMU that KubeVirt runs.
const QEMU_USER: u64 = 107;

/// The name that the tools give the image where they were told none.
const REFERENCE: &str = concat!("boot256:", env!("CARGO_PKG_VERSION"));
/// The same in full, as containerd keeps it and the kubelet asks for it (containerd, `images/annotations.go`).
const FULL_NAME: &str = concat!("docker.io/library/boot256:", env!("CARGO_PKG_VERSION"));

/// Packs a disk image as the one file `name` of a container image.
///
/// # Errors
///
/// `name` is too long for a tar archive.
pub fn pack(disk: &[u8], name: &str) -> Result<Vec<u8>> {
    let layer = layer(disk, name)?;
    let mut layout = Layout(tar::Builder::new(Vec::new()));
    layout.file("oci-layout", json!({ "imageLayoutVersion": "1.0.0" }).to_string().as_bytes())?;

    // No name and no time in the gzip header: the tar file has them.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&layer)?;
    let packed = layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", &gzip.finish()?)?;

    // The architecture is the guest's. KubeVirt starts the image with a program of its own.
    let platform = json!({ "architecture": "amd64", "os": "linux" });
    let mut configuration = platform.clone();
    configuration["created"] = DATE.into();
    configuration["rootfs"] = json!({ "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))] });
    let configuration = layout.json("application/vnd.oci.image.config.v1+json", &configuration)?;

    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": configuration,
        "layers": [packed],
        "annotations": {
            "org.opencontainers.image.title": "boot256",
            "org.opencontainers.image.description":
                "A KubeVirt containerDisk: a virtual machine whose whole program is 256 bytes",
            "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
        },
    });
    let mut manifest = layout.json("application/vnd.oci.image.manifest.v1+json", &manifest)?;
    manifest["platform"] = platform;
    manifest["annotations"] =
        json!({ "org.opencontainers.image.ref.name": REFERENCE, "io.containerd.image.name": FULL_NAME });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
    });
    layout.file("index.json", index.to_string().as_bytes())?;
    // The same image in the words of `docker save`, for `docker load`, which looks for nothing else.
    let of_docker = json!([{ "Config": path(&configuration), "RepoTags": [REFERENCE], "Layers": [path(&packed)] }]);
    layout.file("manifest.json", of_docker.to_string().as_bytes())?;
    archive::finish(layout.0)
}

/// Where the blob of a descriptor is in the archive.
fn path(descriptor: &Value) -> String {
    let digest = descriptor["digest"].as_str().unwrap_or_default();
    format!("blobs/{}", digest.replace(':', "/"))
}

/// The layer: the folder and the file in it, which nobody but QEMU may read and nobody write.
fn layer(disk: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    let mut folder = Header::new_ustar();
    folder.set_entry_type(EntryType::Directory);
    archive::append(&mut layer, folder, "disk/", (0o555, QEMU_USER), &[])?;
    archive::append(&mut layer, Header::new_ustar(), &format!("disk/{name}"), (0o440, QEMU_USER), disk)?;
    archive::finish(layer)
}

/// The folder of an image layout, as an archive of it.
struct Layout(tar::Builder<Vec<u8>>);

impl Layout {
    fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        archive::append(&mut self.0, Header::new_ustar(), name, PUBLIC, content)
    }

    /// Adds what is named by its digest; gives its descriptor.
    fn blob(&mut self, kind: &str, content: &[u8]) -> Result<Value> {
        let descriptor =
            json!({ "mediaType": kind, "size": content.len(), "digest": format!("sha256:{}", sha256(content)) });
        self.file(&path(&descriptor), content)?;
        Ok(descriptor)
    }

    fn json(&mut self, kind: &str, content: &Value) -> Result<Value> {
        self.blob(kind, content.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KubeVirt's QEMU may read the disk, nobody may write it, and there is nothing else.
    #[test]
    fn the_layer_is_a_folder_and_a_disk_of_qemus_user() {
        let layer = layer(b"the disk", "boot.qcow2").unwrap();
        let said: Vec<_> = tar::Archive::new(layer.as_slice())
            .entries()
            .unwrap()
            .map(|entry| {
                let header = entry.unwrap().header().clone();
                let path = header.path().unwrap().display().to_string();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (107, 107));
                (path, header.entry_type(), header.mode().unwrap())
            })
            .collect();
        let expected = [("disk/", EntryType::Directory, 0o555), ("disk/boot.qcow2", EntryType::Regular, 0o440)];
        assert_eq!(said, expected.map(|(name, kind, mode)| (name.to_string(), kind, mode)));
    }
}
