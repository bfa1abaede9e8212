//! The id of a grant, and the keys of what the state says about it.

use std::fmt;
use std::str::FromStr;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::{Did, Digest, RealmId, hex};

use super::payload::Grant;

const KEY_BYTES: usize = 33;

pluto_core::domains! {
    GRANT = "pluto grant v1";
}

/// A grant: the hash of its realm, its issuer and its whole body.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(pub [u8; 32]);

impl GrantId {
    /// The first eight hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(8);
        text
    }
}

/// The id of `grant` when `issuer` makes it in `realm`: its nonce tells grants of equal content apart.
#[must_use]
pub fn grant_id(realm: RealmId, issuer: Did, grant: &Grant) -> GrantId {
    GrantId(GRANT.hash_parts(&[&realm.0, &issuer.to_bytes(), &grant.encode()]).0)
}

/// The key of a [`GrantRecord`](super::GrantRecord) in component `Controller`: `g` ‖ id.
#[must_use]
pub fn grant_key(id: &GrantId) -> Vec<u8> {
    key(b'g', id).to_vec()
}

/// The key of a [`UsageRecord`](super::UsageRecord) in component `Controller`: `u` ‖ id.
#[must_use]
pub fn usage_key(id: &GrantId) -> Vec<u8> {
    key(b'u', id).to_vec()
}

/// A key on the stack: a check reads several.
pub(super) fn key(tag: u8, id: &GrantId) -> [u8; KEY_BYTES] {
    let mut key = [tag; KEY_BYTES];
    for (to, from) in key.iter_mut().skip(1).zip(id.0) {
        *to = from;
    }
    key
}

impl Canonical for GrantId {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        input.array().map(Self)
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Digest(self.0), f)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for GrantId {
    type Err = CodecError;

    fn from_str(text: &str) -> Decoded<Self> {
        hex::parse(text).map(Self).ok_or(CodecError::BadText { what: "64 hexadecimal digits" })
    }
}
