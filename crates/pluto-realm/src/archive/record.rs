//! The payload of `ArchiveChange`, and what the state keeps of an archive.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::{BlobId, Digest, EventId};

/// Most blobs that one epoch takes in.
pub const EPOCH_BLOBS_MAX: usize = 512;
/// Most legal holds on one thing.
pub const HOLDS_MAX: usize = 16;
/// Longest reason in bytes.
pub const REASON_BYTES_MAX: usize = 512;

/// The payload of `ArchiveChange`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveChange {
    /// An epoch is closed.
    Seal(Seal),
    /// Something is kept whatever the rules allow.
    Hold {
        /// What.
        scope: HoldScope,
        /// The name of the hold, 1 to 128 bytes: a case, an order.
        name: String,
        /// Why, 1 to 512 bytes.
        reason: String,
    },
    /// A hold ends.
    Lift {
        /// On what it is.
        scope: HoldScope,
        /// Its name.
        name: String,
    },
    /// A blob is erased for good.
    Erase {
        /// Which.
        blob: BlobId,
        /// Why, 1 to 512 bytes.
        reason: String,
    },
    /// The payload of an event is erased for good.
    ErasePayload {
        /// The epoch that the event stands in.
        epoch: u32,
        /// Which.
        event: EventId,
        /// Why, 1 to 512 bytes.
        reason: String,
    },
}

/// A stretch of the realm's order that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Its number, counted from 1.
    pub number: u32,
    /// The position after its last event.
    pub end: u64,
    /// The number of the final checkpoint that covers it.
    pub checkpoint: u64,
    /// The root of the log there.
    pub log_root: Digest,
    /// Its manifest.
    pub manifest: BlobId,
    /// The blobs that belong to it, ascending, at most 512.
    pub blobs: Vec<BlobId>,
}

/// What a legal hold keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldScope {
    /// All that the realm archived.
    Realm,
    /// An epoch.
    Epoch(u32),
    /// A blob.
    Blob(BlobId),
    /// The payload of an event.
    Payload(EventId),
}

/// An epoch in component `Archive`, under [`epoch_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochRecord {
    /// Its number.
    pub number: u32,
    /// The event that sealed it.
    pub event: EventId,
    /// The position of its first event.
    pub from: u64,
    /// The position after its last event.
    pub end: u64,
    /// The final checkpoint that covers it.
    pub checkpoint: u64,
    /// The root of the log at its end.
    pub log_root: Digest,
    /// Its manifest.
    pub manifest: BlobId,
    /// Realm time of the seal in Unix milliseconds.
    pub sealed_ms: u64,
    /// How long it is kept by the rules of the day it was sealed, in milliseconds.
    pub keep_ms: u64,
    /// How many blobs were taken in.
    pub blobs: u32,
}

/// A blob in component `Archive`, under [`blob_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivedBlob {
    /// The epoch it belongs to.
    pub epoch: u32,
}

/// An erased blob or payload in component `Archive`, under [`erased_key`] or [`erased_payload_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The event that erased it.
    pub event: EventId,
    /// The epoch it belonged to.
    pub epoch: u32,
    /// The last checkpoint that was final then.
    pub after: u64,
    /// Why.
    pub reason: String,
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// The event that ordered it.
    pub event: EventId,
}

/// The legal holds on one thing in component `Archive`, under [`hold_key`]: ascending by name, never none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds(pub Vec<Hold>);

/// A text of 1 to `max` bytes.
pub(crate) fn take_text(input: &mut Reader<'_>, what: &'static str, max: usize) -> Decoded<String> {
    match input.text(what, max)? {
        "" => Err(CodecError::BadValue { what, found: 0 }),
        text => Ok(text.to_owned()),
    }
}

impl Canonical for HoldScope {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Realm => out.push(0),
            Self::Epoch(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Self::Blob(blob) => {
                out.push(2);
                out.extend_from_slice(&blob.0);
            }
            Self::Payload(event) => {
                out.push(3);
                out.extend_from_slice(&event.0);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Realm),
            1 => input.u32().map(Self::Epoch),
            2 => input.array().map(|id| Self::Blob(BlobId(id))),
            3 => input.array().map(|id| Self::Payload(EventId(id))),
            other => Err(CodecError::BadValue { what: "hold scope", found: other.into() }),
        }
    }
}

impl Canonical for Seal {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.end.to_be_bytes());
        out.extend_from_slice(&self.checkpoint.to_be_bytes());
        out.extend_from_slice(&self.log_root.0);
        out.extend_from_slice(&self.manifest.0);
        put_blobs(out, &self.blobs);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            number: input.u32()?,
            end: input.u64()?,
            checkpoint: input.u64()?,
            log_root: Digest(input.array()?),
            manifest: BlobId(input.array()?),
            blobs: take_blobs(input)?,
        })
    }
}

/// Appends ids of blobs behind their count.
pub fn put_blobs(out: &mut Vec<u8>, blobs: &[BlobId]) {
    out.extend_from_slice(&u16::try_from(blobs.len()).unwrap_or(u16::MAX).to_be_bytes());
    blobs.iter().for_each(|blob| out.extend_from_slice(&blob.0));
}

/// Reads ids of blobs, ascending, at most [`EPOCH_BLOBS_MAX`].
///
/// # Errors
/// As [`Canonical::decode_from`].
pub fn take_blobs(input: &mut Reader<'_>) -> Decoded<Vec<BlobId>> {
    let count = usize::from(input.u16()?);
    if count > EPOCH_BLOBS_MAX {
        let (what, max) = ("blobs of an epoch", EPOCH_BLOBS_MAX);
        return Err(CodecError::TooLarge { what, found: count, max });
    }
    let mut blobs: Vec<BlobId> = Vec::with_capacity(count);
    for _ in 0..count {
        let blob = BlobId(input.array()?);
        if blobs.last().is_some_and(|last| *last >= blob) {
            return Err(CodecError::NotCanonical("order of blobs"));
        }
        blobs.push(blob);
    }
    Ok(blobs)
}

impl Canonical for ArchiveChange {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Seal(seal) => {
                out.push(0);
                seal.encode_into(out);
            }
            Self::Hold { scope, name, reason } => {
                out.push(1);
                scope.encode_into(out);
                put_bytes(out, name.as_bytes());
                put_bytes(out, reason.as_bytes());
            }
            Self::Lift { scope, name } => {
                out.push(2);
                scope.encode_into(out);
                put_bytes(out, name.as_bytes());
            }
            Self::Erase { blob, reason } => {
                out.push(3);
                out.extend_from_slice(&blob.0);
                put_bytes(out, reason.as_bytes());
            }
            Self::ErasePayload { epoch, event, reason } => {
                out.push(4);
                out.extend_from_slice(&epoch.to_be_bytes());
                out.extend_from_slice(&event.0);
                put_bytes(out, reason.as_bytes());
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Seal::decode_from(input).map(Self::Seal),
            1 => Ok(Self::Hold {
                scope: HoldScope::decode_from(input)?,
                name: take_text(input, "name of a hold", NAME_BYTES_MAX)?,
                reason: take_text(input, "reason", REASON_BYTES_MAX)?,
            }),
            2 => Ok(Self::Lift {
                scope: HoldScope::decode_from(input)?,
                name: take_text(input, "name of a hold", NAME_BYTES_MAX)?,
            }),
            3 => Ok(Self::Erase {
                blob: BlobId(input.array()?),
                reason: take_text(input, "reason", REASON_BYTES_MAX)?,
            }),
            4 => Ok(Self::ErasePayload {
                epoch: input.u32()?,
                event: EventId(input.array()?),
                reason: take_text(input, "reason", REASON_BYTES_MAX)?,
            }),
            other => Err(CodecError::BadValue { what: "archive change", found: other.into() }),
        }
    }
}

impl Canonical for EpochRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.event.0);
        for number in [self.from, self.end, self.checkpoint] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.log_root.0);
        out.extend_from_slice(&self.manifest.0);
        for number in [self.sealed_ms, self.keep_ms] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.blobs.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            number: input.u32()?,
            event: EventId(input.array()?),
            from: input.u64()?,
            end: input.u64()?,
            checkpoint: input.u64()?,
            log_root: Digest(input.array()?),
            manifest: BlobId(input.array()?),
            sealed_ms: input.u64()?,
            keep_ms: input.u64()?,
            blobs: input.u32()?,
        })
    }
}

impl Canonical for ArchivedBlob {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { epoch: input.u32()? })
    }
}

impl Canonical for Erasure {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.after.to_be_bytes());
        put_bytes(out, self.reason.as_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            event: EventId(input.array()?),
            epoch: input.u32()?,
            after: input.u64()?,
            reason: take_text(input, "reason", REASON_BYTES_MAX)?,
        })
    }
}

impl Canonical for Holds {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        for hold in &self.0 {
            put_bytes(out, hold.name.as_bytes());
            put_bytes(out, hold.reason.as_bytes());
            out.extend_from_slice(&hold.event.0);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let count = usize::from(input.u8()?);
        if count == 0 || count > HOLDS_MAX {
            return Err(CodecError::BadValue { what: "number of holds", found: count as u64 });
        }
        let mut holds: Vec<Hold> = Vec::with_capacity(count);
        for _ in 0..count {
            let hold = Hold {
                name: take_text(input, "name of a hold", NAME_BYTES_MAX)?,
                reason: take_text(input, "reason", REASON_BYTES_MAX)?,
                event: EventId(input.array()?),
            };
            if holds.last().is_some_and(|last| last.name >= hold.name) {
                return Err(CodecError::NotCanonical("order of holds"));
            }
            holds.push(hold);
        }
        Ok(Self(holds))
    }
}
