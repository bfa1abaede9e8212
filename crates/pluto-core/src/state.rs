//! State entries that more than one crate reads: their keys and records.
//!
//! Everything here is canonical bytes in the authenticated map of a component, so it is provable and
//! versioned with the event formats. Records only one engine reads stay with that engine.

use crate::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use crate::component::Component;
use crate::did::{DID_BYTES, Did};
use crate::hash::Digest;
use crate::ids::EventId;
use crate::limits::NAME_BYTES_MAX;
use crate::payload::{Admission, Role, TRUST_ROOTS_MAX};
use crate::traits::StateView;

/// Key of the realm's rules in component `Realm`.
pub const RULES_KEY: &[u8] = b"rules";
/// Key of the last checkpoint in component `Consensus`.
pub const FINALITY_KEY: &[u8] = b"checkpoint";

/// An identity in component `Identity`, under the 33 bytes of its DID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRecord {
    /// The active key.
    pub key: [u8; 32],
    /// The event that made the key active: what later events name as `key_ref`.
    pub key_event: EventId,
    /// The pre-committed next key.
    pub next_key_digest: Option<Digest>,
    /// Whether nothing it writes has effect, after a proven fork.
    pub frozen: bool,
}

/// A membership in component `Realm`, under [`member_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// The role.
    pub role: Role,
    /// Whether the party is shut out.
    pub banned: bool,
    /// The event that set this.
    pub event: EventId,
}

/// The rules of a realm in component `Realm`, under [`RULES_KEY`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesRecord {
    /// The name for people.
    pub name: String,
    /// How identities become members.
    pub admission: Admission,
    /// The creator; first witness of checkpoints.
    pub creator: Did,
    /// Identities trust flows from: ascending, unique, at least one.
    pub trust_roots: Vec<Did>,
    /// Whether the realm has rules of its own beside these, in component `Realm`.
    pub extended: bool,
}

/// The last checkpoint in component `Consensus`, under [`FINALITY_KEY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FinalityRecord {
    /// Its number, counted from 1.
    pub number: u64,
    /// Realm time in Unix milliseconds.
    pub time_ms: u64,
    /// The event that carried it.
    pub event: EventId,
}

/// The key of a membership: `m` ‖ DID.
#[must_use]
pub fn member_key(did: Did) -> [u8; 1 + DID_BYTES] {
    let mut key = [b'm'; 1 + DID_BYTES];
    key.iter_mut().skip(1).zip(did.to_bytes()).for_each(|(to, from)| *to = from);
    key
}

/// The key of a record in component `KvStore`: collection length u32 ‖ collection ‖ key.
#[must_use]
pub fn record_key(collection: &str, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + collection.len() + key.len());
    put_bytes(&mut out, collection.as_bytes());
    out.extend_from_slice(key);
    out
}

/// Reads a record; `None` when there is no entry or it is not of this type.
pub fn read<T: Canonical>(view: &dyn StateView, component: Component, key: &[u8]) -> Option<T> {
    T::decode(&view.get(component, key)?).ok()
}

impl Canonical for IdentityRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.key_event.0);
        out.push(u8::from(self.next_key_digest.is_some()) | u8::from(self.frozen) << 1);
        if let Some(digest) = &self.next_key_digest {
            out.extend_from_slice(&digest.0);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let key = input.array()?;
        let key_event = EventId(input.array()?);
        let flags = input.u8()?;
        if flags > 3 {
            return Err(CodecError::BadValue { what: "identity flags", found: flags.into() });
        }
        let next_key_digest = if flags & 1 != 0 { Some(Digest(input.array()?)) } else { None };
        Ok(Self { key, key_event, next_key_digest, frozen: flags & 2 != 0 })
    }
}

impl Canonical for MemberRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.role as u8);
        out.push(u8::from(self.banned));
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            role: Role::from_number(input.u8()?)?,
            banned: input.flag("banned flag")?,
            event: EventId(input.array()?),
        })
    }
}

impl Canonical for RulesRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.name.as_bytes());
        out.push(self.admission as u8 | u8::from(self.extended) << 1);
        self.creator.encode_into(out);
        out.push(u8::try_from(self.trust_roots.len()).unwrap_or(u8::MAX));
        self.trust_roots.iter().for_each(|root| root.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let name = input.text("realm name", NAME_BYTES_MAX)?.to_owned();
        let flags = input.u8()?;
        let (admission, extended) = (Admission::from_number(flags & !2)?, flags & 2 != 0);
        let creator = Did::decode_from(input)?;
        let trust_roots = crate::payload::decode_dids(input, "trust roots", TRUST_ROOTS_MAX)?;
        if trust_roots.is_empty() {
            return Err(CodecError::BadValue { what: "trust roots", found: 0 });
        }
        Ok(Self { name, admission, creator, trust_roots, extended })
    }
}

impl Canonical for FinalityRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { number: input.u64()?, time_ms: input.u64()?, event: EventId(input.array()?) })
    }
}
