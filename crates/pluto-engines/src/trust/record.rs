//! What is stored: the standing of a subject, and the edge from an attester to a subject.
//!
//! Keys: `s` ‖ dimension ‖ subject 33, and `e` ‖ dimension ‖ subject 33 ‖ attester 33, so that one
//! prefix lists everything behind a value. Values: 64-bit big-endian integers in the order of the
//! fields, then for an edge the 32 bytes of the event id. Amounts are parts per million of the weight
//! of one root. The layout is versioned with the event formats.

use pluto_core::codec::Decoded;
use pluto_core::did::DID_BYTES;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Did, EventId, Reader};

use super::decay::decayed;

/// Bytes of an encoded standing.
pub const STANDING_BYTES: usize = 48;
/// Bytes of an encoded edge.
pub const EDGE_BYTES: usize = 56;

/// The standing of one subject in one dimension; all zero for somebody nobody has attested to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The day of realm time the amounts below are of.
    pub day: u64,
    /// What attesters vouch now; bounds the subject's own weight. Does not decay.
    pub flow: u64,
    /// What the subject has passed on by vouching; never given back, does not decay.
    pub spent: u64,
    /// Praise as of `day`.
    pub pos: u64,
    /// Complaints as of `day`.
    pub neg: u64,
    /// Praise gained on `day` itself.
    pub gain: u64,
}

/// What one attester now contributes to one subject in one dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// The day of realm time `contribution` is of.
    pub day: u64,
    /// Praise if positive, complaint if negative, as of `day`.
    pub contribution: i64,
    /// What the attester vouches; part of the subject's `flow`. Does not decay.
    pub vouched: u64,
    /// The attestation that was stepped on last.
    pub event: EventId,
}

/// A record whose blank value is stored as no entry.
pub(super) trait Record: Canonical + Default {
    /// Whether it says no more than its absence would.
    fn is_blank(&self) -> bool;
}

impl Standing {
    /// Decays it to `day`; a day before its own changes nothing.
    pub fn bring_to(&mut self, day: u64) {
        if day > self.day {
            let days = day - self.day;
            self.pos = decayed(self.pos, days);
            self.neg = decayed(self.neg, days);
            self.gain = 0;
            self.day = day;
        }
    }
}

impl Edge {
    /// Decays the contribution to `day`; an earlier day changes nothing.
    pub(super) fn bring_to(&mut self, day: u64) {
        if day > self.day {
            let left = decayed(self.contribution.unsigned_abs(), day - self.day);
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            self.contribution = left * self.contribution.signum();
            self.day = day;
        }
    }
}

impl Record for Standing {
    fn is_blank(&self) -> bool {
        *self == Self { day: self.day, ..Self::default() }
    }
}

impl Record for Edge {
    fn is_blank(&self) -> bool {
        self.contribution == 0 && self.vouched == 0
    }
}

impl Canonical for Standing {
    fn encode_into(&self, out: &mut Vec<u8>) {
        for field in [self.day, self.flow, self.spent, self.pos, self.neg, self.gain] {
            out.extend_from_slice(&field.to_be_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            day: input.u64()?,
            flow: input.u64()?,
            spent: input.u64()?,
            pos: input.u64()?,
            neg: input.u64()?,
            gain: input.u64()?,
        })
    }
}

impl Canonical for Edge {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.day.to_be_bytes());
        out.extend_from_slice(&self.contribution.to_be_bytes());
        out.extend_from_slice(&self.vouched.to_be_bytes());
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            day: input.u64()?,
            contribution: input.i64()?,
            vouched: input.u64()?,
            event: EventId(input.array()?),
        })
    }
}

/// The key of a standing.
#[must_use]
pub fn standing_key(dimension: Dimension, subject: Did) -> Vec<u8> {
    key(b's', dimension, subject, 0)
}

/// The prefix of all standings in one dimension; the DID follows.
#[must_use]
pub fn standing_prefix(dimension: Dimension) -> [u8; 2] {
    [b's', dimension as u8]
}

/// The prefix of the edges of everybody who attested to `subject`.
#[must_use]
pub fn edge_prefix(dimension: Dimension, subject: Did) -> Vec<u8> {
    key(b'e', dimension, subject, DID_BYTES)
}

/// The key of an edge.
#[must_use]
pub fn edge_key(dimension: Dimension, subject: Did, attester: Did) -> Vec<u8> {
    let mut out = edge_prefix(dimension, subject);
    attester.encode_into(&mut out);
    out
}

/// The attester at the end of an edge's key.
pub(super) fn attester_of(key: &[u8]) -> Decoded<Did> {
    let mut reader = Reader::new(key);
    reader.take(2 + DID_BYTES)?;
    let attester = Did::decode_from(&mut reader)?;
    reader.finish()?;
    Ok(attester)
}

fn key(tag: u8, dimension: Dimension, subject: Did, spare_bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 + DID_BYTES + spare_bytes);
    out.extend_from_slice(&[tag, dimension as u8]);
    subject.encode_into(&mut out);
    out
}
