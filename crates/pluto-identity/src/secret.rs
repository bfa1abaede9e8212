//! Seeds, and identities made from them.
//!
//! One secret seed makes a whole identity: signing key 0 is in its inception, signing key 1 is the
//! pre-committed next one, and sub-identities have seeds of their own. Everything is derived from the
//! *secret* seed by BLAKE3 in `derive_key` mode, one context per use, so that nobody who knows public
//! keys can compute, enumerate or link what belongs to a seed.

use std::fmt;

use pluto_core::hash::Domain;
use pluto_core::payload::Inception;
use pluto_core::traits::PublicKey;
use pluto_core::{Did, Digest, Namespace};
#[cfg(feature = "keystore")]
use pluto_error::Result;
use zeroize::{Zeroize, Zeroizing};

#[cfg(feature = "keystore")]
use crate::error::IdentityError;
use crate::signer::KeyPair;

/// Bytes of a seed.
pub(crate) const SEED_BYTES: usize = 32;

pluto_core::domains! {
    SIGNING_KEY = "pluto signing key v1";
    DEVICE = "pluto device seed v1";
    AGENT = "pluto agent seed v1";
    REALM = "pluto realm seed v1";
    NEXT_KEY = "pluto next key v1";
}

/// The digest under which an inception commits to the next public key.
#[must_use]
pub fn next_key_digest(key: &PublicKey) -> Digest {
    NEXT_KEY.hash(key)
}

/// What a sub-identity is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A device of the same owner; namespace `thing`.
    Device,
    /// An AI agent of the same owner; namespace `spirit`.
    Agent,
    /// The owner in one realm, not linkable to the owner elsewhere; the owner's namespace.
    Realm,
}

impl Purpose {
    fn domain(self) -> &'static Domain {
        match self {
            Self::Device => &DEVICE,
            Self::Agent => &AGENT,
            Self::Realm => &REALM,
        }
    }

    const fn namespace(self, owner: Namespace) -> Namespace {
        match self {
            Self::Device => Namespace::Thing,
            Self::Agent => Namespace::Spirit,
            Self::Realm => owner,
        }
    }
}

/// 32 secret bytes, zeroed when dropped; `Debug` shows none of them.
pub struct SecretSeed(Zeroizing<[u8; SEED_BYTES]>);

impl SecretSeed {
    /// A new seed from the operating system.
    ///
    /// # Errors
    /// `IDN-0001` when the system gives no random bytes.
    #[cfg(feature = "keystore")]
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; SEED_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(IdentityError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The seed of a sub-identity. One way: it tells nothing about this seed.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, index: u32) -> Self {
        self.expand(purpose.domain(), index)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; SEED_BYTES] {
        &self.0
    }

    fn signing_seed(&self, index: u32) -> Self {
        self.expand(&SIGNING_KEY, index)
    }

    fn expand(&self, domain: &Domain, index: u32) -> Self {
        let mut digest = domain.hash_parts(&[self.0.as_slice(), &index.to_be_bytes()]);
        let seed = Self(Zeroizing::new(digest.0));
        digest.0.zeroize();
        seed
    }
}

impl From<[u8; SEED_BYTES]> for SecretSeed {
    fn from(mut bytes: [u8; SEED_BYTES]) -> Self {
        let seed = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        seed
    }
}

impl fmt::Debug for SecretSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretSeed(..)")
    }
}

/// Whether an identity can change its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The inception commits to the next key.
    Committed,
    /// The first key is the only one.
    Never,
}

/// An identity with its secret: what creates it, and what signs for it.
#[derive(Debug)]
pub struct IdentitySecret {
    seed: SecretSeed,
    inception: Inception,
}

impl IdentitySecret {
    /// A new identity from the operating system's randomness, able to rotate its key.
    ///
    /// # Errors
    /// `IDN-0001` when the system gives no random bytes.
    #[cfg(feature = "keystore")]
    pub fn generate(namespace: Namespace) -> Result<Self> {
        Ok(Self::from_seed(SecretSeed::generate()?, namespace, Rotation::Committed))
    }

    /// The identity of `seed`: same seed, namespace and rotation, same identity.
    #[must_use]
    pub fn from_seed(seed: SecretSeed, namespace: Namespace, rotation: Rotation) -> Self {
        let key = KeyPair::public_of(&seed.signing_seed(0));
        let next_key_digest = (rotation == Rotation::Committed)
            .then(|| next_key_digest(&KeyPair::public_of(&seed.signing_seed(1))));
        Self { seed, inception: Inception { namespace, key, next_key_digest, recovery: None } }
    }

    /// The identity of `seed` that `inception` created; `None` when the seed is not the one.
    #[cfg(feature = "keystore")]
    pub(crate) fn restore(seed: SecretSeed, inception: Inception) -> Option<Self> {
        let rotation = match inception.next_key_digest {
            Some(_) => Rotation::Committed,
            None => Rotation::Never,
        };
        let Self { seed, inception: made } = Self::from_seed(seed, inception.namespace, rotation);
        let same = made.key == inception.key && made.next_key_digest == inception.next_key_digest;
        same.then_some(Self { seed, inception })
    }

    /// The sub-identity for `purpose` with number `index`; rotates if this one does.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, index: u32) -> Self {
        let namespace = purpose.namespace(self.inception.namespace);
        let rotation = match self.inception.next_key_digest {
            Some(_) => Rotation::Committed,
            None => Rotation::Never,
        };
        Self::from_seed(self.seed.derive(purpose, index), namespace, rotation)
    }

    /// The DID.
    #[must_use]
    pub fn did(&self) -> Did {
        self.inception.did()
    }

    /// What the identity's first event must carry.
    #[must_use]
    pub const fn inception(&self) -> &Inception {
        &self.inception
    }

    /// The key that signs, as published in the inception.
    #[must_use]
    pub fn key_pair(&self) -> KeyPair {
        KeyPair::new(self.did(), &self.seed.signing_seed(0))
    }

    #[cfg(feature = "keystore")]
    pub(crate) const fn seed(&self) -> &SecretSeed {
        &self.seed
    }
}

#[cfg(test)]
mod tests;
