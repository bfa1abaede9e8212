//! Domain types, canonical codec and shared traits.

pub mod format;
pub mod hash;
pub mod hex;
