//! What nodes tell each other so that they hold the same events, as machines without input and output.
//!
//! Every machine is `step(input, now, random) -> outputs`: it opens no socket, reads no clock, draws no
//! randomness and iterates over nothing in hash order. A driver carries frames, asks the store and
//! carries out what comes back; it holds no rules. So whole networks run in one thread from one seed
//! (`tests/src/sim.rs`), and the same seed gives the same trace.
//!
//! - [`sync`] finds out what a peer has that is missing here, and fetches it: roots, then a sketch of
//!   the heads ([`riblt`]), then ranges. Messages are in [`message`], bytes in `docs/formats/sync.md`.
//! - [`score`] remembers how peers behaved, and says who is shut out.
//! - [`finality`] is a witness: what it signs, and when a checkpoint is final.
//! - [`blob`] fetches blobs part by part, of whoever has them.
//! - [`equivocation`] is the proof that somebody signed two events for one place.
//! - [`hello`] is how nodes greet each other.
//! - [`traced`] puts a trace context before a frame.
//! - `driver`, behind the feature of that name (on by default), carries the frames: libp2p, the only part
//!   with sockets, a clock and a thread.

pub mod blob;
pub mod codes;
#[cfg(feature = "driver")]
pub mod driver;
pub mod equivocation;
mod error;
pub mod finality;
#[cfg(test)]
mod golden;
pub mod head;
pub mod hello;
pub mod memory;
pub mod message;
mod page;
pub mod peer;
pub mod riblt;
pub mod score;
pub mod store;
pub mod sync;
pub mod traced;

pub use error::P2pError;
pub use peer::{Millis, PeerId, Random, Seeded};
