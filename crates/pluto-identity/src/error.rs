//! What can go wrong with keys and secrets.
//!
//! No message carries a secret, a passphrase or a part of one.

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// An error of this crate.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness(#[source] getrandom::Error),
    /// A run of no events, or of too many.
    #[error("expected a run of 1 to {max} events, found `{found}`")]
    RunLength {
        /// Events given.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Text that is no `did:key`.
    #[error("expected `did:key:z` and base58btc of a multicodec key, found {0}")]
    BadDidKey(&'static str),
    /// A `did:key` of another key type.
    #[error("expected an Ed25519 `did:key`, found key type `{0}`")]
    KeyType(String),
    /// A public key nobody should start an identity with.
    #[error("expected a canonical Ed25519 key of large order")]
    KeyRefused,
}

impl Coded for IdentityError {
    fn code(&self) -> Code {
        match self {
            Self::NoRandomness(_) => codes::NO_RANDOMNESS,
            Self::RunLength { .. } => codes::RUN_LENGTH,
            Self::BadDidKey(_) => codes::BAD_DID_KEY,
            Self::KeyType(_) => codes::KEY_TYPE,
            Self::KeyRefused => codes::KEY_REFUSED,
        }
    }
}
