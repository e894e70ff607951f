//! The descriptor of a flat VMDK: what qemu-img leaves random or wrong for a small disk.
//!
//! Source of the fields: VMware, "Virtual Disk Format 5.0", section "The Disk Descriptor File".

use anyhow::{Context, Result, ensure};

use crate::disk::{HEADS, SECTOR, SECTORS_PER_TRACK};
use crate::identity::Identity;

/// Gives the descriptor of a flat VMDK a content identifier and its real geometry.
///
/// qemu-img writes a random CID of one to eight digits, a geometry of 255 heads that leaves a
/// disk of 1 MiB with no cylinder at all, and pads the text with NUL bytes. `disk_bytes` is the
/// size of the extent file.
///
/// # Errors
///
/// The text is no descriptor of one flat extent of `disk_bytes`, in a file named without a path
/// (an absolute name would break wherever the pair is moved to).
pub fn stamp(descriptor: &[u8], disk_bytes: usize, identity: &Identity) -> Result<String> {
    let text = std::str::from_utf8(descriptor).context("no VMDK descriptor: not a text")?;
    let text = text.trim_end_matches('\0');
    ensure!(text.starts_with("# Disk DescriptorFile\n"), "no VMDK descriptor: the first line is another");
    let extents: Vec<&str> = text.lines().filter(|l| l.starts_with("RW ")).collect();
    let expected = format!("RW {} FLAT \"", disk_bytes / SECTOR);
    ensure!(
        extents.len() == 1 && extents[0].starts_with(&expected) && !extents[0].contains('/'),
        "no descriptor of one flat extent of {disk_bytes} bytes beside it: {extents:?}"
    );

    let cylinders = disk_bytes / SECTOR / SECTORS_PER_TRACK / HEADS;
    let text = set(text, "CID", &format!("{:08x}", identity.number("vmdk")))?;
    let text = set(&text, "ddb.geometry.cylinders ", &format!(" \"{cylinders}\""))?;
    let text = set(&text, "ddb.geometry.heads ", &format!(" \"{HEADS}\""))?;
    set(&text, "ddb.geometry.sectors ", &format!(" \"{SECTORS_PER_TRACK}\""))
}

/// Replaces the value of the one line `key=value`.
fn set(text: &str, key: &str, value: &str) -> Result<String> {
    let mut found = 0;
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.split_once('=') {
            Some((name, _)) if name == key => {
                found += 1;
                format!("{key}={value}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    ensure!(found == 1, "{found} lines of {:?} in the descriptor", key.trim());
    Ok(lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_qemu(cid: &str) -> String {
        format!(
            "# Disk DescriptorFile\nversion=1\nCID={cid}\nparentCID=ffffffff\n\
             createType=\"monolithicFlat\"\n\n# Extent description\n\
             RW 2048 FLAT \"boot-flat.vmdk\" 0\n\n# The Disk Data Base\n#DDB\n\n\
             ddb.virtualHWVersion = \"4\"\nddb.geometry.cylinders = \"0\"\n\
             ddb.geometry.heads = \"255\"\nddb.geometry.sectors = \"63\"\n\
             ddb.adapterType = \"lsilogic\"\n\0\0\0\0"
        )
    }

    fn stamped(cid: &str, content: &[u8]) -> String {
        stamp(from_qemu(cid).as_bytes(), 1 << 20, &Identity::of(content)).unwrap()
    }

    #[test]
    fn cid_follows_the_content_alone() {
        assert_eq!(stamped("1", b"x"), stamped("deadbeef", b"x"));
        assert_ne!(stamped("1", b"x"), stamped("1", b"y"));
    }

    #[test]
    fn parent_stays_none_and_geometry_is_the_disks() {
        let text = stamped("1", b"x");
        for line in [
            "parentCID=ffffffff",
            "ddb.geometry.cylinders = \"1\"",
            "ddb.geometry.heads = \"64\"",
            "ddb.geometry.sectors = \"32\"",
            "ddb.adapterType = \"lsilogic\"",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
        }
        assert!(!text.contains('\0'));
    }

    #[test]
    fn refuses_another_extent() {
        let identity = Identity::of(b"x");
        let absolute = from_qemu("1").replace("boot-flat", "/home/me/boot-flat");
        assert!(stamp(absolute.as_bytes(), 1 << 20, &identity).is_err());
        assert!(stamp(from_qemu("1").as_bytes(), 1 << 21, &identity).is_err());
        assert!(stamp(b"KDMV\x01\0\0\0", 1 << 20, &identity).is_err());
    }
}
