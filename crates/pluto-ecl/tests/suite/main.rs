//! The language from outside: what people see, and engines against each other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod differential;
mod syntax;
