//! Every trait that crates share. Implementations meet here and nowhere else.
//!
//! Reads and writes are separate traits, types are concrete, calls block: the writer of a node is one
//! thread, and whoever is async wraps a call in a blocking task.

mod engine;
mod keys;
mod observe;
mod store;
mod time;

pub use engine::{Asked, Effects, Engine, Fact, Finality, PolicyDecider, StateView, Write};
pub use keys::{KeyRules, PublicKey, SignatureVerifier, SignedMessage, Signer};
pub use observe::{Committed, Observed};
pub use store::{
    BlobStore, EventLocation, EventLog, EventLogReader, KvBatch, KvStore, LogRecord, Visit,
    VisitEntry,
};
pub use time::Clock;
