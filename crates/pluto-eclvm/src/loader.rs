//! Engines that run compiled policies: every engine gives the same answers.

use std::sync::Arc;

use pluto_error::Result;

use pluto_core::policy::{Decision, Facts, Gas, Request};

/// A loaded bundle of policies. It keeps nothing that an answer could depend on.
pub trait PolicyProgram: Send + Sync {
    /// Asks one of its policies. Whatever goes wrong is an answer: a fault, never an error.
    fn decide(&self, policy: &str, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision;
}

/// Turns artifacts into programs.
pub trait PolicyLoader: Send + Sync {
    /// Checks and loads the bytes of an artifact.
    ///
    /// # Errors
    /// When they are no artifact, or one that breaks a rule of portable code.
    fn load(&self, artifact: &[u8]) -> Result<Arc<dyn PolicyProgram>>;
}
