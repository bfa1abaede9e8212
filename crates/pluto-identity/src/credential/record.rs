//! State entries about credentials, in component `Credential`.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::{Did, EventId};

use super::CredentialIssued;

/// Most credentials of one schema that one subject holds at a time.
pub const HELD_MAX: usize = 16;

/// A credential, under [`credential_key`]. It stays when it expires or is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Who issued it.
    pub issuer: Did,
    /// The event that revoked it.
    pub revoked: Option<EventId>,
    /// What was issued.
    pub issued: CredentialIssued,
}

/// The unrevoked credentials of one subject and schema, under [`held_key`]: ascending by id. Expired
/// ones stay until the next is issued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldRecord(pub Vec<Held>);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The event that issued it.
    pub credential: EventId,
    /// Who issued it.
    pub issuer: Did,
    /// Realm time at which it ends.
    pub expires_ms: u64,
}

/// `c` ‖ id of the event that issued it.
#[must_use]
pub fn credential_key(credential: EventId) -> Vec<u8> {
    [b"c".as_slice(), &credential.0].concat()
}

/// `h` ‖ subject DID ‖ schema.
#[must_use]
pub fn held_key(subject: Did, schema: &str) -> Vec<u8> {
    [b"h".as_slice(), &subject.to_bytes(), schema.as_bytes()].concat()
}

impl Canonical for CredentialRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.issuer.encode_into(out);
        out.push(u8::from(self.revoked.is_some()));
        if let Some(event) = &self.revoked {
            out.extend_from_slice(&event.0);
        }
        self.issued.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let issuer = Did::decode_from(input)?;
        let revoked =
            if input.flag("revoked flag")? { Some(EventId(input.array()?)) } else { None };
        Ok(Self { issuer, revoked, issued: CredentialIssued::decode_from(input)? })
    }
}

impl Canonical for HeldRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        for one in &self.0 {
            out.extend_from_slice(&one.credential.0);
            one.issuer.encode_into(out);
            out.extend_from_slice(&one.expires_ms.to_be_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let count = usize::from(input.u8()?);
        if count > HELD_MAX {
            return Err(CodecError::TooLarge { what: "credentials", found: count, max: HELD_MAX });
        }
        let mut held: Vec<Held> = Vec::with_capacity(count);
        for _ in 0..count {
            let credential = EventId(input.array()?);
            if held.last().is_some_and(|last| last.credential >= credential) {
                return Err(CodecError::NotCanonical("credentials"));
            }
            let (issuer, expires_ms) = (Did::decode_from(input)?, input.u64()?);
            held.push(Held { credential, issuer, expires_ms });
        }
        if held.is_empty() {
            return Err(CodecError::BadValue { what: "credentials", found: 0 });
        }
        Ok(Self(held))
    }
}
