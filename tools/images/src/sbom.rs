//! The release's bill of materials, in CycloneDX's JSON: which files there are, and which crates are
//! in the one program among them that is made of any.
//!
//! Source: Ecma International, ECMA-424 "CycloneDX Bill of Materials", version 1.6. A reader of others,
//! the Python library of CycloneDX, holds it against the schema in `make check-readers`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use serde_json::{Value, json};

use crate::formats;
use crate::identity::{Identity, sha256};

/// The package of the probe, and the start of its files' names in a release.
const PROBE: &str = "boot256-probe";

/// Writes what the files of `release` are made of, `metadata` being what `cargo metadata` printed for the
/// probe's platform and `rust` the version of the compiler. `time` is in seconds since 1970.
///
/// Nothing in it tells where or when the release was made: two makers of one release get one text.
///
/// # Errors
///
/// `metadata` is none of this project, a file cannot be read, `time` is no time of the calendar.
pub fn write(release: &Path, metadata: &str, rust: &str, time: u32) -> Result<String> {
    let metadata = MetadataCommand::parse(metadata).context("no output of cargo metadata")?;
    let probe = metadata.packages.iter().find(|package| package.name.as_str() == PROBE).context("no probe in it")?;
    let crates = linked(&metadata, &probe.id)?;

    let mut names: Vec<String> = fs::read_dir(release)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read {}", release.display()))?
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "no file in {}", release.display());

    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    let linked: Vec<String> = crates.iter().map(|package| url(package)).chain([standard_library(rust)]).collect();
    for name in &names {
        let content = boot256_kit::file::read(&release.join(name))?;
        components.push(json!({
            "type": "file",
            "bom-ref": name,
            "name": name,
            "description": formats::describe(name),
            "hashes": [{ "alg": "SHA-256", "content": sha256(&content) }],
            "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
        }));
        let made_of = if name.starts_with(PROBE) { linked.clone() } else { Vec::new() };
        dependencies.push(json!({ "ref": name, "dependsOn": made_of }));
    }
    for package in &crates {
        components.push(library(package));
        dependencies.push(json!({ "ref": url(package), "dependsOn": Vec::<String>::new() }));
    }
    components.push(json!({
        "type": "library",
        "bom-ref": standard_library(rust),
        "name": "std",
        "version": rust,
        "description": "The Rust standard library, with musl's C library below it",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "purl": standard_library(rust),
    }));
    dependencies.push(json!({ "ref": standard_library(rust), "dependsOn": Vec::<String>::new() }));
    dependencies.push(json!({ "ref": "boot256", "dependsOn": names }));

    let content = json!({ "components": components, "dependencies": dependencies });
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", Identity::of(content.to_string().as_bytes()).uuid("sbom")),
        "version": 1,
        "metadata": {
            "timestamp": jiff::Timestamp::from_second(time.into())?.to_string(),
            "component": {
                "type": "firmware",
                "bom-ref": "boot256",
                "name": "boot256",
                "version": env!("CARGO_PKG_VERSION"),
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": content["components"],
        "dependencies": content["dependencies"],
    });
    Ok(serde_json::to_string_pretty(&bom)? + "\n")
}

/// The crates that are linked into a program, in the order of their names.
fn linked<'a>(metadata: &'a Metadata, program: &PackageId) -> Result<Vec<&'a Package>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata was asked for no dependencies")?;
    let mut found = BTreeSet::new();
    let mut open = vec![program];
    while let Some(id) = open.pop() {
        let node = resolve.nodes.iter().find(|node| node.id == *id).with_context(|| format!("nothing on {id}"))?;
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            let macros = metadata[&dependency.pkg].targets.iter().any(cargo_metadata::Target::is_proc_macro);
            if normal && !macros && found.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    let mut packages: Vec<&Package> = found.into_iter().map(|id| &metadata[id]).collect();
    packages.sort_by_key(|package| (package.name.to_string(), package.version.to_string()));
    Ok(packages)
}

fn library(package: &Package) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": url(package),
        "name": package.name.as_str(),
        "version": package.version.to_string(),
        "purl": url(package),
    });
    if let Some(licence) = &package.license {
        // The older spelling of OR, which is no expression of SPDX.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    component
}

/// A crate's package URL.
fn url(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn standard_library(rust: &str) -> String {
    format!("pkg:generic/rust-std@{rust}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program with one crate linked, one that only tests have, and a macro.
    fn metadata() -> String {
        let package = |name: &str, kind: &str| {
            json!({
                "name": name, "version": "1.2.3", "id": name, "license": "MIT/Apache-2.0", "license_file": null,
                "description": null, "source": null, "dependencies": [], "features": {}, "edition": "2024",
                "manifest_path": "/secret/Cargo.toml", "metadata": null, "publish": null, "authors": [],
                "categories": [], "keywords": [], "readme": null, "repository": null, "homepage": null,
                "documentation": null, "links": null, "default_run": null, "rust_version": null,
                "targets": [{ "kind": [kind], "crate_types": [kind], "name": name, "src_path": "/secret/lib.rs",
                    "edition": "2024", "doc": true, "doctest": true, "test": true }],
            })
        };
        let dependency = |name: &str, kind: Value| json!({ "name": name, "pkg": name, "dep_kinds": [{ "kind": kind, "target": null }] });
        let node =
            |name: &str, deps: Vec<Value>| json!({ "id": name, "dependencies": [], "deps": deps, "features": [] });
        json!({
            "packages": [package(PROBE, "bin"), package("linked", "lib"), package("tests", "lib"), package("macro", "proc-macro")],
            "workspace_members": [PROBE], "workspace_default_members": [PROBE],
            "resolve": { "root": null, "nodes": [
                node(PROBE, vec![dependency("linked", Value::Null), dependency("tests", "dev".into()), dependency("macro", Value::Null)]),
                node("linked", vec![]), node("tests", vec![]), node("macro", vec![]),
            ] },
            "target_directory": "/secret/target", "version": 1, "workspace_root": "/secret", "metadata": null,
        })
        .to_string()
    }

    #[test]
    fn names_each_file_and_what_is_linked_into_the_probe_alone() {
        let release = tempfile::tempdir().unwrap();
        assert!(write(release.path(), &metadata(), "1.2", 0).is_err(), "an empty release");
        for name in ["boot.bin", "boot256-probe-x86_64"] {
            fs::write(release.path().join(name), "abc").unwrap();
        }
        let text = write(release.path(), &metadata(), "1.2", 0).unwrap();
        assert_eq!(text, write(release.path(), &metadata(), "1.2", 0).unwrap());
        assert!(!text.contains("secret"), "{text}");
        let bom: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&str> =
            bom["components"].as_array().unwrap().iter().filter_map(|component| component["name"].as_str()).collect();
        assert_eq!(names, ["boot.bin", "boot256-probe-x86_64", "linked", "std"]);
        assert_eq!(bom["components"][0]["hashes"][0]["content"], sha256(b"abc"));
        assert_eq!(bom["components"][2]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        let of = |name: &str| {
            let list = bom["dependencies"].as_array().unwrap();
            list.iter().find(|entry| entry["ref"] == name).unwrap()["dependsOn"].clone()
        };
        assert_eq!(of("boot.bin"), json!([]));
        assert_eq!(of("boot256-probe-x86_64"), json!(["pkg:cargo/linked@1.2.3", "pkg:generic/rust-std@1.2"]));
        // What a reader of CycloneDX acts on.
        assert_eq!(
            (&bom["bomFormat"], &bom["specVersion"], &bom["version"]),
            (&json!("CycloneDX"), &json!("1.6"), &json!(1))
        );
        assert_eq!(bom["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
        let purls = bom["components"].as_array().unwrap().iter().filter_map(|component| component["purl"].as_str());
        assert_eq!(purls.collect::<Vec<_>>(), ["pkg:cargo/linked@1.2.3", "pkg:generic/rust-std@1.2"]);
        assert_eq!(of("boot256"), json!(["boot.bin", "boot256-probe-x86_64"]));
        assert_eq!((of("pkg:cargo/linked@1.2.3"), of("pkg:generic/rust-std@1.2")), (json!([]), json!([])));
        assert_eq!(text.lines().last(), Some("}"));
        assert!(text.ends_with('\n'));
        fs::write(release.path().join("boot.bin"), "abd").unwrap();
        let other: Value = serde_json::from_str(&write(release.path(), &metadata(), "1.2", 0).unwrap()).unwrap();
        assert_ne!(bom["serialNumber"], other["serialNumber"]);
    }
}
