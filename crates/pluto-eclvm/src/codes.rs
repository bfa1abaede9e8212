//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A WASM module does what a policy module must not.
pub const FOREIGN_MODULE: Code =
    Code::new("EVM-0001", Kind::Reject, "the module is not a policy module");
/// The WASM engine refused or failed.
pub const ENGINE: Code = Code::new("EVM-0002", Kind::Bug, "the WASM engine failed");
/// The native code cache cannot be read or written.
pub const CACHE: Code =
    Code::new("EVM-0003", Kind::Environment, "the cache of native code cannot be used");
/// A component is not a policy component.
pub const FOREIGN_COMPONENT: Code =
    Code::new("EVM-0004", Kind::Reject, "the component is not a policy component");
