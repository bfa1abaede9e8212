//! For tests only: one contract suite per storage trait, a clock that stands still, runs without keys, and
//! where shared data lies.
//!
//! Every implementation of a shared trait runs its suite, the in-memory one included, so that a test
//! written against one holds for all. Suites fail by panicking, as tests do.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a contract suite fails by panicking, as a test does"
)]

mod blob;
mod clock;
pub mod ecl;
mod kv;
mod log;
mod runs;
mod shared;

pub use blob::blob_contract;
pub use clock::FixedClock;
pub use kv::kv_contract;
pub use log::event_log_contract;
pub use runs::{RunBuilder, record_of};
pub use shared::{shared_data, shared_json};
