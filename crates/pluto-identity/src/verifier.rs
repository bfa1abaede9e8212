//! Ed25519 under the ZIP 215 rules, alone or in batches, with one answer.
//!
//! ZIP 215 (<https://zips.z.cash/zip-0215>) checks `[8][s]B = [8]R + [8][k]A` with `s` canonical and
//! any encoding of `A` and `R`; it is the rule under which the batch equation accepts exactly what the
//! single one does (up to a chance of 2⁻¹²⁸ per batch, over coefficients no signer can foresee).
//! A batch that fails is checked one by one, so each message gets its own answer.
//!
//! Messages are sorted by key first: signatures of one key share a term of the batch equation, and
//! an author whose signatures are bad slows down mostly the sub-batch of that author.

#[cfg(feature = "keystore")]
mod coefficients;
mod key;

use ed25519_zebra::batch::Item;
#[cfg(feature = "keystore")]
use ed25519_zebra::batch::Verifier;
use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes};
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage};

#[cfg(feature = "keystore")]
use coefficients::Coefficients;
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
        let mut equation = BatchEquation::new();
        for group in by_key.chunks(SUB_BATCH) {
            let items: Vec<Item> = group.iter().map(|(_, message)| item(message)).collect();
            let all = items.len() > 1 && equation.holds(&items);
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

/// The equation over many signatures at once; without randomness every message is checked alone.
#[cfg(feature = "keystore")]
struct BatchEquation(Option<Coefficients>);

#[cfg(feature = "keystore")]
impl BatchEquation {
    fn new() -> Self {
        Self(Coefficients::new())
    }

    fn holds(&mut self, items: &[Item]) -> bool {
        let Some(rng) = &mut self.0 else { return false };
        let mut batch = Verifier::new();
        items.iter().for_each(|item| batch.queue(item.clone()));
        batch.verify(rng).is_ok()
    }
}

/// No source of randomness in this build.
#[cfg(not(feature = "keystore"))]
struct BatchEquation;

#[cfg(not(feature = "keystore"))]
impl BatchEquation {
    const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the shape of the equation with randomness")]
    const fn holds(&mut self, _: &[Item]) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
