//! Merkle structures with stateless verifiers: who holds a root needs to trust nobody for the rest.
//!
//! [`log_tree`] shows that an event is in the log and that nothing was removed; [`map`] shows that a
//! key has a value, or has none; [`component_tree`] binds the maps of all components and the log
//! under one state root; [`state_proof`] is one entry shown against that root; [`delta`] is a change
//! of one map whose verifier recomputes both roots.
//!
//! Nothing here does input or output, and every decoder bounds sizes before it allocates. Formats
//! are described in `docs/formats/merkle.md`.

mod codec;
pub mod codes;
pub mod component_tree;
pub mod delta;
mod error;
pub mod log_tree;
pub mod map;
mod pair;
pub mod state_proof;

pub use error::MerkleError;

#[cfg(test)]
mod golden;
