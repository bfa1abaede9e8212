//! Seeds, and identities made from them.
//!
//! One secret seed makes a whole identity: signing key 0 is in its inception, signing key 1 is the
//! pre-committed next one, and sub-identities have seeds of their own. Everything is derived from the
//! *secret* seed by BLAKE3 in `derive_key` mode, one context per use, so that nobody who knows public
//! keys can compute, enumerate or link what belongs to a seed.

use std::fmt;

use pluto_core::hash::Domain;
use pluto_core::payload::{Inception, Recovery};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Purpose {
    /// A device of the same owner; namespace `thing`.
    Device = 0,
    /// An AI agent of the same owner; namespace `spirit`.
    Agent = 1,
    /// The owner in one realm, not linkable to the owner elsewhere; the owner's namespace.
    Realm = 2,
}

impl Purpose {
    /// All purposes, in order of their numbers.
    pub const ALL: [Self; 3] = [Self::Device, Self::Agent, Self::Realm];

    /// The name, as printed and parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Agent => "agent",
            Self::Realm => "realm",
        }
    }

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

    fn public_key(&self, index: u32) -> PublicKey {
        KeyPair::public_of(&self.signing_seed(index))
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

/// Where the seed of an identity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Of its own.
    Seed,
    /// Derived: the owner's seed gives it again.
    Derived {
        /// Whose seed.
        owner: Did,
        /// What for.
        purpose: Purpose,
        /// Which one.
        index: u32,
    },
    /// Taken over after a recovery: the first key of the identity is not among its keys.
    Adopted,
}

/// Whether an identity can change its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The inception commits to the next key.
    Committed,
    /// The first key is the only one.
    Never,
}

/// How far ahead of the remembered key another one is looked for: a keystore restored from a backup
/// is behind by the rotations since.
const KEYS_AHEAD_MAX: u32 = 64;

/// An identity with its secret: what creates it, and what signs for it.
#[derive(Debug)]
pub struct IdentitySecret {
    seed: SecretSeed,
    inception: Inception,
    origin: Origin,
    active: u32,
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
        let key = seed.public_key(0);
        let next_key_digest =
            (rotation == Rotation::Committed).then(|| next_key_digest(&seed.public_key(1)));
        let inception = Inception { namespace, key, next_key_digest, recovery: None };
        Self { seed, inception, origin: Origin::Seed, active: 0 }
    }

    /// The same keys under guardians: another identity, because a DID commits to them.
    #[must_use]
    pub fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.inception.recovery = Some(recovery);
        self
    }

    /// The identity of `inception` as guardians hand it to the keys of `seed`.
    #[must_use]
    pub fn adopt(seed: SecretSeed, inception: Inception) -> Self {
        Self { seed, inception, origin: Origin::Adopted, active: 0 }
    }

    /// The identity of `seed` that `inception` created; `None` when the seed is not the one.
    #[cfg(feature = "keystore")]
    pub(crate) fn restore(
        seed: SecretSeed,
        inception: Inception,
        origin: Origin,
        active: u32,
    ) -> Option<Self> {
        let next = inception.next_key_digest;
        let same = inception.key == seed.public_key(0)
            && next.is_none_or(|next| next == next_key_digest(&seed.public_key(1)));
        (same || origin == Origin::Adopted).then_some(Self { seed, inception, origin, active })
    }

    /// The sub-identity for `purpose` with number `index`; rotates if this one does.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, index: u32) -> Self {
        let namespace = purpose.namespace(self.inception.namespace);
        let rotation = match self.inception.next_key_digest {
            Some(_) => Rotation::Committed,
            None => Rotation::Never,
        };
        let origin = Origin::Derived { owner: self.did(), purpose, index };
        Self { origin, ..Self::from_seed(self.seed.derive(purpose, index), namespace, rotation) }
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

    /// Where the seed comes from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The number of the key that was made active last; 0 is the first.
    #[must_use]
    pub const fn active(&self) -> u32 {
        self.active
    }

    /// Remembers that the key with that number is active.
    pub const fn activate(&mut self, index: u32) {
        self.active = index;
    }

    /// The key that signs, as far as is remembered here.
    #[must_use]
    pub fn key_pair(&self) -> KeyPair {
        self.key_pair_at(self.active)
    }

    /// The key with that number.
    #[must_use]
    pub fn key_pair_at(&self, index: u32) -> KeyPair {
        KeyPair::new(self.did(), &self.seed.signing_seed(index))
    }

    /// What the key with that number commits to; none for an identity that never rotates.
    #[must_use]
    pub fn next_key_digest_at(&self, index: u32) -> Option<Digest> {
        let rotates = self.inception.next_key_digest.is_some() || self.origin == Origin::Adopted;
        rotates.then(|| next_key_digest(&self.seed.public_key(index.saturating_add(1))))
    }

    /// The number of a public key, looked for up to 64 keys beyond the remembered one.
    #[must_use]
    pub fn index_of(&self, key: &PublicKey) -> Option<u32> {
        let last = self.active.saturating_add(KEYS_AHEAD_MAX);
        let remembered_first = std::iter::once(self.active).chain(0..=last);
        remembered_first.into_iter().find(|index| self.seed.public_key(*index) == *key)
    }

    #[cfg(feature = "keystore")]
    pub(crate) const fn seed(&self) -> &SecretSeed {
        &self.seed
    }
}

#[cfg(test)]
mod tests;
