//! The offline verifier as a WebAssembly module: a file in, every check and its outcome out.
//!
//! It holds no rules of its own. [`verify_any`] recognises the kind of file and hands it to the
//! verifier of that kind; `abi` carries bytes over the border of the module. Page and script stand in
//! `docs/verify/`, `cargo xtask wasm` builds both. Nothing here reads a clock, a file or a network.

#[expect(unsafe_code, reason = "names of exports, no unsafe block: ADR 0012")]
mod abi;
mod any;
mod audit;
mod bundle;
mod proof_file;
mod report;

pub use any::{FILE_BYTES_MAX, verify_any};
pub use report::{Check, Fact, Outcome, Report};

#[cfg(test)]
mod tests;
