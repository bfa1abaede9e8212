//! XChaCha20-Poly1305: one key, a fresh random nonce of 24 bytes for every file written.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

/// Bytes of a nonce.
pub(super) const NONCE_BYTES: usize = 24;
/// Bytes that sealing adds.
pub(super) const TAG_BYTES: usize = 16;

/// Replaces `buffer` by its encryption and appends the tag. `None` beyond 256 GiB.
pub(super) fn seal(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    buffer: &mut Vec<u8>,
) -> Option<()> {
    XChaCha20Poly1305::new(key.into()).encrypt_in_place(nonce.into(), associated, buffer).ok()
}

/// Replaces `buffer`, which ends with the tag, by its decryption. `None` when anything was changed.
pub(super) fn unseal(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    buffer: &mut Vec<u8>,
) -> Option<()> {
    XChaCha20Poly1305::new(key.into()).decrypt_in_place(nonce.into(), associated, buffer).ok()
}

#[cfg(test)]
mod tests;
