//! Whole networks, each in one thread and from one seed: partitions, loss, duplication, reordering, crashes that
//! lose what was not synced, clocks that are days apart, and peers that lie.
//!
//! Every node is the real sync machine with the real scores, over a store in memory that loses what was
//! not synced when it crashes; the messages are the real bytes. Whatever is random comes from the seed,
//! whatever happens is hashed into a trace, so a seed that fails fails everywhere and says how to see it
//! again. In the end every link is healed, and then all honest nodes must have the same events; these are
//! folded by real nervous systems, each in the order in which its node received them, and must give the
//! same roots, hence the same verdicts and the same trust. In every network two people act on the same
//! thing, with or without knowing of each other; where the verdicts on that are known beforehand, they are
//! compared. One network in three declares witnesses, who run the machine and the driver of the product:
//! no two borders anywhere contradict each other, what lies before one never moves, and after healing
//! there is a further one.

mod coverage;
mod disk;
mod end;
mod liar;
mod node;
mod race;
mod seat;
mod world;
mod writing;

use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};

use pluto_core::Digest;

pub use coverage::{Coverage, Trouble};
pub use liar::Lie;
pub use race::{Contest, Order};
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
    /// Borders, where the realm declares witnesses.
    pub borders: usize,
    /// The state root in the end, of the real fold.
    pub root: Digest,
    /// What went wrong.
    pub coverage: Coverage,
}

/// Runs one seed.
///
/// # Panics
/// When an invariant breaks; the message ends with the command that shows it again.
#[must_use]
pub fn simulate(seed: u64) -> Report {
    World::new(seed).run()
}

/// Runs the seeds of a range, one thread for each core; the reports are in order.
///
/// # Panics
/// As [`simulate`].
#[must_use]
pub fn simulate_all(seeds: Range<u64>) -> Vec<Report> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let mine = numbers.take_while(|seed| *seed < seeds.end);
        mine.map(|seed| (seed, simulate(seed))).collect::<Vec<_>>()
    };
    let mut reports: Vec<(u64, Report)> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|reports| reports.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    reports.sort_unstable_by_key(|(seed, _)| *seed);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// What a failing seed prints.
#[must_use]
pub fn reproduce(seed: u64) -> String {
    format!("reproduce with: cargo xtask sim --first {seed} --seeds 1")
}
