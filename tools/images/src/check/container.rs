//! The container image with a disk in it, by the digests that lead from its index to its layer.
//!
//! Sources: Open Container Initiative, "Image Format Specification" 1.1; for `manifest.json`, Moby, "Docker Image
//! Specification" 1.2.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::identity::sha256;

/// The files of an archive by their names, in its order.
///
/// # Errors
///
/// A header that does not hold.
pub fn files(archive: impl Read) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(archive).entries()? {
        let (mut entry, mut content) = (entry?, Vec::new());
        entry.read_to_end(&mut content)?;
        files.push((entry.path()?.display().to_string(), content));
    }
    Ok(files)
}

/// The one file of a container image: a disk that KubeVirt finds.
///
/// # Errors
///
/// A digest or size that does not hold, more than one image, layer or disk, two layouts that do not agree.
pub fn file(path: &Path) -> Result<Vec<u8>> {
    let files: BTreeMap<_, _> = files(File::open(path)?)?.into_iter().collect();
    let file = |name: &str| files.get(name).with_context(|| format!("no {name}"));
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).context("no JSON");
    let name_of = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:"));
        digest.map(|digest| format!("blobs/sha256/{digest}")).context("no digest")
    };
    // What a descriptor points to, once size and digest hold.
    let blob = |descriptor: &Value, kind: &str| {
        ensure!(descriptor["mediaType"] == kind, "{} instead of {kind}", descriptor["mediaType"]);
        let name = name_of(descriptor)?;
        let content = file(&name)?;
        ensure!(descriptor["size"] == content.len() && name.ends_with(&sha256(content)), "{name} has another content");
        Ok(content)
    };

    ensure!(json(file("oci-layout")?)?["imageLayoutVersion"] == "1.0.0", "another image layout");
    let index = json(file("index.json")?)?;
    let manifest = json(blob(only(&index["manifests"])?, "application/vnd.oci.image.manifest.v1+json")?)?;
    let configuration = json(blob(&manifest["config"], "application/vnd.oci.image.config.v1+json")?)?;
    let layer = only(&manifest["layers"])?;
    let mut unpacked = Vec::new();
    GzDecoder::new(blob(layer, "application/vnd.oci.image.layer.v1.tar+gzip")?.as_slice())
        .read_to_end(&mut unpacked)?;
    let id = format!("sha256:{}", sha256(&unpacked));
    ensure!(*only(&configuration["rootfs"]["diff_ids"])? == id, "the layer is not the configuration's");

    let of_docker = json(file("manifest.json")?)?;
    let of_docker = only(&of_docker)?;
    let (config, layers) = (&of_docker["Config"], only(&of_docker["Layers"])?);
    ensure!(
        (config, layers) == (&name_of(&manifest["config"])?.into(), &name_of(layer)?.into()),
        "Docker's is another image"
    );

    match self::files(unpacked.as_slice())?.as_slice() {
        [(folder, _), (name, content)] if folder == "disk/" && name == "disk/boot.qcow2" => Ok(content.clone()),
        other => bail!("{} entries in the layer that are not disk/ and its boot.qcow2", other.len()),
    }
}

/// The one element of a list.
fn only(list: &Value) -> Result<&Value> {
    match list.as_array().map(Vec::as_slice) {
        Some([element]) => Ok(element),
        other => bail!("{} elements instead of one", other.map_or(0, <[Value]>::len)),
    }
}
