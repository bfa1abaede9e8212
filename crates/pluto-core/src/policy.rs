//! What a policy is asked, what it may read, and what it answers.
//!
//! The language and its engines live elsewhere; these types are what realms, nodes and interfaces
//! share with them. Numbers are integers: `fixed` counts millionths, times and durations count
//! milliseconds. A fault is an answer of its own and never turns into data.

mod decision;
mod facts;
mod gas;
mod value;

pub use decision::{Decision, Effect, EffectKind, Fallback, Fault, MASK_BITS, Outcome};
pub use facts::{Claim, Facts};
pub use gas::{Gas, GasLayer};
pub use value::{Request, Value};

#[cfg(test)]
mod tests;
