//! Errors of loading and running; what a policy answers is never one of them.

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// Why something cannot be loaded or run.
#[derive(Debug, Error)]
pub enum EclvmError {
    /// A WASM module does what a policy module must not.
    #[error("expected a policy module, found {0}")]
    ForeignModule(String),
    /// The WASM engine refused or failed.
    #[error("cannot {action}: {reason}")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// What the engine says.
        reason: String,
    },
    /// The native code cache cannot be read or written.
    #[error("cannot {action} `{path}`")]
    Cache {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A component is not a policy component.
    #[error("expected a policy component, found {0}")]
    ForeignComponent(String),
}

impl Coded for EclvmError {
    fn code(&self) -> Code {
        match self {
            Self::ForeignModule(_) => codes::FOREIGN_MODULE,
            Self::Engine { .. } => codes::ENGINE,
            Self::Cache { .. } => codes::CACHE,
            Self::ForeignComponent(_) => codes::FOREIGN_COMPONENT,
        }
    }
}
