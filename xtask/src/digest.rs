//! SHA-256 in lower-case hexadecimal, as registries and the journal record it.

use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Of bytes.
pub(crate) fn of(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of a file.
pub(crate) fn of_file(path: &Path) -> std::io::Result<String> {
    std::fs::read(path).map(of)
}
