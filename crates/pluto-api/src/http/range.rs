//! The one range of bytes that a request may ask for (RFC 9110, section 14).

use std::ops::Range;

use super::problem::HttpError;

/// What of `length` bytes the header asks for; none for all. Several ranges, and what is no range of
/// bytes, are passed over as the RFC allows.
pub(super) fn wanted(header: Option<&str>, length: u64) -> Result<Option<Range<u64>>, HttpError> {
    let set = header.and_then(|header| header.strip_prefix("bytes="));
    let Some((first, last)) = set.and_then(|set| set.trim().split_once('-')) else {
        return Ok(None);
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(suffix)) if first.is_empty() => length.saturating_sub(suffix)..length,
        _ => return Ok(None),
    };
    if range.is_empty() { Err(HttpError::BadRange(length)) } else { Ok(Some(range)) }
}

#[cfg(test)]
mod tests;
