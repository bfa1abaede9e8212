//! Support for scenarios: people with keys, realms they write in, and nodes in memory.
//!
//! Everything is seeded: a scenario of one seed is the same everywhere, so a failing seed is a test.

pub mod fuzz;
mod node;
mod people;

pub use node::{MemoryNode, Store, rules};
pub use people::{Person, Shuffle, Writer, person};
