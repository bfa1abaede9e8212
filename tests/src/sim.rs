//! Whole networks in one thread, from one seed: partitions, loss, duplication, reordering, crashes that
//! lose what was not synced, clocks that are days apart, and peers that lie.
//!
//! Every node is the real sync machine with the real scores, over a store in memory that loses what was
//! not synced when it crashes; the messages are the real bytes. Whatever is random comes from the seed,
//! whatever happens is hashed into a trace, so a seed that fails fails everywhere and says how to see it
//! again. In the end every link is healed, and then all honest nodes must have the same events; these are
//! folded by real nervous systems, each in the order in which its node received them, and must give the
//! same roots, hence the same verdicts and the same trust.

mod disk;
mod liar;
mod node;
mod world;
mod writing;

use pluto_core::Digest;

pub use liar::Lie;
pub use world::World;

/// What a run of a seed did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The hash over everything that happened.
    pub trace: Digest,
    /// Honest nodes.
    pub nodes: usize,
    /// Lying peers.
    pub liars: usize,
    /// Events in the end.
    pub events: u64,
    /// Frames that were delivered.
    pub frames: u64,
    /// Crashes.
    pub crashes: u64,
    /// Authors that were shown to have signed two events for one place.
    pub forks: usize,
    /// Peers that were shut out at least once.
    pub bans: usize,
    /// Milliseconds from the healing of all links until all honest nodes were equal.
    pub healed_ms: u64,
    /// The state root in the end, of the real fold.
    pub root: Digest,
}

/// Runs one seed.
///
/// # Panics
/// When an invariant breaks; the message ends with the command that shows it again.
#[must_use]
pub fn simulate(seed: u64) -> Report {
    World::new(seed).run()
}

/// What a failing seed prints.
#[must_use]
pub fn reproduce(seed: u64) -> String {
    format!("reproduce with: cargo xtask sim --first {seed} --seeds 1")
}
