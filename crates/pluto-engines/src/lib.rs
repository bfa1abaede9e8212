//! Trust and finality as pure engines.
//!
//! Each is a function from a view of the state and one event to a verdict and proposed writes.
//! Nothing here reads a clock, draws randomness, keeps anything between two events, or uses a float;
//! what an engine cannot accept is a verdict, never an error.

pub mod finality;
pub mod trust;

pub use finality::FinalityEngine;
pub use trust::TrustEngine;

#[cfg(test)]
mod testing;
