//! Domain types, canonical codec and shared traits.

pub mod hash;
pub mod hex;
