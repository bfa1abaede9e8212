//! Scenarios across crates, each through the public interfaces a node uses.

mod admission;
mod bitrot;
mod crash;
mod disk_faults;
mod fuzz_smoke;
mod golden;
mod order;
mod processes;
mod restart;
