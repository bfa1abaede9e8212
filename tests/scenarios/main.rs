//! Scenarios across crates, each through the public interfaces a node uses.

mod admission;
mod order;
mod restart;
