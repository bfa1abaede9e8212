//! Event bus, event sourcing, Merkle tracker, state graph, modes.

pub mod codes;
pub mod event_bus;
pub mod modes;
pub mod state_graph;
