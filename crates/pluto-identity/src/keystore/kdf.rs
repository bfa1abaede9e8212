//! From a passphrase to a key: Argon2id (RFC 9106) with the parameters stored in the file.
//!
//! A file from elsewhere must not be able to ask for unbounded memory or time, so every parameter has
//! an upper bound that is checked before any work.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use super::passphrase::Passphrase;
use crate::error::IdentityError;

/// Bytes of a salt.
pub(super) const SALT_BYTES: usize = 16;
/// Bytes of the value that tells a wrong passphrase from a damaged file.
pub(super) const CHECK_BYTES: usize = 32;

const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const MEMORY_KIB_PER_LANE: u32 = 8;
const PASSES_MAX: u32 = 10;
const LANES_MAX: u32 = 8;

pluto_core::domains! {
    KEY = "pluto keystore key v1";
    CHECK = "pluto keystore check v1";
}

/// How much work a guess at the passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfParams {
    /// Memory in KiB: 8 per lane to 1,048,576.
    pub memory_kib: u32,
    /// Passes over the memory: 1 to 10.
    pub passes: u32,
    /// Lanes: 1 to 8.
    pub lanes: u32,
}

impl KdfParams {
    /// 64 MiB, 3 passes, 4 lanes: the second recommendation of RFC 9106, section 4.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// As little work as possible: no protection at all. For tests.
    pub const INSECURE_FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    fn check(self) -> Result<(), IdentityError> {
        let within = |what, found, min, max| {
            if (min..=max).contains(&found) {
                Ok(())
            } else {
                Err(IdentityError::KdfBounds { what, found, min, max })
            }
        };
        within("argon2 lanes", self.lanes, 1, LANES_MAX)?;
        within("argon2 passes", self.passes, 1, PASSES_MAX)?;
        let memory_min = MEMORY_KIB_PER_LANE * self.lanes;
        within("argon2 memory in KiB", self.memory_kib, memory_min, MEMORY_KIB_MAX)
    }
}

/// The key of a keystore, with what it was made from except the passphrase.
pub(super) struct StoreKey {
    pub(super) params: KdfParams,
    pub(super) salt: [u8; SALT_BYTES],
    /// Tells whether a passphrase is the right one; says nothing about the key.
    pub(super) check: [u8; CHECK_BYTES],
    pub(super) key: Zeroizing<[u8; 32]>,
}

impl StoreKey {
    /// The key under a new salt.
    pub(super) fn fresh(passphrase: &Passphrase, params: KdfParams) -> Result<Self, IdentityError> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(IdentityError::NoRandomness)?;
        Self::derive(passphrase, params, salt)
    }

    pub(super) fn derive(
        passphrase: &Passphrase,
        params: KdfParams,
        salt: [u8; SALT_BYTES],
    ) -> Result<Self, IdentityError> {
        params.check()?;
        let mut root = Zeroizing::new([0; 32]);
        argon2id(passphrase.as_bytes(), &salt, params, root.as_mut_slice())?;
        let mut digest = KEY.hash(root.as_slice());
        let key = Zeroizing::new(digest.0);
        digest.0.zeroize();
        let check = CHECK.hash(root.as_slice()).0;
        Ok(Self { params, salt, check, key })
    }
}

fn argon2id(
    passphrase: &[u8],
    salt: &[u8],
    params: KdfParams,
    out: &mut [u8],
) -> Result<(), IdentityError> {
    let failed = |_| IdentityError::KdfMemory(params.memory_kib);
    let cost = Params::new(params.memory_kib, params.passes, params.lanes, Some(out.len()));
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.map_err(failed)?)
        .hash_password_into(passphrase, salt, out)
        .map_err(failed)
}

#[cfg(test)]
mod tests;
