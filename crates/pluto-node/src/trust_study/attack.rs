//! The Sybil attack: bought edges lead into 200 identities that praise each other and their clients.
//!
//! All on the last day: each bought attester praises one Sybil, every Sybil praises eight others, then
//! every Sybil praises each of the 20 worst subjects. The gain is the rise of their mean percentile.

use super::measure::mean_percentile;
use super::world::World;

/// Seeds an attack is averaged over; they are 0, 1, 2 and so on.
pub const SEEDS: u64 = 10;
const EDGES: [usize; 4] = [0, 5, 20, 100];
const SYBILS: u64 = 200;
const MUTUAL: u64 = 8;
const CLIENTS: usize = 20;
const HEAVIEST: usize = 200;
/// People of the ratings are below this number.
const FIRST_SYBIL: u64 = 1 << 32;
const PRAISE: i8 = 10;

/// From whom the attacker buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyers {
    /// Any attesters, at random.
    Random,
    /// At random among the 200 attesters of the greatest weight.
    Top,
}

/// What an attack reached, averaged over [`SEEDS`] runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackResult {
    /// From whom the edges were bought.
    pub buyers: Buyers,
    /// How many edges were bought.
    pub edges: usize,
    /// Mean percentile of the clients before.
    pub before: f64,
    /// Mean percentile of the clients after.
    pub after: f64,
    /// The same for the seed that served the attacker best.
    pub after_max: f64,
}

impl AttackResult {
    /// How far the clients rose, in percentile points.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.after - self.before
    }
}

/// Every attack, each from the same world.
pub(super) fn all(world: &World<'_>, attesters: &[u32], subjects: &[u32]) -> Vec<AttackResult> {
    let mut heaviest = attesters.to_vec();
    heaviest.sort_by_cached_key(|who| (std::cmp::Reverse(world.weight_ppm(*who)), *who));
    heaviest.truncate(HEAVIEST);
    let mut clients = subjects.to_vec();
    clients.sort_by_cached_key(|who| (world.value_ppm(*who), *who));
    clients.truncate(CLIENTS);
    let before = percentile(world, subjects, &clients);
    let mut results = Vec::new();
    for (buyers, pool) in [(Buyers::Random, attesters), (Buyers::Top, &heaviest)] {
        for edges in EDGES {
            let run = |seed| {
                let mut fork = world.fork();
                attack(&mut fork, &sample(pool, edges, seed), &clients);
                percentile(&fork, subjects, &clients)
            };
            let reached: Vec<f64> = (0..seeds(edges)).map(run).collect();
            let after = reached.iter().sum::<f64>() / reached.len() as f64;
            let after_max = reached.into_iter().fold(0.0, f64::max);
            results.push(AttackResult { buyers, edges, before, after, after_max });
        }
    }
    results
}

/// Without a purchase nothing is drawn, and one run says it all.
fn seeds(edges: usize) -> u64 {
    if edges == 0 { 1 } else { SEEDS }
}

fn attack(world: &mut World<'_>, bought: &[u32], clients: &[u32]) {
    let sybil = |index: u64| FIRST_SYBIL + index % SYBILS;
    let mut next = bought.len() as u64;
    for (index, attester) in (0..).zip(bought) {
        world.rate(u64::from(*attester), sybil(index), PRAISE);
    }
    for index in 0..SYBILS {
        for other in next..next + MUTUAL {
            if sybil(index) != sybil(other) {
                world.rate(sybil(index), sybil(other), PRAISE);
            }
        }
        next += MUTUAL;
    }
    for index in 0..SYBILS {
        for client in clients {
            world.rate(sybil(index), u64::from(*client), PRAISE);
        }
    }
}

fn percentile(world: &World<'_>, subjects: &[u32], clients: &[u32]) -> f64 {
    let values = |people: &[u32]| people.iter().map(|who| world.value_ppm(*who)).collect();
    let of: Vec<u32> = values(clients);
    mean_percentile(values(subjects), &of)
}

/// Draws `count` of `pool` without replacement: the front of a Fisher–Yates shuffle.
fn sample(pool: &[u32], count: usize, seed: u64) -> Vec<u32> {
    let mut drawn = pool.to_vec();
    let mut state = seed;
    for at in 0..count.min(drawn.len()) {
        let left = (drawn.len() - at) as u64;
        let other = at + (split_mix(&mut state) % left) as usize;
        drawn.swap(at, other);
    }
    drawn.truncate(count);
    drawn
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
