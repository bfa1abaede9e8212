//! Cursors: where a part of a list ended, as text that means nothing to whoever holds it.
//!
//! A cursor is bound to the route it came from, so that one of another list is refused and not misread.

use super::problem::HttpError;

/// Longest place in a list in bytes: the longest key of a state entry.
const PLACE_BYTES_MAX: usize = 1_024;

/// The cursor for a place in the list at `path`.
pub(super) fn cursor(path: &str, place: &[u8]) -> String {
    hex(&[&tag(path), place].concat())
}

/// The place that a cursor means in the list at `path`.
pub(super) fn place(path: &str, text: &str) -> Result<Vec<u8>, HttpError> {
    let bytes = unhex(text).filter(|bytes| bytes.len() <= PLACE_BYTES_MAX + 2);
    let bytes = bytes.ok_or(HttpError::BadCursor)?;
    let place = bytes.strip_prefix(&tag(path)).ok_or(HttpError::BadCursor)?;
    Ok(place.to_vec())
}

fn tag(path: &str) -> [u8; 2] {
    let hash = blake3::hash(path.as_bytes());
    let [first, second, ..] = *hash.as_bytes();
    [first, second]
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    odd.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests;
