//! Runs compiled policies, and lets them govern a realm.
//!
//! [`Vm`] loads artifacts into a [`Program`], which answers questions by the interpreter or by native
//! code; every way gives the same answer. [`AdmissionPolicies`] lets the policy of a realm judge each
//! of its events inside the fold, [`effects`] carries out what it asks for, [`InstallEngine`] puts
//! policies into the state, [`StoreEngine`] and [`stores`] keep the records of their stores,
//! [`accounts`] charges who asked.
//!
//! Without the feature `native` (on by default) there is the interpreter alone: no compiler, no
//! threads, no files.

pub mod accounts;
mod admission;
pub mod codes;
mod columns;
#[cfg(feature = "native")]
pub mod component;
pub mod effects;
mod error;
mod facts;
mod idle;
mod install;
mod loader;
mod payload;
mod program;
mod programs;
pub mod state;
mod store_engine;
pub mod stores;
mod tier;
mod verdicts;
mod vm;
#[cfg(feature = "native")]
pub mod wasm;

pub use admission::{ADMISSION_POLICY, AdmissionPolicies, Judgement, asked_mana, verdict};
pub use columns::Columns;
pub use error::EclvmError;
pub use facts::{ClaimReader, Readers, StateFacts, TrustReader};
pub use install::{InstallEngine, guards_stores, is_admission};
pub use loader::{PolicyLoader, PolicyProgram};
pub use payload::{POLICY_ARTIFACT_BYTES_MAX, PolicyInstalled};
pub use program::Program;
pub use programs::Programs;
pub use store_engine::StoreEngine;
pub use verdicts::Verdicts;
pub use vm::{ExecutionMode, Vm};
