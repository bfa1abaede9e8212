//! Recognises a file by its first bytes. The one place where a new kind of file is plugged in.

use crate::report::Report;
use crate::{audit, bundle, proof_file};

/// Largest file that is looked at, in bytes. Each kind has its own, smaller bound.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Checks a file of any kind this build knows. Never fails: what is wrong stands in the report.
#[must_use]
pub fn verify_any(bytes: &[u8]) -> Report {
    if bytes.starts_with(proof_file::MAGIC) {
        return proof_file::verify(bytes);
    }
    if bytes.starts_with(bundle::MAGIC) {
        return bundle::verify(bytes);
    }
    if bytes.starts_with(audit::MAGIC) {
        return audit::verify(bytes);
    }
    let mut report = Report::new("unknown");
    report.refuse("known kind of file", "it begins like no file that `pluto prove` writes");
    report
}
