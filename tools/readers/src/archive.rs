//! The files of a tar archive.

use std::io::Read;

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};

/// The most bytes that one file of an archive, or what is packed in it, may have here. The largest in
/// any image of boot256 is 1 MiB; an archive that unpacks to more is not one of them.
pub(crate) const LIMIT: u64 = 16 << 20;
/// The most files of an archive.
const FILES: usize = 64;

/// One file or folder of an archive.
pub(crate) struct File {
    pub name: String,
    pub content: Vec<u8>,
    pub header: tar::Header,
}

/// Everything in an archive, in its order.
///
/// # Errors
///
/// A header that does not hold, or more than an archive of boot256 has.
pub(crate) fn files(source: impl Read) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(source).entries()? {
        let mut entry = entry?;
        ensure!(files.len() < FILES, "more than {FILES} files");
        let (name, header) = (entry.path()?.display().to_string(), entry.header().clone());
        let content = all(&mut entry)?;
        files.push(File { name, content, header });
    }
    Ok(files)
}

/// All that a reader gives, if it is no more than [`LIMIT`].
///
/// # Errors
///
/// It is more, or the reader's own error.
pub(crate) fn all(source: &mut impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= LIMIT, "more than {LIMIT} bytes");
    Ok(bytes)
}

/// The SHA-256 of some bytes in lower-case hex digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_limit() {
        let of = |length: u64| all(&mut std::io::repeat(7).take(length));
        let most = of(LIMIT).unwrap();
        assert!(most.len() as u64 == LIMIT && most.iter().all(|byte| *byte == 7));
        assert_eq!(of(LIMIT + 1).unwrap_err().to_string(), "more than 16777216 bytes");
    }

    #[test]
    fn no_more_files_are_read_than_an_image_has() {
        let of = |count: usize| {
            let mut archive = tar::Builder::new(Vec::new());
            for number in 0..count {
                let mut header = tar::Header::new_ustar();
                header.set_size(3);
                archive.append_data(&mut header, number.to_string(), &b"abc"[..]).unwrap();
            }
            files(archive.into_inner().unwrap().as_slice())
        };
        let most = of(FILES).unwrap();
        assert_eq!((most.len(), most[63].name.as_str(), most[63].content.as_slice()), (64, "63", &b"abc"[..]));
        assert_eq!(of(FILES + 1).err().unwrap().to_string(), "more than 64 files");
        assert!(files(&[7; 512][..]).is_err());
    }

    #[test]
    fn sha256_is_what_the_standard_says() {
        // FIPS 180-4, the example of a one-block message.
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
