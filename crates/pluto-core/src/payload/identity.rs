//! Inception: the first words of an identity, from which its DID follows.

use crate::codec::{Canonical, CodecError, Decoded, Reader};
use crate::did::{Did, Namespace};
use crate::hash::Digest;
use crate::kind::Kind;
use crate::payload::{RealmGenesis, payload_of};
use crate::run::Event;
use crate::verdict::VoidReason;

/// Most guardians of a recovery.
pub const GUARDIANS_MAX: usize = 16;

crate::domains! {
    IDENTITY = "pluto identity v1";
}

/// Who may restore an identity whose key is lost, and after what delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// How many guardians must sign.
    pub threshold: u8,
    /// Hours between the guardians' request and its effect.
    pub delay_h: u32,
    /// The guardians: ascending, unique, 1 to 16.
    pub guardians: Vec<Did>,
}

/// The payload of `IdentityBootstrapped`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inception {
    /// What kind of party it is.
    pub namespace: Namespace,
    /// The first Ed25519 public key.
    pub key: [u8; 32],
    /// Digest of the next key; none for identities that never rotate.
    pub next_key_digest: Option<Digest>,
    /// How the identity is recovered; none if it cannot be.
    pub recovery: Option<Recovery>,
}

impl Inception {
    /// The DID this inception creates: its id is the hash of the encoded payload.
    #[must_use]
    pub fn did(&self) -> Did {
        Did { namespace: self.namespace, id: IDENTITY.hash(&self.encode()).0 }
    }
}

/// The inception an event carries, alone or inside a genesis, if it is its author's own: the DID must
/// follow from it.
///
/// # Errors
/// The reason for which the event is void.
pub fn inception(event: &Event) -> Result<Inception, VoidReason> {
    let inception = match (event.header.kind.known(), event.header.is_genesis()) {
        (Some(Kind::IdentityBootstrapped), false) => payload_of(event)?,
        (Some(Kind::RealmGenesis), true) => payload_of::<RealmGenesis>(event)?.creator,
        _ => return Err(VoidReason::NotAllowed),
    };
    match inception.did() == event.header.author {
        true => Ok(inception),
        false => Err(VoidReason::InvalidProof),
    }
}

/// The inception of an author's first event: it makes the author's key known before any signature is
/// checked, once a verifier accepts the key.
#[must_use]
pub fn inception_of(event: &Event) -> Option<Inception> {
    if event.header.author_seq == 0 { inception(event).ok() } else { None }
}

impl Canonical for Inception {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.namespace as u8);
        out.extend_from_slice(&self.key);
        out.push(u8::from(self.next_key_digest.is_some()));
        if let Some(digest) = &self.next_key_digest {
            out.extend_from_slice(&digest.0);
        }
        out.push(u8::from(self.recovery.is_some()));
        if let Some(recovery) = &self.recovery {
            recovery.encode_into(out);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let number = input.u8()?;
        let namespace = Namespace::from_number(number)
            .ok_or(CodecError::BadValue { what: "namespace", found: u64::from(number) })?;
        let key = input.array()?;
        let next_key_digest =
            if input.flag("next key flag")? { Some(Digest(input.array()?)) } else { None };
        let recovery =
            if input.flag("recovery flag")? { Some(Recovery::decode_from(input)?) } else { None };
        Ok(Self { namespace, key, next_key_digest, recovery })
    }
}

impl Canonical for Recovery {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.threshold);
        out.extend_from_slice(&self.delay_h.to_be_bytes());
        out.push(u8::try_from(self.guardians.len()).unwrap_or(u8::MAX));
        self.guardians.iter().for_each(|guardian| guardian.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let threshold = input.u8()?;
        let delay_h = input.u32()?;
        let guardians = decode_dids(input, "guardians", GUARDIANS_MAX)?;
        if threshold == 0 || usize::from(threshold) > guardians.len() {
            return Err(CodecError::BadValue { what: "threshold", found: u64::from(threshold) });
        }
        Ok(Self { threshold, delay_h, guardians })
    }
}

/// Reads a `u8` count, then that many DIDs in ascending order without repetition.
pub(crate) fn decode_dids(
    input: &mut Reader<'_>,
    what: &'static str,
    max: usize,
) -> Decoded<Vec<Did>> {
    let count = usize::from(input.u8()?);
    if count > max {
        return Err(CodecError::TooLarge { what, found: count, max });
    }
    let mut dids: Vec<Did> = Vec::with_capacity(count);
    for _ in 0..count {
        let did = Did::decode_from(input)?;
        if dids.last().is_some_and(|last| *last >= did) {
            return Err(CodecError::NotCanonical(what));
        }
        dids.push(did);
    }
    Ok(dids)
}
