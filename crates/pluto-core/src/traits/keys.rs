//! Signing, verifying, and finding the key that an event names.

use pluto_error::Result;

use crate::did::Did;
use crate::ids::{EventId, RealmId};
use crate::run::Signature;

/// An Ed25519 public key, as it stands in an inception.
pub type PublicKey = [u8; 32];

/// Signs in the name of one identity.
pub trait Signer: Send + Sync {
    /// The identity.
    fn did(&self) -> Did;

    /// Signs `message`.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Signature>;
}

/// One signature to check.
#[derive(Clone, Debug)]
pub struct SignedMessage {
    /// The key that must have signed.
    pub key: PublicKey,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature.
    pub signature: Signature,
}

/// Checks signatures under the ZIP 215 rules, alone or in batches, with the same answer.
pub trait SignatureVerifier: Send + Sync {
    /// One answer per message, in order.
    fn verify(&self, batch: &[SignedMessage]) -> Vec<bool>;

    /// Whether `key` may start an identity: canonical and not of small order.
    fn accepts_key(&self, key: &PublicKey) -> bool;
}

/// Finds keys by the identity event that published them.
pub trait KeyResolver: Send + Sync {
    /// The key that `key_ref` gave `author` in `realm`; `None` when that event is not known here.
    fn key(&self, realm: RealmId, author: Did, key_ref: EventId) -> Option<PublicKey>;
}
