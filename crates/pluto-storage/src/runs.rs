//! Finds the headers of an encoded run without decoding it.
//!
//! The log checks an id by hashing one header, and rebuilds its index by hashing all; of payloads it
//! knows only how to leave them out. Layout: `pluto_core::run`. A test holds this walk against the full decoder.

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

/// One event of a run, as encoded.
pub(crate) struct Part<'a> {
    header: &'a [u8],
    payload: Option<&'a [u8]>,
}

impl Part<'_> {
    /// Whether it is that event.
    pub(crate) fn is(&self, id: &EventId) -> bool {
        event_ids(&[self.header]).first() == Some(id)
    }

    /// Whether its payload is here.
    pub(crate) const fn is_whole(&self) -> bool {
        self.payload.is_some()
    }
}

/// The ids of all events; `None` when the bytes are no run.
pub(crate) fn ids(run: &[u8]) -> Option<Vec<EventId>> {
    let (parts, rest) = parts(run)?;
    let headers: Vec<&[u8]> = parts.iter().map(|part| part.header).collect();
    rest.is_empty().then(|| event_ids(&headers))
}

/// The event in that slot.
pub(crate) fn part_at(run: &[u8], slot: u8) -> Option<Part<'_>> {
    if usize::from(slot) >= event_count(run) {
        return None;
    }
    let mut input = Reader::new(run);
    input.take(PREFIX_BYTES).ok()?;
    for _ in 0..slot {
        next_part(&mut input)?;
    }
    next_part(&mut input)
}

/// How many bytes of `bytes` the run at their beginning takes.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    parts(bytes).map(|(_, rest)| bytes.len() - rest.len())
}

/// The run without the payloads of the events in the slots that `is_gone` names.
pub(crate) fn hollow(run: &[u8], is_gone: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(run.len());
    out.extend_from_slice(run.get(..PREFIX_BYTES)?);
    for (Part { header, payload }, slot) in parts(run)?.0.into_iter().zip(0..=u8::MAX) {
        let payload = payload.filter(|_| !is_gone(slot));
        out.extend_from_slice(&u16::try_from(header.len()).ok()?.to_be_bytes());
        out.extend_from_slice(header);
        out.push(u8::from(payload.is_some()));
        out.extend_from_slice(payload.unwrap_or_default());
    }
    Some(out)
}

/// Whether the bytes are one whole, canonical run.
pub(crate) fn decodes(run: &[u8]) -> bool {
    Run::decode(run).is_ok()
}

/// All events in order, and the bytes after them.
fn parts(bytes: &[u8]) -> Option<(Vec<Part<'_>>, &[u8])> {
    let mut input = Reader::new(bytes);
    input.take(PREFIX_BYTES).ok()?;
    let parts: Option<Vec<Part<'_>>> =
        (0..event_count(bytes)).map(|_| next_part(&mut input)).collect();
    Some((parts?, input.rest()))
}

fn next_part<'a>(input: &mut Reader<'a>) -> Option<Part<'a>> {
    let length = usize::from(input.u16().ok()?);
    let header = input.take(length).ok()?;
    let tail = header.get(length.checked_sub(HEADER_TAIL_BYTES)?..)?;
    if length < HEADER_BYTES_MIN {
        return None;
    }
    let mut payload = None;
    if input.flag("payload flag").ok()? {
        let payload_len = u32::from_be_bytes(*tail.first_chunk::<4>()?);
        payload = Some(input.take(payload_len as usize).ok()?);
    }
    Some(Part { header, payload })
}

#[cfg(test)]
mod tests;
