//! Stores outside of policies: schemas without a bundle around them, records as bytes, evolution.
//!
//! A realm outlives the bundles that are installed in it, so it keeps schemas in a form of their own:
//! [`Shape`] is a type with everything it names written out, [`Schema`] what a version of a store
//! looks like. [`evolve`] says whether a bundle may follow what is there. [`Declared`] is a store as a
//! bundle has it.

mod codec;
mod evolve;
mod migrate;
mod schema;
mod shape;

pub use evolve::{Refused, Why, evolve};
pub use migrate::newest;
pub use schema::{Declared, Field, Index, Schema, TypedRecord};
pub use shape::Shape;

/// Longest key of a record in bytes: it stands in the keys of index entries beside other things.
pub const STORE_KEY_BYTES_MAX: usize = 128;
/// Largest encoded schema in bytes.
pub const SCHEMA_BYTES_MAX: usize = 32 * 1024;
/// Deepest nesting of a shape.
pub const SHAPE_DEPTH_MAX: usize = 32;
/// Largest encoded fields of a record in bytes: they fit a state entry and a payload.
pub const RECORD_BYTES_MAX: usize = 60 * 1024;
/// Most indexes that one version of a store has had, present ones and removed ones.
pub const INDEXES_MAX: usize = 256;

#[cfg(test)]
mod tests;
