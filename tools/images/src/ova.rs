//! The appliance that VMware and VirtualBox import: OVF, manifest and disk in one tar file.
//!
//! Source: DMTF DSP0243 "Open Virtualization Format Specification" 1.1, and the sources that
//! `templates/boot256.ovf` names where a consumer wants more.

use anyhow::Result;
use tar::Header;

use crate::archive::{self, Entry};
use crate::identity::{Identity, sha256};
use crate::vmdk_stream;

const OVF: &str = "boot256.ovf";
const MANIFEST: &str = "boot256.mf";
const DISK: &str = "boot256-disk1.vmdk";

/// Packs `disk` as an appliance; `time`, in seconds since 1970, is its files'.
///
/// # Errors
///
/// The disk has no form as a stream-optimized VMDK, see [`vmdk_stream::write`].
pub fn pack(disk: &[u8], time: u32) -> Result<Vec<u8>> {
    let vmdk = vmdk_stream::write(disk, DISK, &Identity::of(disk), "ova")?;
    let ovf = include_str!("../templates/boot256.ovf")
        .replace("{disk}", DISK)
        .replace("{file_size}", &vmdk.len().to_string())
        .replace("{capacity}", &disk.len().to_string())
        .replace("{version}", env!("CARGO_PKG_VERSION"));
    // `SHA256(file)= digits` and no other spelling: VMware refuses what OpenSSL 3 prints.
    let manifest = format!("SHA256({OVF})= {}\nSHA256({DISK})= {}\n", sha256(ovf.as_bytes()), sha256(&vmdk));

    // The OVF must come first, its manifest next, then the files in its order, all in the
    // ustar flavour (DSP0243, section 5.3).
    let mut ova = tar::Builder::new(Vec::new());
    for (name, content) in [(OVF, ovf.as_bytes()), (MANIFEST, manifest.as_bytes()), (DISK, &vmdk)] {
        archive::append(&mut ova, Header::new_ustar(), &Entry::public(name, time), content)?;
    }
    archive::finish(ova)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use super::*;

    fn files(ova: &[u8]) -> Vec<(String, Vec<u8>)> {
        tar::Archive::new(ova)
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let name = entry.path().unwrap().display().to_string();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                (name, content)
            })
            .collect()
    }

    #[test]
    fn ovf_is_first_and_the_manifest_holds_for_the_rest() {
        let files = files(&pack(&vec![1; 1 << 20], 1_700_000_000).unwrap());
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [OVF, MANIFEST, DISK]);
        let files: BTreeMap<_, _> = files.into_iter().collect();
        let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
        assert_eq!(manifest.lines().count(), 2);
        for line in manifest.lines() {
            let (name, digits) = line.strip_prefix("SHA256(").and_then(|rest| rest.split_once(")= ")).unwrap();
            assert_eq!(sha256(&files[name]), digits);
        }
    }

    #[test]
    fn ovf_gives_the_sizes_that_are_there_and_leaves_no_placeholder() {
        let files: BTreeMap<_, _> = files(&pack(&vec![1; 1 << 20], 0).unwrap()).into_iter().collect();
        let ovf = String::from_utf8(files[OVF].clone()).unwrap();
        assert!(ovf.contains(&format!("ovf:size=\"{}\"", files[DISK].len())), "{ovf}");
        assert!(ovf.contains("ovf:capacity=\"1048576\""), "{ovf}");
        assert!(!ovf.contains('{') && !ovf.contains('}'), "{ovf}");
    }
}
