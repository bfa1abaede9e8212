//! Contracts that every implementation keeps, and what is left after crashes, faults and decay.
//!
//! Sizes for longer runs come from the environment: `PLUTO_POWER_SEEDS` (torn shapes per crash point),
//! `PLUTO_FLIPS` (random bit flips).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

mod contracts;
mod decay;
mod faults;
mod full_index;
mod power;
mod strace;
mod workload;
