//! One error for all of Pluto: which part failed, exactly how, and what to do about it.
//!
//! A crate declares its codes as constants in `codes.rs`, gives each leaf error a [`Code`] through
//! [`Coded`], and returns [`Result`]. The blanket conversion keeps the call site, so `?` is enough.
//! Nothing here knows any other crate.

mod code;
mod error;
mod invariant;

pub use code::{Code, Kind, Subsystem};
pub use error::{Coded, Error, Result};

#[cfg(test)]
mod tests;
