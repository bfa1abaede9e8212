//! What can go wrong on the command line itself.

use std::path::PathBuf;

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// Errors of the command line.
#[derive(Debug, Error)]
pub enum NodeError {
    /// No node in the directory.
    #[error("no node in `{0}`; begin with `pluto init`")]
    NotInitialised(PathBuf),
    /// A node is there already.
    #[error("`{0}` holds a node already")]
    AlreadyInitialised(PathBuf),
    /// A name that fits nothing, or too much.
    #[error("no {what} fits `{name}`{hint}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// What there is.
        hint: String,
    },
    /// A file.
    #[error("`{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No passphrase.
    #[error("no passphrase: set `PLUTO_PASSPHRASE`, name a `--passphrase-file`, or use a terminal")]
    NoPassphrase,
    /// A proof that does not hold.
    #[error("{0}")]
    BadProof(String),
    /// An argument.
    #[error("{0}")]
    BadArgument(String),
    /// An event without effect.
    #[error("event `{id}` is recorded, but {verdict}")]
    NoEffect {
        /// The event.
        id: String,
        /// Why it has no effect.
        verdict: String,
    },
    /// Damage that a check found.
    #[error("`{0}` faults found")]
    Damaged(usize),
    /// Ctrl-C.
    #[error("interrupted; everything acknowledged is kept")]
    Interrupted,
}

impl Coded for NodeError {
    fn code(&self) -> Code {
        match self {
            Self::NotInitialised(_) => codes::NOT_INITIALISED,
            Self::AlreadyInitialised(_) => codes::ALREADY_INITIALISED,
            Self::NotFound { .. } => codes::NOT_FOUND,
            Self::File { .. } => codes::FILE,
            Self::NoPassphrase => codes::NO_PASSPHRASE,
            Self::BadProof(_) => codes::BAD_PROOF,
            Self::BadArgument(_) => codes::BAD_ARGUMENT,
            Self::NoEffect { .. } => codes::NO_EFFECT,
            Self::Damaged(_) => codes::DAMAGED,
            Self::Interrupted => codes::INTERRUPTED,
        }
    }
}

impl NodeError {
    /// A file error.
    pub fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}
