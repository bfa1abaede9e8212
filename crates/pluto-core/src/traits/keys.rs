//! Signing, verifying, and what events say about keys.

use pluto_error::Result;

use crate::did::Did;
use crate::ids::EventId;
use crate::run::{Event, Signature};

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

/// What events say about the keys of their authors: pure, from bytes and named events alone, so that
/// membership in the set follows from it on every node.
pub trait KeyRules: Send + Sync {
    /// The key that must have signed `event` when its own payload says so: an author's first event,
    /// whose DID commits to the key, and a recovery.
    fn own_key(&self, event: &Event) -> Option<PublicKey>;

    /// The key an admitted event hands its author on to.
    fn key_of(&self, event: &Event) -> Option<PublicKey>;

    /// Events that must be known, and of a smaller Lamport time, before `event` can be judged.
    fn named(&self, event: &Event) -> Vec<EventId>;

    /// Whether `event` proves its key; `named` are the events it names, in order.
    ///
    /// # Errors
    /// The rule it breaks: it never joins the set.
    fn check(&self, event: &Event, named: &[Event]) -> std::result::Result<(), &'static str>;
}
