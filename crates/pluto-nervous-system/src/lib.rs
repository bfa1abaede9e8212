//! Event bus, event sourcing, Merkle tracker, state graph, modes.
