//! The header of an event: what is hashed, signed and ordered.
//!
//! Layout, in order, integers big-endian (`docs/formats/event.md`): `version u8 · realm 32 · author 33 ·
//! key_ref 32 · author_seq u64 · prev flag u8 [32] · parent count u8 · parents 32 each, ascending, unique ·
//! lamport u64 · wall_ms u64 · kind u16 · payload_version u8 · payload_len u32 · payload_hash 32`.
//!
//! The id is BLAKE3 (`derive_key`, `pluto event v1`) over the header, filled up with zero bytes to a
//! whole number of 64-byte blocks so that many ids are computed side by side. The header says its own
//! length, so the fill adds no second header with the same id.

mod parents;

use crate::codec::{Canonical, CodecError, Decoded, Reader};
use crate::did::Did;
use crate::format::Format;
use crate::hash::Digest;
use crate::ids::{EventId, RealmId};
use crate::kind::KindNumber;
use crate::limits::{PARENTS_MAX, PAYLOAD_BYTES_MAX};

pub use parents::Parents;

/// The event header, as hashed and stored.
pub const EVENT_FORMAT: Format = Format::new("event", 1);
/// Bytes of a header without `prev` and parents.
pub const HEADER_BYTES_MIN: usize = 163;
/// Bytes of the largest header.
pub const HEADER_BYTES_MAX: usize = HEADER_BYTES_MIN + 32 * (1 + PARENTS_MAX);

crate::domains! {
    EVENT = "pluto event v1";
    PAYLOAD = "pluto payload v1";
}

/// The hash under which a header names its payload: BLAKE3 (`derive_key`, `pluto payload v1`) over
/// the payload filled up with zero bytes to whole blocks; its length stands beside it in the header.
#[must_use]
pub fn payload_hash(payload: &[u8]) -> Digest {
    PAYLOAD.hash_padded(payload)
}

/// The hashes of payloads, in order.
#[must_use]
pub fn payload_hashes(payloads: &[&[u8]]) -> Vec<Digest> {
    PAYLOAD.hash_padded_many(payloads)
}

/// The header of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The realm it belongs to; zero in a genesis, whose id becomes the realm's.
    pub realm: RealmId,
    /// Who wrote it.
    pub author: Did,
    /// The identity event whose key signs; zero in the author's first event, which carries the key.
    pub key_ref: EventId,
    /// How many events the author wrote in the realm before this one.
    pub author_seq: u64,
    /// The author's previous event in the realm; none in the first.
    pub prev: Option<EventId>,
    /// The heads the author had seen: ascending, unique; none only in a genesis.
    pub parents: Parents,
    /// 1 + the largest Lamport time among the parents.
    pub lamport: u64,
    /// The author's clock, Unix milliseconds; shown to people, orders nothing.
    pub wall_ms: u64,
    /// What the payload means.
    pub kind: KindNumber,
    /// Version of the payload's own format.
    pub payload_version: u8,
    /// Payload length in bytes.
    pub payload_len: u32,
    /// Hash of the payload.
    pub payload_hash: Digest,
}

impl Header {
    /// The id. For many headers at once see [`event_ids`].
    #[must_use]
    pub fn id(&self) -> EventId {
        EVENT.hash_padded(&self.encode()).into()
    }

    /// Whether it opens a realm.
    #[must_use]
    pub fn is_genesis(&self) -> bool {
        self.realm == RealmId::ZERO
    }

    /// The realm it belongs to, given its own id.
    #[must_use]
    pub fn realm_of(&self, id: EventId) -> RealmId {
        if self.is_genesis() { RealmId(id.0) } else { self.realm }
    }

    fn check(&self) -> Decoded<()> {
        let bad = |what, found| Err(CodecError::BadValue { what, found });
        let genesis = self.is_genesis();
        let first = self.author_seq == 0;
        if genesis && !(first && self.lamport == 1) {
            return bad("author_seq and lamport of a genesis", self.author_seq);
        }
        if genesis != self.parents.is_empty() {
            return bad("parents", self.parents.len() as u64);
        }
        if first != self.prev.is_none() {
            return bad("prev", self.author_seq);
        }
        if first != (self.key_ref == EventId::ZERO) {
            return bad("key_ref", self.author_seq);
        }
        if self.lamport == 0 {
            return bad("lamport", 0);
        }
        Ok(())
    }
}

impl Canonical for Header {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(EVENT_FORMAT.version);
        out.extend_from_slice(&self.realm.0);
        self.author.encode_into(out);
        out.extend_from_slice(&self.key_ref.0);
        out.extend_from_slice(&self.author_seq.to_be_bytes());
        out.push(u8::from(self.prev.is_some()));
        if let Some(prev) = &self.prev {
            out.extend_from_slice(&prev.0);
        }
        out.push(u8::try_from(self.parents.len()).unwrap_or(u8::MAX));
        for parent in self.parents.iter() {
            out.extend_from_slice(&parent.0);
        }
        out.extend_from_slice(&self.lamport.to_be_bytes());
        out.extend_from_slice(&self.wall_ms.to_be_bytes());
        out.extend_from_slice(&self.kind.0.to_be_bytes());
        out.push(self.payload_version);
        out.extend_from_slice(&self.payload_len.to_be_bytes());
        out.extend_from_slice(&self.payload_hash.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != EVENT_FORMAT.version {
            let known = EVENT_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "event", found: version, known });
        }
        let header = Self {
            realm: RealmId(input.array()?),
            author: Did::decode_from(input)?,
            key_ref: EventId(input.array()?),
            author_seq: input.u64()?,
            prev: if input.flag("prev flag")? { Some(EventId(input.array()?)) } else { None },
            parents: decode_parents(input)?,
            lamport: input.u64()?,
            wall_ms: input.u64()?,
            kind: KindNumber(input.u16()?),
            payload_version: input.u8()?,
            payload_len: decode_payload_len(input)?,
            payload_hash: Digest(input.array()?),
        };
        header.check()?;
        Ok(header)
    }
}

fn decode_parents(input: &mut Reader<'_>) -> Decoded<Parents> {
    let count = usize::from(input.u8()?);
    if count == 1 {
        return Ok(EventId(input.array()?).into());
    }
    if count > PARENTS_MAX {
        return Err(CodecError::TooLarge { what: "parent count", found: count, max: PARENTS_MAX });
    }
    let mut parents: Vec<EventId> = Vec::with_capacity(count);
    for _ in 0..count {
        let parent = EventId(input.array()?);
        if parents.last().is_some_and(|last| *last >= parent) {
            return Err(CodecError::NotCanonical("order of parents"));
        }
        parents.push(parent);
    }
    Ok(parents.into())
}

fn decode_payload_len(input: &mut Reader<'_>) -> Decoded<u32> {
    let length = input.u32()?;
    if length as usize > PAYLOAD_BYTES_MAX {
        let found = length as usize;
        return Err(CodecError::TooLarge { what: "payload_len", found, max: PAYLOAD_BYTES_MAX });
    }
    Ok(length)
}

/// The ids of encoded headers, in order: equal to hashing one by one, several times faster.
#[must_use]
pub fn event_ids(encoded_headers: &[&[u8]]) -> Vec<EventId> {
    EVENT.hash_padded_many(encoded_headers).into_iter().map(EventId::from).collect()
}

#[cfg(test)]
mod tests;
