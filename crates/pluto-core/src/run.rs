//! Runs: 1 to 256 consecutive events of one author in one realm under one signature.
//!
//! The signature covers (author, realm, first sequence number, count, Merkle root of the ids), so one
//! event of a run can be shown alone with a path of at most eight hashes; a single event is a run of
//! one. All events of a run name the same key. Layout (`docs/formats/run.md`): `version u8 · count−1 u8 · signature 64 · for each event:
//! header length u16, header, payload flag u8, payload` — the payload's length stands in its header,
//! and flag 0 marks a payload that was erased or not sent.

mod bytes;

use std::sync::Arc;

pub use bytes::PayloadBytes;

use crate::codec::{Canonical, CodecError, Decoded, Reader};
use crate::did::Did;
use crate::event::{HEADER_BYTES_MAX, Header, event_ids, payload_hashes};
use crate::format::Format;
use crate::hash::Digest;
use crate::ids::{EventId, RealmId};
use crate::limits::{RUN_BYTES_MAX, RUN_EVENTS_MAX};

/// An encoded run, as sent and stored.
pub const RUN_FORMAT: Format = Format::new("run", 1);
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

crate::domains! {
    NODE = "pluto run node v1";
}

const SIGNING_TAG: &[u8; 12] = b"pluto run v1";

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; SIGNATURE_BYTES]);

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::hex::text(&self.0))
    }
}

/// An event with its id and, unless it was erased, its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id: hash of the header.
    pub id: EventId,
    /// The header.
    pub header: Header,
    /// The payload; none when erased.
    pub payload: Option<PayloadBytes>,
}

/// Consecutive events of one author in one realm under one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The signature over [`Run::signing_message`].
    pub signature: Signature,
    /// 1 to 256 events, each the successor of the one before.
    pub events: Vec<Event>,
}

impl Run {
    /// What a signature over these events covers. `None` when `events` is empty.
    #[must_use]
    pub fn signing_message(events: &[Event]) -> Option<Vec<u8>> {
        let first = events.first()?;
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let count = u16::try_from(events.len()).ok()?;
        Some(signing_message(&first.header, count, run_root(&ids)))
    }

    /// The author of all its events.
    #[must_use]
    pub fn author(&self) -> Option<Did> {
        self.events.first().map(|event| event.header.author)
    }

    /// The realm of all its events.
    #[must_use]
    pub fn realm(&self) -> Option<RealmId> {
        self.events.first().map(|event| event.header.realm_of(event.id))
    }
}

/// The message one signature covers: tag ‖ author ‖ realm ‖ first sequence number ‖ count ‖ root.
#[must_use]
pub fn signing_message(first: &Header, count: u16, root: Digest) -> Vec<u8> {
    let mut message = Vec::with_capacity(12 + 33 + 32 + 8 + 2 + 32);
    message.extend_from_slice(SIGNING_TAG);
    first.author.encode_into(&mut message);
    message.extend_from_slice(&first.realm.0);
    message.extend_from_slice(&first.author_seq.to_be_bytes());
    message.extend_from_slice(&count.to_be_bytes());
    message.extend_from_slice(&root.0);
    message
}

/// The node of the tree over a run's ids.
#[must_use]
pub fn run_node(left: &Digest, right: &Digest) -> Digest {
    NODE.hash_one(&node_block(left, right))
}

fn node_block(left: &Digest, right: &Digest) -> [u8; 64] {
    let mut block = [0; 64];
    block.iter_mut().zip(left.0.iter().chain(&right.0)).for_each(|(to, from)| *to = *from);
    block
}

/// The Merkle root of a run's ids: RFC 9162 §2.1.1 shape with the ids themselves as leaves. A leaf
/// cannot pass for a node because the signature also covers the count.
#[must_use]
pub fn run_root(ids: &[EventId]) -> Digest {
    let mut level: Vec<Digest> = ids.iter().map(|id| Digest(id.0)).collect();
    while level.len() > 1 {
        level = parent_level(&level);
    }
    level.first().copied().unwrap_or(Digest::ZERO)
}

/// The path of leaf `index`, from the leaf upwards.
#[must_use]
pub fn run_path(ids: &[EventId], index: usize) -> Vec<Digest> {
    let mut level: Vec<Digest> = ids.iter().map(|id| Digest(id.0)).collect();
    let mut at = index;
    let mut path = Vec::new();
    while level.len() > 1 {
        path.extend(level.get(at ^ 1).copied());
        level = parent_level(&level);
        at /= 2;
    }
    path
}

/// The root a path leads to from leaf `index` of `count`; `None` when its length does not fit.
#[must_use]
pub fn run_root_from_path(
    id: EventId,
    index: usize,
    count: usize,
    path: &[Digest],
) -> Option<Digest> {
    if index >= count || count > RUN_EVENTS_MAX {
        return None;
    }
    let (mut at, mut width, mut node) = (index, count, Digest(id.0));
    let mut rest = path.iter();
    while width > 1 {
        if at % 2 == 1 {
            node = run_node(rest.next()?, &node);
        } else if at + 1 < width {
            node = run_node(&node, rest.next()?);
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    rest.next().is_none().then_some(node)
}

fn parent_level(level: &[Digest]) -> Vec<Digest> {
    let (pairs, odd) = level.as_chunks::<2>();
    let blocks: Vec<[u8; 64]> = pairs.iter().map(|[l, r]| node_block(l, r)).collect();
    let mut parents = Vec::with_capacity(blocks.len() + 1);
    NODE.hash_many(&blocks.iter().collect::<Vec<_>>(), &mut parents);
    parents.extend_from_slice(odd);
    parents
}

impl Canonical for Run {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(RUN_FORMAT.version);
        out.push(u8::try_from(self.events.len().saturating_sub(1)).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.signature.0);
        for event in &self.events {
            let at = out.len();
            out.extend_from_slice(&[0, 0]);
            event.header.encode_into(out);
            let length = u16::try_from(out.len() - at - 2).unwrap_or(u16::MAX);
            if let Some(slot) = out.get_mut(at..at + 2) {
                slot.copy_from_slice(&length.to_be_bytes());
            }
            out.push(u8::from(event.payload.is_some()));
            if let Some(payload) = &event.payload {
                out.extend_from_slice(payload);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        if input.rest().len() > RUN_BYTES_MAX {
            let found = input.rest().len();
            return Err(CodecError::TooLarge { what: "run", found, max: RUN_BYTES_MAX });
        }
        let version = input.u8()?;
        if version != RUN_FORMAT.version {
            let known = RUN_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "run", found: version, known });
        }
        let count = usize::from(input.u8()?) + 1;
        let signature = Signature(input.array()?);
        let mut encoded = Vec::with_capacity(count);
        let mut payloads = Vec::with_capacity(count);
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let (bytes, header) = decode_header(input)?;
            payloads.push(take_payload(input, &header)?);
            encoded.push(bytes);
            events.push(Event { id: EventId::ZERO, header, payload: None });
        }
        for (event, id) in events.iter_mut().zip(event_ids(&encoded)) {
            event.id = id;
        }
        check_payloads(&events, &payloads)?;
        check_succession(&events)?;
        share_payloads(&mut events, &payloads);
        Ok(Self { signature, events })
    }
}

fn decode_header<'a>(input: &mut Reader<'a>) -> Decoded<(&'a [u8], Header)> {
    let length = usize::from(input.u16()?);
    if length > HEADER_BYTES_MAX {
        let max = HEADER_BYTES_MAX;
        return Err(CodecError::TooLarge { what: "header", found: length, max });
    }
    let bytes = input.take(length)?;
    Ok((bytes, Header::decode(bytes)?))
}

fn take_payload<'a>(input: &mut Reader<'a>, header: &Header) -> Decoded<Option<&'a [u8]>> {
    let is_here = input.flag("payload flag")?;
    is_here.then(|| input.take(header.payload_len as usize)).transpose()
}

/// Each payload must be the one its header names.
fn check_payloads(events: &[Event], payloads: &[Option<&[u8]>]) -> Decoded<()> {
    let present: Vec<&[u8]> = payloads.iter().flatten().copied().collect();
    let named = events.iter().enumerate().zip(payloads).filter(|(_, payload)| payload.is_some());
    for (((index, event), _), hash) in named.zip(payload_hashes(&present)) {
        if event.header.payload_hash != hash {
            return Err(CodecError::PayloadMismatch { index, what: "hash" });
        }
    }
    Ok(())
}

/// Copies the payloads into one buffer and gives each event its part.
fn share_payloads(events: &mut [Event], payloads: &[Option<&[u8]>]) {
    let present: Vec<&[u8]> = payloads.iter().flatten().copied().collect();
    let buffer = Arc::new(present.concat());
    let mut start = 0;
    for (event, payload) in events.iter_mut().zip(payloads) {
        let Some(payload) = payload else { continue };
        event.payload = Some(PayloadBytes::of(&buffer, start..start + payload.len()));
        start += payload.len();
    }
}

/// Each event must be the next of the same author in the same realm, after its predecessor.
fn check_succession(events: &[Event]) -> Decoded<()> {
    let realm = events.first().map(|event| event.header.realm_of(event.id));
    for (index, pair) in events.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let (old, new) = (&before.header, &after.header);
        let broken = |why| Err(CodecError::BrokenRun { index: index + 1, why });
        if new.author != old.author || Some(new.realm) != realm {
            return broken("another author or realm");
        }
        if Some(new.author_seq) != old.author_seq.checked_add(1) || new.prev != Some(before.id) {
            return broken("not the author's next event");
        }
        let key_event = if old.author_seq == 0 { before.id } else { old.key_ref };
        if new.key_ref != key_event {
            return broken("another key");
        }
        if new.lamport <= old.lamport {
            return broken("lamport does not grow");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
