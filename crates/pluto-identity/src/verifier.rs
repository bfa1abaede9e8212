//! Ed25519 under the ZIP 215 rules, alone or in batches, with one answer.
//!
//! ZIP 215 (<https://zips.z.cash/zip-0215>) checks `[8][s]B = [8]R + [8][k]A` with `s` canonical and
//! any encoding of `A` and `R`; it is the rule under which the batch equation accepts exactly what the
//! single one does (up to a chance of 2⁻¹²⁸ per batch, over coefficients no signer can foresee).
//! A batch that fails is checked one by one, so each message gets its own answer.
//!
//! Messages are sorted by key first: signatures of one key share a term of the batch equation, and
//! an author whose signatures are bad slows down mostly the sub-batch of that author.

mod key;

use std::convert::Infallible;

use ed25519_zebra::batch::{Item, Verifier};
use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes};
use getrandom::rand_core::{TryCryptoRng, TryRng};
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage};

use key::{is_canonical, is_small_order};

/// Signatures checked in one batch equation. Larger ones gain little and lose more when one is bad.
pub const SUB_BATCH: usize = 64;

/// Checks Ed25519 signatures under ZIP 215.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zip215Verifier;

impl SignatureVerifier for Zip215Verifier {
    fn verify(&self, batch: &[SignedMessage]) -> Vec<bool> {
        let mut answers = vec![false; batch.len()];
        let mut by_key: Vec<(usize, &SignedMessage)> = batch.iter().enumerate().collect();
        by_key.sort_by_key(|(_, message)| message.key);
        let mut rng = Coefficients::new();
        for group in by_key.chunks(SUB_BATCH) {
            let items: Vec<Item> = group.iter().map(|(_, message)| item(message)).collect();
            let all = items.len() > 1 && rng.as_mut().is_some_and(|rng| holds(&items, rng));
            for ((index, _), item) in group.iter().zip(items) {
                if let Some(answer) = answers.get_mut(*index) {
                    *answer = all || item.verify_single().is_ok();
                }
            }
        }
        answers
    }

    fn accepts_key(&self, key: &PublicKey) -> bool {
        is_canonical(key) && !is_small_order(key) && VerificationKey::try_from(*key).is_ok()
    }
}

fn item(message: &SignedMessage) -> Item {
    let key = VerificationKeyBytes::from(message.key);
    Item::from((key, Signature::from_bytes(&message.signature.0), &message.message))
}

fn holds(items: &[Item], rng: &mut Coefficients) -> bool {
    let mut batch = Verifier::new();
    items.iter().for_each(|item| batch.queue(item.clone()));
    batch.verify(rng).is_ok()
}

/// Draws the coefficients of the batch equation: BLAKE3 output under a fresh key from the operating
/// system, so that whoever made the signatures could not know them. Never runs out: a coefficient of
/// zero would leave a signature unchecked.
struct Coefficients(blake3::OutputReader);

impl Coefficients {
    /// `None` when the system has no randomness; then every message is checked alone.
    fn new() -> Option<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok()?;
        Some(Self(blake3::Hasher::new_keyed(&key).finalize_xof()))
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Coefficients {}

#[cfg(test)]
mod tests;
