//! Errors of making and reading bundles; what a judge answers is never one of them.

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// Why a bundle cannot be read, believed or made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecisionError {
    /// The bytes are no whole file of a format.
    #[error("expected a file of format `{format}`: {why}")]
    NoFile {
        /// The name of the format.
        format: &'static str,
        /// What was found.
        why: &'static str,
    },
    /// A check does not hold.
    #[error("check {number}, {name}, fails: {why}")]
    Check {
        /// Its number, from 1.
        number: usize,
        /// Its name.
        name: &'static str,
        /// What was found.
        why: String,
    },
    /// There is nothing to prove it with.
    #[error("cannot prove the decision: {0}")]
    NotProvable(String),
}

impl Coded for DecisionError {
    fn code(&self) -> Code {
        match self {
            Self::NoFile { .. } => codes::NO_BUNDLE,
            Self::Check { .. } => codes::CHECK_FAILED,
            Self::NotProvable(_) => codes::NOT_PROVABLE,
        }
    }
}
