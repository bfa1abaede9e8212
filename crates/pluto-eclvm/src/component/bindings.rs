//! Rust types of `wit/erynoa-ecl.wit`, generated when this crate is compiled.
//!
//! Reads are asynchronous on our side only: a guest that reads is set aside until the thread that
//! holds the facts has answered. The guest sees an ordinary call.
#![allow(missing_docs, unreachable_pub, dead_code, reason = "generated from the WIT file")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "policy",
    imports: { default: async | trappable },
    exports: { default: async },
    additional_derives: [PartialEq],
});

pub use erynoa::ecl::{facts, types};
