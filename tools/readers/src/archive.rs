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
