//! The two UUIDs of a VDI header, which qemu-img makes random.
//!
//! Source of the offsets: VirtualBox, `src/VBox/Storage/VDICore.h`, `VDIPREHEADER` and
//! `VDIHEADER1PLUS`. All numbers are little-endian.

use anyhow::{Result, ensure};

use crate::identity::Identity;

const SIGNATURE_AT: usize = 64;
const SIGNATURE: u32 = 0xBEDA_107F;
const VERSION_AT: usize = 68;
const VERSION_1_1: u32 = 0x0001_0001;
const CREATE_UUID: usize = 0x188;
const MODIFY_UUID: usize = 0x198;

/// Gives a VDI its two UUIDs from the content.
///
/// VirtualBox refuses zeros in either (`VDI.cpp`, `vdiValidateHeader`) and refuses to register
/// a second disk with a creation UUID it knows, so a constant would bite whoever updates.
///
/// # Errors
///
/// The bytes are no VDI of version 1.1.
pub fn stamp(vdi: &mut [u8], identity: &Identity) -> Result<()> {
    ensure!(
        vdi.len() > MODIFY_UUID + 16
            && vdi[SIGNATURE_AT..SIGNATURE_AT + 4] == SIGNATURE.to_le_bytes()
            && vdi[VERSION_AT..VERSION_AT + 4] == VERSION_1_1.to_le_bytes(),
        "no VDI of version 1.1"
    );
    for (at, purpose) in [(CREATE_UUID, "vdi create"), (MODIFY_UUID, "vdi modify")] {
        // VirtualBox's RTUUID has its first three fields little-endian.
        vdi[at..at + 16].copy_from_slice(&identity.uuid(purpose).to_bytes_le());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_qemu() -> Vec<u8> {
        let mut vdi = vec![0; 1024];
        vdi[SIGNATURE_AT..][..4].copy_from_slice(&SIGNATURE.to_le_bytes());
        vdi[VERSION_AT..][..4].copy_from_slice(&VERSION_1_1.to_le_bytes());
        vdi
    }

    #[test]
    fn uuids_are_set_differ_and_follow_the_content() {
        let (mut one, mut two) = (from_qemu(), from_qemu());
        stamp(&mut one, &Identity::of(b"x")).unwrap();
        stamp(&mut two, &Identity::of(b"y")).unwrap();
        let create = |vdi: &[u8]| vdi[CREATE_UUID..][..16].to_vec();
        let modify = |vdi: &[u8]| vdi[MODIFY_UUID..][..16].to_vec();
        assert_ne!(create(&one), [0; 16]);
        assert_ne!(modify(&one), [0; 16]);
        assert_ne!(create(&one), modify(&one));
        assert_ne!(create(&one), create(&two));
        assert_ne!(modify(&one), modify(&two));
    }

    #[test]
    fn refuses_what_is_no_vdi() {
        assert!(stamp(&mut [0; 1024], &Identity::of(b"x")).is_err());
        assert!(stamp(&mut from_qemu()[..100], &Identity::of(b"x")).is_err());
    }
}
