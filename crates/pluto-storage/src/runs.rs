//! Finds the headers of an encoded run without decoding it.
//!
//! The log checks an id by hashing one header, and rebuilds its index by hashing all; it has no use
//! for payloads. Layout: `pluto_core::run`. A test holds this walk against the full decoder.

use pluto_core::event::{HEADER_BYTES_MIN, event_ids};
use pluto_core::ids::EventId;
use pluto_core::{Canonical, Reader, Run};

/// Bytes of `version u8 · count−1 u8 · signature 64`.
const PREFIX_BYTES: usize = 66;
/// Bytes of `payload length u32 · payload hash 32`, the end of every header.
const HEADER_TAIL_BYTES: usize = 36;

/// How many events the run says it has.
pub(crate) fn event_count(run: &[u8]) -> usize {
    run.get(1).map_or(0, |count| usize::from(*count) + 1)
}

/// The encoded headers, in order; `None` when the bytes are no run.
pub(crate) fn headers(run: &[u8]) -> Option<Vec<&[u8]>> {
    let mut headers = Vec::with_capacity(event_count(run));
    let mut input = Reader::new(run);
    input.take(PREFIX_BYTES).ok()?;
    for _ in 0..event_count(run) {
        headers.push(next_header(&mut input)?);
    }
    input.finish().ok().map(|()| headers)
}

/// The ids of all events; `None` when the bytes are no run.
pub(crate) fn ids(run: &[u8]) -> Option<Vec<EventId>> {
    headers(run).map(|headers| event_ids(&headers))
}

/// The id of the event in that slot.
pub(crate) fn id_at(run: &[u8], slot: u8) -> Option<EventId> {
    if usize::from(slot) >= event_count(run) {
        return None;
    }
    let mut input = Reader::new(run);
    input.take(PREFIX_BYTES).ok()?;
    for _ in 0..slot {
        next_header(&mut input)?;
    }
    event_ids(&[next_header(&mut input)?]).first().copied()
}

/// Whether the bytes are one whole, canonical run.
pub(crate) fn decodes(run: &[u8]) -> bool {
    Run::decode(run).is_ok()
}

fn next_header<'a>(input: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = usize::from(input.u16().ok()?);
    let header = input.take(length).ok()?;
    let tail = header.get(length.checked_sub(HEADER_TAIL_BYTES)?..)?;
    if length < HEADER_BYTES_MIN {
        return None;
    }
    if input.flag("payload flag").ok()? {
        let payload_len = u32::from_be_bytes(*tail.first_chunk::<4>()?);
        input.take(payload_len as usize).ok()?;
    }
    Some(header)
}

#[cfg(test)]
mod tests;
