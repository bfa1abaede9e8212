//! What can go wrong with keys and secrets.
//!
//! No message carries a secret, a passphrase or a part of one.

use std::path::PathBuf;

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// An error of this crate.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The operating system gave no random bytes.
    #[cfg(feature = "keystore")]
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
    /// No keystore at that path.
    #[error("expected a keystore at `{0}`, found nothing")]
    KeystoreMissing(PathBuf),
    /// A keystore is there already.
    #[error("expected no file at `{0}`, found one")]
    KeystoreExists(PathBuf),
    /// Others than its owner can read the keystore.
    #[error("expected a file that only its owner can read, found mode `{mode:04o}`")]
    KeystoreMode {
        /// The permission bits.
        mode: u32,
    },
    /// The keystore is damaged, or no keystore at all.
    #[error("the keystore is damaged: {0}")]
    KeystoreDamaged(String),
    /// The keystore was written by another version.
    #[error("expected a keystore of version `{known}`, found `{found}`")]
    KeystoreVersion {
        /// The version in the file.
        found: u8,
        /// The version of this build.
        known: u8,
    },
    /// The passphrase does not open the keystore.
    #[error("the passphrase does not open the keystore")]
    WrongPassphrase,
    /// An empty or overlong passphrase.
    #[error("expected a passphrase of 1 to {max} bytes, found `{found}` bytes")]
    BadPassphrase {
        /// Its length in bytes.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// An Argon2 parameter outside its bounds.
    #[error("expected `{what}` from {min} to {max}, found `{found}`")]
    KdfBounds {
        /// The parameter.
        what: &'static str,
        /// Its value.
        found: u32,
        /// Its lower bound.
        min: u32,
        /// Its upper bound.
        max: u32,
    },
    /// Not enough memory to check a passphrase.
    #[error("expected `{0}` KiB of free memory")]
    KdfMemory(u32),
    /// No identity of that name.
    #[error("no identity is named `{0}`")]
    NameUnknown(String),
    /// The name is in use, or the identity has one already.
    #[error("`{0}` is in the keystore already")]
    NameTaken(String),
    /// A name with other characters than allowed.
    #[error("expected a name of 1 to {max} letters, digits, `.`, `_` or `-`, found `{found:?}`")]
    BadName {
        /// The name.
        found: String,
        /// The bound.
        max: usize,
    },
    /// The keystore holds as many identities as it may.
    #[error("expected at most `{0}` identities")]
    KeystoreFull(usize),
    /// The passphrase was changed since the keystore was opened.
    #[error("the passphrase was changed since the keystore was opened")]
    KeystoreChanged,
    /// The keystore cannot be read or written.
    #[error("cannot {doing} `{path}`")]
    KeystoreIo {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Coded for IdentityError {
    fn code(&self) -> Code {
        match self {
            #[cfg(feature = "keystore")]
            Self::NoRandomness(_) => codes::NO_RANDOMNESS,
            Self::RunLength { .. } => codes::RUN_LENGTH,
            Self::BadDidKey(_) => codes::BAD_DID_KEY,
            Self::KeyType(_) => codes::KEY_TYPE,
            Self::KeyRefused => codes::KEY_REFUSED,
            Self::KeystoreMissing(_) => codes::KEYSTORE_MISSING,
            Self::KeystoreExists(_) => codes::KEYSTORE_EXISTS,
            Self::KeystoreMode { .. } => codes::KEYSTORE_MODE,
            Self::KeystoreDamaged(_) => codes::KEYSTORE_DAMAGED,
            Self::KeystoreVersion { .. } => codes::KEYSTORE_VERSION,
            Self::WrongPassphrase => codes::WRONG_PASSPHRASE,
            Self::BadPassphrase { .. } => codes::BAD_PASSPHRASE,
            Self::KdfBounds { .. } => codes::KDF_BOUNDS,
            Self::KdfMemory(_) => codes::KDF_MEMORY,
            Self::NameUnknown(_) => codes::NAME_UNKNOWN,
            Self::NameTaken(_) => codes::NAME_TAKEN,
            Self::BadName { .. } => codes::BAD_NAME,
            Self::KeystoreFull(_) => codes::KEYSTORE_FULL,
            Self::KeystoreChanged => codes::KEYSTORE_CHANGED,
            Self::KeystoreIo { .. } => codes::KEYSTORE_IO,
        }
    }
}
