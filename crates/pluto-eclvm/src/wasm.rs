//! Policies as native code: modules made by our own compiler, run by wasmtime.
//!
//! ```text
//! code ─ emit ─► WASM ─ check ─► compile or cache ─► module ─► instances, used again
//! ```

mod batch;
pub mod cache;
pub mod check;
mod engine;
mod host;
mod memo;
mod module;

use crate::error::EclvmError;

pub use batch::NativeBatch;
pub use engine::{Compiler, batch_engine, policy_engine};
pub use module::{Imports, Instance, NativeProgram};

impl EclvmError {
    pub(crate) fn engine(action: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Engine { action, reason: format!("{reason:#}") }
    }
}
