//! Keys, signatures, the keystore and the identity engine.
//!
//! Signatures are Ed25519 under the ZIP 215 rules, so that a node that checks in batches and one that
//! checks one by one agree on every byte string. Secrets are zeroed when dropped, never printed, and
//! leave the process only inside the encrypted keystore. Nothing here knows how keys are distributed:
//! what an author's first event proves by itself is [`inception_of`](pluto_core::payload::inception_of), the rest is state.
//!
//! Feature `keystore` (default): the encrypted file and new random seeds. Without it the crate needs no
//! operating system and builds for `wasm32-unknown-unknown`.

pub mod codes;
pub mod credential;
mod did_key;
mod engine;
mod error;
pub mod grant;
mod keys;
#[cfg(feature = "keystore")]
mod keystore;
mod rotation;
mod secret;
mod signer;
mod verifier;

pub use did_key::DidKey;
pub use engine::IdentityEngine;
pub use error::IdentityError;
pub use keys::{
    ActiveKey, KeyChain, KeyChangeRecord, KeyEngine, StatementRecord, guardians_key,
    key_change_key, statement_key,
};
#[cfg(feature = "keystore")]
pub use keystore::{
    IDENTITIES_MAX, KEYSTORE_FORMAT, KdfParams, KeyEntry, Keystore, NAME_BYTES_MAX, Passphrase,
};
pub use rotation::{Authority, KeyRotated, RecoveryInitiated};
pub use secret::{IdentitySecret, Origin, Purpose, Rotation, SecretSeed, next_key_digest};
pub use signer::{KeyPair, sign_run};
pub use verifier::{SUB_BATCH, Zip215Verifier};

#[cfg(test)]
mod test_data;
