//! The writer: one thread that admits, folds and hashes, between two that check signatures and make
//! batches durable.
//!
//! ```text
//! submit ─► bus ─► [authenticate] ─► [admit, fold, roots] ─► [append + sync, then publish] ─► acks
//! ```
//! While one batch is being synced the next is folded and the one after that verified. Nothing is
//! published or acknowledged before it is durable. When an append fails, the node stops accepting
//! writes and readers keep their snapshots; what was folded and not published waits for room on a full
//! disk, or is dropped with the process.

mod authenticate;
mod checkpointer;
mod commit;
mod ingest;
mod intake;
mod pending;
mod recover;

pub(crate) use authenticate::Authenticator;
pub(crate) use checkpointer::{Checkpointer, Interval, Job};
pub(crate) use commit::{Committer, Failure, Published, Told};
pub(crate) use ingest::{Ingest, record_of};
pub use intake::{Acknowledged, Draft, Receipt, Ticket};
pub(crate) use intake::{Answer, Intake, Submission};
pub(crate) use pending::Pending;
pub use recover::{Recovery, fold_log};
pub(crate) use recover::{Source as RecoverySource, fold_on, recover};
