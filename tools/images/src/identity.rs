//! Identities that follow from an image's content.
//!
//! Disk formats carry identifiers that tools fill with random numbers. Here they are hashes of
//! the raw disk: two builds of one program agree, and a new program gets a new identity, which
//! VirtualBox needs to tell two releases apart (it refuses a second disk with a UUID it knows).

use std::fmt::Write;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What one disk content is known by in the formats that want to know.
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity of a raw disk.
    pub fn of(disk: &[u8]) -> Self {
        Self(Sha256::digest(disk).into())
    }

    /// A UUID of version 8 (RFC 9562, section 5.8) for one `purpose`, such as `vdi create`.
    ///
    /// Never all zeros, whatever the content: version and variant bits are set.
    pub fn uuid(&self, purpose: &str) -> Uuid {
        Uuid::new_v8(self.bytes(purpose))
    }

    /// A 32-bit number for one `purpose` that is neither 0 nor `FFFFFFFF` or `FFFFFFFE`, the
    /// values that VMDK keeps for "none".
    pub fn number(&self, purpose: &str) -> u32 {
        let [a, b, c, d, ..] = self.bytes::<16>(purpose);
        u32::from_le_bytes([a, b, c, d]).clamp(1, 0xFFFF_FFFD)
    }

    fn bytes<const N: usize>(&self, purpose: &str) -> [u8; N] {
        let hash = Sha256::new().chain_update(self.0).chain_update(purpose).finalize();
        std::array::from_fn(|i| hash[i])
    }
}

/// The SHA-256 of some bytes, as the lower-case hex digits that `sha256sum` prints.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From another implementation of SHA-256 and RFC 9562 (Python's hashlib): a change here gives
    /// every user's disks new identities without new content.
    #[test]
    fn derivation_never_changes() {
        let identity = Identity::of(b"abc");
        assert_eq!(identity.uuid("vdi create").to_string(), "56d21388-a6d3-8fac-9ba3-ecc69c689e60");
        assert_eq!(identity.number("vmdk"), 0x6261_8D5C);
        assert_ne!(identity.uuid("vdi create"), Identity::of(b"abd").uuid("vdi create"));
        // FIPS 180-4, the example of a one-block message.
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
