//! What is remembered between requests: nonces that were used, tokens that were verified, tokens that
//! were taken back. Each table has a bound, and time is an argument.

use std::collections::{BTreeSet, HashMap};

use super::error::AuthError;
use crate::principal::Principal;

/// Nonces that are remembered at once.
pub const NONCES_MAX: usize = 65_536;
/// Nonces of one key that are remembered at once.
pub const NONCES_OF_KEY_MAX: usize = 8192;
/// Verified tokens that are remembered at once.
pub const VERIFIED_MAX: usize = 4096;
/// Tokens that were taken back and are remembered.
pub const REVOKED_MAX: usize = 65_536;

/// The hash of a nonce with its key, or of a token.
pub(super) type Mark = [u8; 32];

/// Nonces by the time at which they may be forgotten.
#[derive(Default)]
pub(super) struct Nonces {
    until_ms: HashMap<Mark, (u64, Mark)>,
    by_time: BTreeSet<(u64, Mark)>,
    of_key: HashMap<Mark, usize>,
}

impl Nonces {
    /// Remembers a nonce of a key until a time; refuses one that is remembered.
    ///
    /// A full table refuses what is new: it never forgets what could still be replayed.
    pub(super) fn put(
        &mut self,
        key_id: &str,
        nonce: &str,
        forget_ms: u64,
        now_ms: u64,
    ) -> Result<(), AuthError> {
        self.forget(now_ms);
        let key = *blake3::hash(key_id.as_bytes()).as_bytes();
        let mark = *blake3::keyed_hash(&key, nonce.as_bytes()).as_bytes();
        if self.until_ms.contains_key(&mark) {
            return Err(AuthError::Replayed);
        }
        let of_key = self.of_key.get(&key).copied().unwrap_or(0);
        if self.until_ms.len() >= NONCES_MAX || of_key >= NONCES_OF_KEY_MAX {
            return Err(AuthError::Full);
        }
        self.until_ms.insert(mark, (forget_ms, key));
        self.by_time.insert((forget_ms, mark));
        self.of_key.insert(key, of_key + 1);
        Ok(())
    }

    fn forget(&mut self, now_ms: u64) {
        while let Some((until_ms, mark)) = self.by_time.first().copied() {
            if until_ms >= now_ms {
                return;
            }
            self.by_time.pop_first();
            let Some((_, key)) = self.until_ms.remove(&mark) else { continue };
            let left = self.of_key.get(&key).map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                self.of_key.remove(&key);
            } else {
                self.of_key.insert(key, left);
            }
        }
    }
}

/// A token that was verified: who it is, and within which times.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) principal: Principal,
    pub(super) exp_s: u64,
    pub(super) nbf_s: Option<u64>,
    pub(super) id: Option<String>,
}

/// Verified tokens by the hash of all their bytes, the first to expire leaving first.
#[derive(Default)]
pub(super) struct VerifiedTokens {
    tokens: HashMap<Mark, Verified>,
    by_time: BTreeSet<(u64, Mark)>,
}

impl VerifiedTokens {
    pub(super) fn get(&self, mark: &Mark) -> Option<&Verified> {
        self.tokens.get(mark)
    }

    pub(super) fn put(&mut self, mark: Mark, verified: Verified) {
        while self.tokens.len() >= VERIFIED_MAX {
            let Some((_, first)) = self.by_time.pop_first() else { return };
            self.tokens.remove(&first);
        }
        self.by_time.insert((verified.exp_s, mark));
        self.tokens.insert(mark, verified);
    }

    pub(super) fn clear(&mut self) {
        self.tokens.clear();
        self.by_time.clear();
    }
}

#[cfg(test)]
mod tests;
