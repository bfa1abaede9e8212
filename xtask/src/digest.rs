//! SHA-256 of files, as registries record it: bytes that must not change.

use std::path::Path;

use sha2::{Digest as _, Sha256};

/// In lower-case hexadecimal.
pub(crate) fn of_file(path: &Path) -> std::io::Result<String> {
    let bytes = std::fs::read(path)?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
