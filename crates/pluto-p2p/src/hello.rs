//! What two nodes say when they meet: which realms they know of, and whose nodes they are.
//!
//! A realm is named by a tag that only those can make who know its id, and that fits one pair of nodes
//! in one direction: a stranger learns no id, and two strangers cannot find out by comparing notes that
//! they heard of the same realm. Whose node it is stands in a [`Binding`]: the owner's signature over
//! the node key, which the connection has proven already. Layouts: `docs/formats/hello.md`.

use pluto_core::codec::{Decoded, put_bytes};
use pluto_core::format::Format;
use pluto_core::payload::Inception;
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{Canonical, CodecError, Did, Digest, Reader, RealmId, Signature};

use crate::peer::PeerId;

/// The greeting of nodes.
pub const HELLO_FORMAT: Format = Format::new("hello", 1);
/// Most realms in one greeting.
pub const REALMS_MAX: usize = 1_024;
/// Largest inception in a binding: with the most guardians that there may be.
pub const INCEPTION_BYTES_MAX: usize = 4 * 1024;
/// Largest greeting.
pub const HELLO_BYTES_MAX: usize = 40 * 1024;

/// What a binding signs begins with it.
const BINDING_TAG: &[u8] = b"pluto node binding v1";

pluto_core::domains! {
    REALM = "pluto hello realm v1";
}

/// A greeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// Tags of realms: ascending, unique.
    pub tags: Vec<Digest>,
    /// Whose node it is; none for a node that does not say.
    pub binding: Option<Binding>,
}

impl Hello {
    /// The greeting of `from` to `to`. Of more than [`REALMS_MAX`] realms the first are named.
    #[must_use]
    pub fn new(realms: &[RealmId], from: PeerId, to: PeerId, binding: Option<Binding>) -> Self {
        let mut tags: Vec<Digest> =
            realms.iter().take(REALMS_MAX).map(|realm| tag(*realm, from, to)).collect();
        tags.sort_unstable();
        tags.dedup();
        Self { tags, binding }
    }

    /// Whether the greeting of `from` to `to` names a realm.
    #[must_use]
    pub fn names(&self, realm: RealmId, from: PeerId, to: PeerId) -> bool {
        self.tags.binary_search(&tag(realm, from, to)).is_ok()
    }
}

fn tag(realm: RealmId, from: PeerId, to: PeerId) -> Digest {
    REALM.hash(&[realm.0, from.0, to.0].concat())
}

/// The word of an identity that a node is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The identity's inception: its DID is the hash of it.
    pub inception: Inception,
    /// The key that signed: that of the inception, or one that it was rotated to.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

impl Binding {
    /// What is signed.
    #[must_use]
    pub fn message(node: PeerId, owner: Did, key: &PublicKey) -> Vec<u8> {
        [BINDING_TAG, &node.0, &owner.to_bytes(), key].concat()
    }

    /// Whose node it is, if the signature is right. That `key` belongs to that identity is shown by the
    /// inception alone where the two keys are equal; else a realm must know it.
    #[must_use]
    pub fn owner(&self, node: PeerId, verifier: &dyn SignatureVerifier) -> Option<Did> {
        let owner = self.inception.did();
        let message = Self::message(node, owner, &self.key);
        let signed = SignedMessage { key: self.key, message, signature: self.signature };
        let holds = verifier.accepts_key(&self.key) && verifier.verify(&[signed]) == [true];
        holds.then_some(owner)
    }
}

impl Canonical for Binding {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.inception.encode());
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.signature.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let inception = Inception::decode(input.bytes("inception", INCEPTION_BYTES_MAX)?)?;
        Ok(Self { inception, key: input.array()?, signature: Signature(input.array()?) })
    }
}

impl Canonical for Hello {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(HELLO_FORMAT.version);
        out.extend_from_slice(&u16::try_from(self.tags.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.tags.iter().for_each(|tag| out.extend_from_slice(&tag.0));
        out.push(u8::from(self.binding.is_some()));
        self.binding.iter().for_each(|binding| binding.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != HELLO_FORMAT.version {
            let known = HELLO_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "hello", found: version, known });
        }
        let count = usize::from(input.u16()?);
        if count > REALMS_MAX {
            let max = REALMS_MAX;
            return Err(CodecError::TooLarge { what: "realms", found: count, max });
        }
        let tags = (0..count).map(|_| Ok(Digest(input.array()?))).collect::<Decoded<Vec<_>>>()?;
        if !tags.is_sorted_by(|a, b| a < b) {
            return Err(CodecError::NotCanonical("order of realms"));
        }
        let binding = match input.flag("binding flag")? {
            true => Some(Binding::decode_from(input)?),
            false => None,
        };
        Ok(Self { tags, binding })
    }
}

#[cfg(test)]
mod tests;
