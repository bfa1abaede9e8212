//! State entries about keys, in component `KeyManagement`.

use pluto_core::codec::{Canonical, Decoded, Reader};
use pluto_core::traits::PublicKey;
use pluto_core::{Did, Digest, EventId};

/// A change of key that took effect, under [`key_change_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyChangeRecord {
    /// Whose key.
    pub owner: Did,
    /// The new key.
    pub key: PublicKey,
    /// The key event before it.
    pub replaced: EventId,
    /// Whether guardians brought it about.
    pub recovered: bool,
}

/// A guardian's statement that took effect, under [`statement_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRecord {
    /// Who made it.
    pub guardian: Did,
    /// Whose key is lost.
    pub subject: Did,
    /// The key to take its place.
    pub key: PublicKey,
    /// Digest of the key after it.
    pub next_key_digest: Option<Digest>,
    /// The subject's active key event then: a rotation since cancels the statement.
    pub key_event: EventId,
    /// From when the delay counts, in Unix milliseconds.
    pub from_ms: u64,
}

/// `g` ‖ DID: the guardians of an identity, as in its inception.
#[must_use]
pub fn guardians_key(did: Did) -> Vec<u8> {
    [b"g".as_slice(), &did.to_bytes()].concat()
}

/// `k` ‖ id of the event that changed the key.
#[must_use]
pub fn key_change_key(event: EventId) -> Vec<u8> {
    [b"k".as_slice(), &event.0].concat()
}

/// `s` ‖ id of the statement.
#[must_use]
pub fn statement_key(event: EventId) -> Vec<u8> {
    [b"s".as_slice(), &event.0].concat()
}

impl Canonical for KeyChangeRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.owner.encode_into(out);
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.replaced.0);
        out.push(u8::from(self.recovered));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            owner: Did::decode_from(input)?,
            key: input.array()?,
            replaced: EventId(input.array()?),
            recovered: input.flag("recovered flag")?,
        })
    }
}

impl Canonical for StatementRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.guardian.encode_into(out);
        self.subject.encode_into(out);
        out.extend_from_slice(&self.key);
        out.push(u8::from(self.next_key_digest.is_some()));
        if let Some(digest) = &self.next_key_digest {
            out.extend_from_slice(&digest.0);
        }
        out.extend_from_slice(&self.key_event.0);
        out.extend_from_slice(&self.from_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let guardian = Did::decode_from(input)?;
        let subject = Did::decode_from(input)?;
        let key = input.array()?;
        let next_key_digest =
            if input.flag("next key flag")? { Some(Digest(input.array()?)) } else { None };
        let key_event = EventId(input.array()?);
        Ok(Self { guardian, subject, key, next_key_digest, key_event, from_ms: input.u64()? })
    }
}
