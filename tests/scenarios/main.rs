//! Scenarios across crates, each through the public interfaces a node uses.
//!
//! Sizes for longer runs come from the environment: `PLUTO_CRASH_ROUNDS` (kills), `PLUTO_POWER_CUTS`
//! (places of a power cut), `PLUTO_FLIPS` (random bit flips), `PLUTO_SIM_SEEDS` (simulated networks).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

mod admission;
mod adoption;
mod agents;
mod archive;
mod bitrot;
mod browser;
mod bundles;
mod cluster;
mod crash;
mod dashboard;
mod decisions;
mod disk_faults;
mod erasure;
mod finality;
mod forks;
mod fuzz_smoke;
mod golden;
mod grants;
mod hollow;
mod http;
mod identity;
mod mcp;
mod order;
mod policies;
mod processes;
mod realms;
mod restart;
mod shards;
mod sim;
mod stores;
mod tickets;
mod witnesses;
