//! Credentials: an issuer's word that a subject fulfils a schema, until it expires or is revoked.
//!
//! **Whose word counts.** Only active members with role `Admin` or `Owner` issue, and a credential
//! counts as long as its issuer is one: the same rule that roots of delegation obey. A realm that
//! wants the word of an outside authority makes that authority an administrator. A credential whose
//! issuer loses the role stops counting, and counts again with the role. The subject need not be known
//! in the realm yet. Only the issuer revokes, whatever the issuer is by then.
//!
//! Claims stay with the parties; the event carries their digest.

mod engine;
mod record;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::payload::Role;
use pluto_core::state::{self, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::{Component, Did, Digest, EventId};

pub use engine::CredentialEngine;
pub use record::{CredentialRecord, HELD_MAX, Held, HeldRecord, credential_key, held_key};

/// Longest name of a schema in bytes.
pub const SCHEMA_BYTES_MAX: usize = 128;

/// The payload of `CredentialIssued`. The id of its event names the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialIssued {
    /// Whom it is about.
    pub subject: Did,
    /// What is said, such as `iso9001/auditor`: 1 to 128 bytes.
    pub schema: String,
    /// Digest of the claims, which stay with the parties.
    pub claims: Digest,
    /// Realm time at which it ends, in Unix milliseconds.
    pub expires_ms: u64,
}

/// The payload of `CredentialRevoked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialRevoked {
    /// The event that issued it.
    pub credential: EventId,
}

/// Whether `who` holds an unrevoked, unexpired credential of `schema` whose issuer counts. At most one
/// read for the list and one for each of its sixteen entries.
#[must_use]
pub fn holds(view: &dyn StateView, who: &Did, schema: &str) -> bool {
    if schema.is_empty() || schema.len() > SCHEMA_BYTES_MAX {
        return false;
    }
    let held: Option<HeldRecord> =
        state::read(view, Component::Credential, &held_key(*who, schema));
    let now_ms = view.time_ms();
    held.is_some_and(|held| {
        held.0.iter().any(|one| one.expires_ms > now_ms && may_issue(view, one.issuer))
    })
}

/// Whether `did` is an active member with role `Admin` or above.
fn may_issue(view: &dyn StateView, did: Did) -> bool {
    let member: Option<MemberRecord> = state::read(view, Component::Realm, &member_key(did));
    member.is_some_and(|member| !member.banned && member.role >= Role::Admin)
}

fn read_schema(input: &mut Reader<'_>) -> Decoded<String> {
    let schema = input.text("schema", SCHEMA_BYTES_MAX)?;
    if schema.is_empty() {
        return Err(CodecError::BadValue { what: "schema length", found: 0 });
    }
    Ok(schema.to_owned())
}

impl Canonical for CredentialIssued {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.subject.encode_into(out);
        put_bytes(out, self.schema.as_bytes());
        out.extend_from_slice(&self.claims.0);
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            subject: Did::decode_from(input)?,
            schema: read_schema(input)?,
            claims: Digest(input.array()?),
            expires_ms: input.u64()?,
        })
    }
}

impl Canonical for CredentialRevoked {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.credential.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { credential: EventId(input.array()?) })
    }
}

#[cfg(test)]
mod tests;
