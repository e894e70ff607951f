//! The release's bill of materials, in CycloneDX's JSON: which files there are, and which crates are
//! in the one program among them that is made of any.
//!
//! Source: Ecma International, ECMA-424 "CycloneDX Bill of Materials", version 1.6. A reader of others,
//! the Python library of CycloneDX, holds it against the schema in `make check-readers`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::archive::DATE;
use crate::formats;
use crate::identity::{Identity, sha256};

/// Who makes the release, and says what it is made of.
const MAKER: &str = "The boot256 project";

/// The package of the probe, and the start of its files' names in a release.
const PROBE: &str = "boot256-probe";

/// The package of the program for UEFI, and its file.
const EFI: &str = "boot256-uefi";
const EFI_FILE: &str = "boot.efi";

/// Writes what the files of `release` are made of. `trees` is what `cargo tree` printed for the probe and the program
/// for UEFI, a crate a line and an empty line between the two, `metadata` what `cargo metadata` did: the one knows which
/// crates are linked, the other who made them. `rust` is the version of the compiler.
///
/// Nothing in it tells where or when the release was made: two makers of one release get one text.
///
/// # Errors
///
/// `trees` and `metadata` are not of this project, or a file cannot be read.
pub fn write(release: &Path, trees: &str, metadata: &str, rust: &str) -> Result<String> {
    let mut names: Vec<String> = fs::read_dir(release)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read {}", release.display()))?
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "no file in {}", release.display());

    let mut of_probe = Vec::new();
    if names.iter().any(|name| name.starts_with(PROBE)) {
        of_probe = linked(PROBE, trees, metadata)?;
        of_probe.push(json!({
            "type": "library",
            "bom-ref": format!("pkg:generic/rust-std@{rust}"),
            "name": "std",
            "version": rust,
            "supplier": { "name": "The Rust Project Developers" },
            "description": "The Rust standard library, with musl's C library below it",
            "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            "purl": format!("pkg:generic/rust-std@{rust}"),
        }));
    }
    let mut of_efi = Vec::new();
    if names.iter().any(|name| name == EFI_FILE) {
        of_efi = linked(EFI, trees, metadata)?;
    }
    let references = |libraries: &[Value]| libraries.iter().map(|library| library["bom-ref"].clone()).collect();
    let (probe, efi): (Vec<Value>, Vec<Value>) = (references(&of_probe), references(&of_efi));
    let mut libraries = of_probe;
    libraries.extend(of_efi.into_iter().filter(|library| !probe.contains(&library["bom-ref"])));
    let linked: Vec<Value> = references(&libraries);
    let mut dependencies: Vec<Value> = linked.iter().map(|of| json!({ "ref": of, "dependsOn": [] })).collect();
    dependencies.push(json!({ "ref": "boot256", "dependsOn": names }));
    let mut components = Vec::new();
    for name in &names {
        let content = boot256_kit::file::read(&release.join(name))?;
        components.push(json!({
            "type": "file",
            "bom-ref": name,
            "name": name,
            "version": env!("CARGO_PKG_VERSION"),
            "supplier": { "name": MAKER },
            "description": formats::describe(name),
            "hashes": [{ "alg": "SHA-256", "content": sha256(&content) }],
            "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
        }));
        let made_of = match name.as_str() {
            EFI_FILE => efi.as_slice(),
            _ if name.starts_with(PROBE) => &probe,
            _ => &[],
        };
        dependencies.push(json!({ "ref": name, "dependsOn": made_of }));
    }
    components.extend(libraries.iter().cloned());

    let content = json!({ "components": components, "dependencies": dependencies });
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", Identity::of(content.to_string().as_bytes()).uuid("sbom")),
        "version": 1,
        "metadata": {
            "timestamp": DATE,
            "authors": [{ "name": MAKER }],
            "supplier": { "name": MAKER },
            "component": {
                "type": "firmware",
                "bom-ref": "boot256",
                "name": "boot256",
                "version": env!("CARGO_PKG_VERSION"),
                "supplier": { "name": MAKER },
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": content["components"],
        "dependencies": content["dependencies"],
    });
    Ok(serde_json::to_string_pretty(&bom)? + "\n")
}

/// The crates in the tree whose first line is `program`, with what Cargo knows of each.
fn linked(program: &str, trees: &str, metadata: &str) -> Result<Vec<Value>> {
    let metadata: Value = serde_json::from_str(metadata).context("no output of cargo metadata")?;
    let tree = trees.split("\n\n").find(|tree| tree.starts_with(program)).context("no output of cargo tree")?;
    let lines = tree.lines().skip(1).map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    let find = |line: String| {
        let is_it = |package: &&Value| format!("{} v{}", text(package, "name"), text(package, "version")) == line;
        let package = list_of(&metadata["packages"]).find(is_it);
        package.map(library).with_context(|| format!("cargo metadata has no {line}"))
    };
    // A crate that several others need has several lines.
    lines.collect::<BTreeSet<_>>().into_iter().map(find).collect()
}

fn library(package: &Value) -> Value {
    // Cargo knows names and addresses; the names say who it is. A crate may give none, but its repository.
    let authors = list_of(&package["authors"]).filter_map(Value::as_str);
    let authors: Vec<&str> = authors.map(|author| author.split(" <").next().unwrap_or(author)).collect();
    let supplier = match (&package["source"], authors.as_slice()) {
        (Value::Null, _) => MAKER.into(),
        (_, []) => format!("The authors of {}", text(package, "name")),
        _ => authors.join(", "),
    };
    let url = format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version"));
    let mut component = json!({
        "type": "library",
        "bom-ref": url,
        "name": package["name"],
        "version": package["version"],
        "purl": url,
        "supplier": { "name": supplier },
        "authors": [{ "name": supplier }],
        // The older spelling of OR is no expression of SPDX.
        "licenses": [{ "expression": text(package, "license").replace('/', " OR ") }],
    });
    if let Some(repository) = package["repository"].as_str() {
        component["supplier"]["url"] = json!([repository]);
    }
    component
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

fn list_of(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_file_and_what_is_linked_into_the_probe_alone() {
        let package = |name: &str, authors: &[&str]| {
            json!({
                "name": name, "version": "1.2.3", "license": "MIT/Apache-2.0", "authors": authors,
                "repository": "https://example.org", "source": "registry", "manifest_path": "/secret/Cargo.toml",
            })
        };
        let packages = [package("linked", &["A <a@example.org>", "B"]), package("below", &[]), package("tests", &[])];
        let metadata = json!({ "packages": packages }).to_string();
        let tree = "boot256-probe v0.2.0 (/secret)\nlinked v1.2.3\nbelow v1.2.3\nbelow v1.2.3 (*)\n\n\
            boot256-uefi v0.2.0 (/secret)\nbelow v1.2.3\n";
        let release = tempfile::tempdir().unwrap();
        let written = |tree: &str| write(release.path(), tree, &metadata, "1.2");
        assert!(written(tree).is_err(), "an empty release");
        fs::write(release.path().join("boot.bin"), "abc").unwrap();
        assert!(!written(tree).unwrap().contains("pkg:"), "libraries of no probe");
        for name in ["boot256-probe-x86_64", "boot.efi"] {
            fs::write(release.path().join(name), "abc").unwrap();
        }
        assert!(written("").is_err() && written("boot256-probe v1\nother v1.2.3\n").is_err());
        let text = written(tree).unwrap();
        assert!(!text.contains("secret") && !text.contains("a@example"), "{text}");
        let bom: Value = serde_json::from_str(&text).unwrap();
        let of = |key: &str| list_of(&bom["components"]).map(|of| of[key].clone()).collect::<Value>();
        assert_eq!(of("name"), json!(["boot.bin", "boot.efi", "boot256-probe-x86_64", "below", "linked", "std"]));
        assert_eq!(bom["components"][0]["hashes"][0]["content"], sha256(b"abc"));
        assert_eq!(bom["components"][3]["supplier"]["name"], "The authors of below");
        assert_eq!(bom["components"][4]["supplier"], json!({ "name": "A, B", "url": ["https://example.org"] }));
        assert_eq!(bom["components"][4]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        let libraries = ["pkg:cargo/below@1.2.3", "pkg:cargo/linked@1.2.3", "pkg:generic/rust-std@1.2"];
        assert_eq!(of("purl"), json!([null, null, null, libraries[0], libraries[1], libraries[2]]));
        let depends =
            |name: &str| list_of(&bom["dependencies"]).find(|entry| entry["ref"] == name).unwrap()["dependsOn"].clone();
        assert_eq!((depends("boot.bin"), depends("boot256-probe-x86_64")), (json!([]), json!(libraries)));
        assert_eq!(depends("boot.efi"), json!([libraries[0]]));
        assert_eq!(depends("boot256"), json!(["boot.bin", "boot.efi", "boot256-probe-x86_64"]));
        fs::write(release.path().join("boot.bin"), "abd").unwrap();
        let other: Value = serde_json::from_str(&written(tree).unwrap()).unwrap();
        assert_ne!(bom["serialNumber"], other["serialNumber"]);
    }
}
