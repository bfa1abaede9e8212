//! Scenarios across crates, each through the public interfaces a node uses.

mod admission;
mod crash;
mod disk_faults;
mod order;
mod restart;
