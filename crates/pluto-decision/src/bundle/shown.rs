//! One signed event out of its run: the event, its path to the root of the run, the signature.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::event::{HEADER_BYTES_MAX, payload_hash};
use pluto_core::limits::{PAYLOAD_BYTES_MAX, RUN_PATH_MAX};
use pluto_core::run::{SIGNATURE_BYTES, run_path, run_root_from_path, signing_message};
use pluto_core::traits::{PublicKey, SignedMessage};
use pluto_core::{Digest, Event, EventId, Header, Run, Signature};

/// An event with what shows that its author signed it; tells nothing about the rest of its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The event, payload included.
    pub event: Event,
    /// Its place in the run.
    pub index: u8,
    /// Number of events in the run, less one.
    pub last: u8,
    /// From the event to the root of the run.
    pub path: Vec<Digest>,
    /// The signature over the run.
    pub signature: Signature,
}

impl Shown {
    /// The event at `index` of `run`; none when there is no such event.
    #[must_use]
    pub fn of(run: &Run, index: usize) -> Option<Self> {
        let event = run.events.get(index)?.clone();
        let ids: Vec<EventId> = run.events.iter().map(|event| event.id).collect();
        Some(Self {
            event,
            index: u8::try_from(index).ok()?,
            last: u8::try_from(ids.len().checked_sub(1)?).ok()?,
            path: run_path(&ids, index),
            signature: run.signature,
        })
    }

    /// What the signature must cover, under `key`; none when the path does not fit the run.
    #[must_use]
    pub fn signed(&self, key: PublicKey) -> Option<SignedMessage> {
        let count = u16::from(self.last) + 1;
        let index = usize::from(self.index);
        let root = run_root_from_path(self.event.id, index, usize::from(count), &self.path)?;
        let mut first: Header = self.event.header.clone();
        first.author_seq = first.author_seq.checked_sub(u64::from(self.index))?;
        let message = signing_message(&first, count, root);
        Some(SignedMessage { key, message, signature: self.signature })
    }
}

impl Canonical for Shown {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_event(out, &self.event);
        out.push(self.index);
        out.push(self.last);
        out.push(u8::try_from(self.path.len()).unwrap_or(u8::MAX));
        self.path.iter().for_each(|digest| out.extend_from_slice(&digest.0));
        out.extend_from_slice(&self.signature.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let event = read_event(input)?;
        let (index, last) = (input.u8()?, input.u8()?);
        let path = read_digests(input, "run path", RUN_PATH_MAX)?;
        let signature = Signature(input.array::<SIGNATURE_BYTES>()?);
        Ok(Self { event, index, last, path, signature })
    }
}

/// A header and a payload, each behind its length.
pub(crate) fn put_event(out: &mut Vec<u8>, event: &Event) {
    put_bytes(out, &event.header.encode());
    put_bytes(out, event.payload.as_deref().unwrap_or_default());
}

/// Reads an event whose payload is the one its header names.
pub(crate) fn read_event(input: &mut Reader<'_>) -> Decoded<Event> {
    let header = Header::decode(input.bytes("header", HEADER_BYTES_MAX)?)?;
    let payload = input.bytes("payload", PAYLOAD_BYTES_MAX)?;
    let mismatch = |what| CodecError::PayloadMismatch { index: 0, what };
    if payload.len() != header.payload_len as usize {
        return Err(mismatch("length"));
    }
    if payload_hash(payload) != header.payload_hash {
        return Err(mismatch("hash"));
    }
    Ok(Event { id: header.id(), header, payload: Some(payload.into()) })
}

/// A count of one byte, then that many digests.
pub(super) fn read_digests(
    input: &mut Reader<'_>,
    what: &'static str,
    max: usize,
) -> Decoded<Vec<Digest>> {
    let count = usize::from(input.u8()?);
    if count > max {
        return Err(CodecError::TooLarge { what, found: count, max });
    }
    (0..count).map(|_| Ok(Digest(input.array()?))).collect()
}
