//! Payloads that change the key of an identity: `KeyRotated` and the guardians' `RecoveryInitiated`.
//!
//! A rotation is signed by the current key and reveals the one its predecessor committed to. It also
//! carries a signature of the new key over the very header it stands in, so that whoever holds only
//! the current key, revealed digest or not, can write no rotation and alter none. A recovery is signed by the new
//! key alone and names what the guardians have said.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::event::payload_hash;
use pluto_core::payload::{GUARDIANS_MAX, Inception};
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage, Signer};
use pluto_core::{Did, Digest, Event, EventId, Header, Signature};
use pluto_error::Result;

use crate::signer::KeyPair;

pluto_core::domains! {
    PROOF = "pluto key proof v1";
}

const PROOF_BYTES: usize = 64;

/// The payload of `KeyRotated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// The key that signs from here on.
    pub key: PublicKey,
    /// Digest of the key after it; none when it is the last.
    pub next_key_digest: Option<Digest>,
    /// Why it may replace the key before it.
    pub authority: Authority,
}

/// What entitles a key to replace another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The current key signs the event, and the new one has signed this proof.
    Rotation(Signature),
    /// The new key signs the event; guardians have named it.
    Recovery {
        /// The identity's inception, which names the guardians; the DID follows from it.
        inception: Inception,
        /// The guardians' statements: ascending, unique, 1 to 16.
        statements: Vec<EventId>,
    },
}

/// The payload of `RecoveryInitiated`: a guardian's word about the next key of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryInitiated {
    /// Whose key is lost.
    pub subject: Did,
    /// The key to take its place.
    pub key: PublicKey,
    /// Digest of the key after it; none when it is to be the last.
    pub next_key_digest: Option<Digest>,
    /// The guardian's clock in Unix milliseconds: the delay counts from it, or from realm time if that
    /// is later.
    pub at_ms: u64,
}

impl KeyRotated {
    /// What [`KeyRotated::prove`] needs an event around: the payload without its proof.
    #[must_use]
    pub fn unproven(key: PublicKey, next_key_digest: Option<Digest>) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_key(&mut bytes, &key, next_key_digest.as_ref());
        bytes.push(0);
        bytes
    }

    /// The payload for an event that is `draft` in everything but its payload, which must be
    /// [`KeyRotated::unproven`] of the new key.
    ///
    /// # Errors
    /// When the new key cannot sign.
    pub fn prove(new: &KeyPair, next_key_digest: Option<Digest>, draft: &Event) -> Result<Self> {
        let proof = new.sign(&PROOF.hash(&draft.id.0).0)?;
        let authority = Authority::Rotation(proof);
        Ok(Self { key: new.public_key(), next_key_digest, authority })
    }

    /// Whether the new key has agreed to stand in this header; true for a recovery, which it signs.
    pub(crate) fn is_proven(&self, header: &Header, verifier: &dyn SignatureVerifier) -> bool {
        let Authority::Rotation(signature) = self.authority else { return true };
        let bare = Self::unproven(self.key, self.next_key_digest);
        let payload_len = u32::try_from(bare.len()).unwrap_or(u32::MAX);
        let draft = Header { payload_len, payload_hash: payload_hash(&bare), ..header.clone() };
        let message = PROOF.hash(&draft.id().0).0.to_vec();
        let signed = SignedMessage { key: self.key, message, signature };
        verifier.verify(&[signed]).first() == Some(&true)
    }
}

fn put_key(out: &mut Vec<u8>, key: &PublicKey, next: Option<&Digest>) {
    out.extend_from_slice(key);
    out.push(u8::from(next.is_some()));
    if let Some(digest) = next {
        out.extend_from_slice(&digest.0);
    }
}

fn read_key(input: &mut Reader<'_>) -> Decoded<(PublicKey, Option<Digest>)> {
    let key = input.array()?;
    let next = if input.flag("next key flag")? { Some(Digest(input.array()?)) } else { None };
    Ok((key, next))
}

impl Canonical for KeyRotated {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_key(out, &self.key, self.next_key_digest.as_ref());
        match &self.authority {
            Authority::Rotation(proof) => {
                out.push(0);
                out.extend_from_slice(&proof.0);
            }
            Authority::Recovery { inception, statements } => {
                out.push(1);
                inception.encode_into(out);
                out.push(u8::try_from(statements.len()).unwrap_or(u8::MAX));
                statements.iter().for_each(|id| out.extend_from_slice(&id.0));
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (key, next_key_digest) = read_key(input)?;
        let authority = if input.flag("recovery flag")? {
            let inception = Inception::decode_from(input)?;
            Authority::Recovery { inception, statements: read_statements(input)? }
        } else {
            Authority::Rotation(Signature(input.array::<PROOF_BYTES>()?))
        };
        Ok(Self { key, next_key_digest, authority })
    }
}

fn read_statements(input: &mut Reader<'_>) -> Decoded<Vec<EventId>> {
    let count = usize::from(input.u8()?);
    if count > GUARDIANS_MAX {
        return Err(CodecError::TooLarge { what: "statements", found: count, max: GUARDIANS_MAX });
    }
    let mut statements: Vec<EventId> = Vec::with_capacity(count);
    for _ in 0..count {
        let id = EventId(input.array()?);
        if statements.last().is_some_and(|last| *last >= id) {
            return Err(CodecError::NotCanonical("statements"));
        }
        statements.push(id);
    }
    if statements.is_empty() {
        return Err(CodecError::BadValue { what: "statements", found: 0 });
    }
    Ok(statements)
}

impl Canonical for RecoveryInitiated {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.subject.encode_into(out);
        put_key(out, &self.key, self.next_key_digest.as_ref());
        out.extend_from_slice(&self.at_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let subject = Did::decode_from(input)?;
        let (key, next_key_digest) = read_key(input)?;
        Ok(Self { subject, key, next_key_digest, at_ms: input.u64()? })
    }
}

#[cfg(test)]
mod tests;
