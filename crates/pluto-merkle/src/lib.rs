//! Merkle structures with stateless verifiers: who holds a root needs to trust nobody for the rest.
//!
//! [`log_tree`] shows that an event is in the log and that nothing was removed; [`map`] shows that a
//! key has a value, or has none. Nothing here does input or output, and every decoder bounds sizes
//! before it allocates. Formats are described in `docs/formats/merkle.md`.

mod codec;
pub mod codes;
mod error;
pub mod log_tree;
pub mod map;

pub use error::MerkleError;
