//! Policies as native code: modules made by our own compiler, run by wasmtime.

pub mod cache;
pub mod check;
mod engine;

pub use engine::{Compiler, policy_engine};
