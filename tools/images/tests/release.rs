//! A release is whole, says what it is, and names what is linked into it.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use boot256_images::formats;
use boot256_kit::page;
use common::{Build, assert_release_is_whole, root, run};
use serde_json::Value;

/// Everything is there, under a umask that would hide it; what is linked into the probe is named as Cargo's tree has it.
#[test]
fn a_release_is_whole_for_everybody_and_names_its_libraries() {
    let build = Build::new();
    run("make", &mut build.command_after("umask 077", &["release"]));
    assert_release_is_whole(&build);
    let release = build.file("release");
    for format in formats::FORMATS {
        assert!(fs::read(build.file(format.file)).unwrap() == fs::read(release.join(format.file)).unwrap());
    }
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&release), 0o755);
    for entry in fs::read_dir(&release).unwrap() {
        let path = entry.unwrap().path();
        let program = path.file_name().unwrap().to_str().unwrap().starts_with("boot256-probe");
        assert_eq!(mode(&path), if program { 0o755 } else { 0o644 }, "{}", path.display());
    }

    let bom: Value = serde_json::from_slice(&fs::read(release.join("boot256.cdx.json")).unwrap()).unwrap();
    let named = bom["components"].as_array().unwrap().iter().filter_map(|component| component["purl"].as_str());
    let named: BTreeSet<String> = named.filter_map(|purl| Some(purl.strip_prefix("pkg:cargo/")?.into())).collect();
    let mut tree = Command::new("cargo");
    tree.args(
        "tree --locked --package boot256-probe --package boot256-uefi --target x86_64-unknown-linux-musl".split(' '),
    )
    .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
    .current_dir(root());
    let tree = String::from_utf8(run("cargo", &mut tree)).unwrap();
    let of_line = |line: &str| {
        line.split_once(" v").map(|(name, rest)| (name.to_string(), rest.split(' ').next().unwrap_or(rest).to_string()))
    };
    let linked = tree
        .lines()
        .filter(|line| !line.starts_with("boot256-probe") && !line.starts_with("boot256-uefi"))
        .filter_map(of_line)
        .map(|(name, version)| format!("{name}@{version}"));
    assert_eq!(named, linked.collect());
}

/// Another program is another disk everywhere: VirtualBox refuses a second disk with an identity that it knows.
#[test]
fn a_new_program_gives_every_disk_a_new_identity() {
    let (old, new) = (Build::whole(), Build::new());
    let mut boot = fs::read(new.file("boot.bin")).unwrap();
    boot[255] ^= 0xFF;
    fs::write(new.file("boot.bin"), boot).unwrap();
    new.make_well(&["all"]);
    let differs = |name: &str, of: fn(&[u8]) -> Vec<u8>| {
        let [old, new] = [&old, &new].map(|build| of(&fs::read(build.file(name)).unwrap()));
        assert!(old != new, "{name}: {old:x?}");
    };
    differs("boot.vdi", |vdi| vdi[0x188..0x198].to_vec());
    differs("boot.vdi", |vdi| vdi[0x198..0x1A8].to_vec());
    differs("boot.vhd", |vhd| vhd[vhd.len() - 512 + 68..][..16].to_vec());
    // The descriptors have nothing else of the content's.
    differs("boot.vmdk", <[u8]>::to_vec);
    differs("boot-stream.vmdk", |vmdk| vmdk[512..21 * 512].to_vec());
}

/// The tables in docs/formats.md are what `make formats-table` would write.
#[test]
fn the_page_has_the_formats_of_this_build() {
    let build = Build::whole();
    let old = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let mut new = old.clone();
    for (name, table) in
        [("formats", formats::table(build.folder.path()).unwrap()), ("readers", formats::readers_table())]
    {
        assert!(old.contains(&format!("<!-- {name}:begin -->")), "no marker {name:?}");
        new = page::fill(&new, name, &table).unwrap();
    }
    assert!(old == new, "docs/formats.md is not up to date: run 'make formats-table'");
}
