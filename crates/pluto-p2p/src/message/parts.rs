//! Parts of messages, and lists that are compared with their bounds before room is made.

use std::sync::Arc;

use pluto_core::codec::Decoded;
use pluto_core::limits::RUN_BYTES_MAX;
use pluto_core::{Canonical, CodecError, Reader};

use super::RUNS_MAX;
use crate::head::{HeadTuple, TUPLE_BYTES};

/// A stretch of one author's chain: from number `from` up to the event that the tuple names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The chain end, as the serving side named it.
    pub end: HeadTuple,
    /// The first number wanted, at most that of the end.
    pub from: u64,
}

impl Range {
    /// Bytes of an encoded range.
    pub const BYTES: usize = TUPLE_BYTES + 8;
}

impl Canonical for Range {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.end.encode_into(out);
        out.extend_from_slice(&self.from.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let range = Self { end: HeadTuple::decode_from(input)?, from: input.u64()? };
        if range.from > range.end.seq {
            return Err(CodecError::BadValue { what: "start of a range", found: range.from });
        }
        Ok(range)
    }
}

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// The realm is not here, or not for this peer: the two are not told apart.
    NoRealm = 1,
    /// The exchange is not known, or not any more: begin anew.
    NoSession = 2,
    /// Too much at once: later.
    Busy = 3,
}

impl Canonical for Refusal {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            1 => Ok(Self::NoRealm),
            2 => Ok(Self::NoSession),
            3 => Ok(Self::Busy),
            other => Err(CodecError::BadValue { what: "refusal", found: u64::from(other) }),
        }
    }
}

/// Counts of lists are `u16`; every bound is far below.
pub(super) fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

/// A list whose items take at least `item_bytes` each.
pub(super) fn read_list<T>(
    input: &mut Reader<'_>,
    what: &'static str,
    max: usize,
    item_bytes: usize,
    item: impl Fn(&mut Reader<'_>) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    let count = usize::from(input.u16()?);
    if count > max {
        return Err(CodecError::TooLarge { what, found: count, max });
    }
    let (wanted, found) = (count * item_bytes, input.rest().len());
    if wanted > found {
        return Err(CodecError::Truncated { wanted, found });
    }
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(item(input)?);
    }
    Ok(items)
}

pub(super) fn read_runs(input: &mut Reader<'_>) -> Decoded<Vec<Arc<[u8]>>> {
    read_list(input, "runs", RUNS_MAX, 4, |input| {
        input.bytes("run", RUN_BYTES_MAX).map(Arc::<[u8]>::from)
    })
}

pub(super) fn ascending<T: Ord>(items: Vec<T>, what: &'static str) -> Decoded<Vec<T>> {
    match items.is_sorted_by(|a, b| a < b) {
        true => Ok(items),
        false => Err(CodecError::NotCanonical(what)),
    }
}
