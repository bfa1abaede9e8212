//! ECL: a policy language that is typed, total and deterministic.
//!
//! ```text
//! source ─ syntax ─► ast ─ check ─► hir ─ lower ─► code ─┬─ interpreter
//!                                    │                   └─ wasm
//!                                    └─ reference evaluator, tests, explain
//! ```
//!
//! Nothing here does input or output, reads a clock or uses floating point; `docs/ecl.md` is the
//! reference of the language.

pub mod answer;
pub mod artifact;
pub mod ast;
pub mod check;
pub mod code;
pub mod codes;
pub mod compile;
pub mod diagnostic;
pub mod explain;
pub mod format;
pub mod gas;
pub mod hir;
pub mod interpreter;
pub mod layout;
pub mod limits;
pub mod lower;
pub mod numeric;
pub mod optimise;
pub mod reference;
pub mod show;
pub mod store;
pub mod syntax;
pub mod testing;
pub mod text;
pub mod types;
mod uses;
pub mod verify;
pub mod wasm;

pub use diagnostic::{Diagnostic, Fix, Label, Severity, Span};
