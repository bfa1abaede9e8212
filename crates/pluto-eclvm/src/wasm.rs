//! Policies as native code: modules made by our own compiler, run by wasmtime.
//!
//! ```text
//! code ─ emit ─► WASM ─ check ─► compile or cache ─► module ─► instances, used again
//! ```

pub mod cache;
pub mod check;
mod engine;
mod host;
mod memo;
mod module;

pub use engine::{Compiler, policy_engine};
pub use module::{Instance, NativeProgram};
