//! Runs compiled policies, and lets them govern a realm.
pub mod accounts;
pub mod codes;
pub mod component;
mod error;
mod facts;
pub mod wasm;

pub use error::EclvmError;
pub use facts::{StateFacts, TrustReader};

#[cfg(test)]
mod smoke {
    use crate::wasm::*;
    #[test]
    fn engines() {
        for compiler in Compiler::ALL {
            policy_engine(compiler).unwrap();
        }
    }
}
