//! The nervous system of a node: events come in, an agreed state comes out.
//!
//! One writer thread admits, folds and hashes; one thread makes batches durable and publishes them;
//! readers hold immutable snapshots and block nobody. Nothing here knows a file, a socket or a key:
//! storage, signatures and engines come in through the traits of `pluto-core`.

pub mod codes;
mod compose;
mod error;
pub mod event_bus;
pub mod event_sourcing;
pub mod merkle_tracker;
pub mod modes;
mod nervous_system;
mod shards;
mod snapshot;
pub mod state_graph;
mod writer;

pub use compose::Composer;
pub use error::NervousError;
pub use nervous_system::{NervousSystem, Options, Parts, RESIDENT_BYTES, Vitals, is_needed};
pub use shards::{Resident, ShardStats};
pub use snapshot::Snapshot;
pub use writer::{Acknowledged, Draft, Receipt, Recovery, Ticket, fold_log};
