//! Content digests, RFC 9530: does the body hash to what the field says?

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::error::AuthError;

/// Longest field in bytes: two hashes take about 150.
const FIELD_BYTES_MAX: usize = 1024;

/// Whether every hash of the field that is known is the body's; at least one must be.
///
/// # Errors
/// `API-0107`.
pub fn check_digest(field: &str, body: &[u8]) -> Result<(), AuthError> {
    if field.len() > FIELD_BYTES_MAX {
        return Err(AuthError::BodyChanged("the field is too long"));
    }
    let parsed = Parser::new(field).parse::<Dictionary>();
    let hashes = parsed.map_err(|_| AuthError::BodyChanged("the field is not a dictionary"))?;
    let mut known = 0;
    for (name, value) in &hashes {
        let algorithm = match name.as_str() {
            "sha-256" => &SHA256,
            "sha-512" => &SHA512,
            _ => continue,
        };
        let ListEntry::Item(item) = value else {
            return Err(AuthError::BodyChanged("a hash is not a sequence of bytes"));
        };
        let BareItem::ByteSequence(expected) = &item.bare_item else {
            return Err(AuthError::BodyChanged("a hash is not a sequence of bytes"));
        };
        let found = digest(algorithm, body);
        verify_slices_are_equal(found.as_ref(), expected)
            .map_err(|_| AuthError::BodyChanged("the body has another hash"))?;
        known += 1;
    }
    if known == 0 {
        return Err(AuthError::BodyChanged("expected sha-256 or sha-512"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
