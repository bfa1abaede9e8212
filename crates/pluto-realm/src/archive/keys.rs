//! Where the archive stands in component `Archive`.

use pluto_core::{BlobId, Canonical, EventId};

use super::record::HoldScope;

/// Key of the number of the last epoch in component `Archive`; its value is that number, u32.
pub const LAST_EPOCH_KEY: &[u8] = b"last";

/// The key of an epoch: `e` ‖ number u32.
#[must_use]
pub fn epoch_key(number: u32) -> Vec<u8> {
    [&b"e"[..], &number.to_be_bytes()].concat()
}

/// The key of a blob that is kept: `b` ‖ id.
#[must_use]
pub fn blob_key(blob: &BlobId) -> Vec<u8> {
    [&b"b"[..], &blob.0].concat()
}

/// The key of a blob that was erased: `x` ‖ id.
#[must_use]
pub fn erased_key(blob: &BlobId) -> Vec<u8> {
    [&b"x"[..], &blob.0].concat()
}

/// The key of an event whose payload was erased: `p` ‖ id.
#[must_use]
pub fn erased_payload_key(event: &EventId) -> Vec<u8> {
    [&b"p"[..], &event.0].concat()
}

/// The key of the legal holds on something: `h` ‖ scope.
#[must_use]
pub fn hold_key(scope: HoldScope) -> Vec<u8> {
    let mut key = b"h".to_vec();
    scope.encode_into(&mut key);
    key
}
