//! Trust and finality as pure engines, and advisors that decide nothing.
//!
//! An engine is a function from a view of the state and one event to a verdict and proposed writes.
//! Nothing here reads a clock, draws randomness, keeps anything between two events, or uses a float;
//! what an engine cannot accept is a verdict, never an error. [`advisory`] holds measures that have no way
//! into a verdict or the state.

pub mod advisory;
pub mod finality;
mod q62;
pub mod trust;

pub use finality::FinalityEngine;
pub use trust::TrustEngine;

#[cfg(test)]
mod testing;
