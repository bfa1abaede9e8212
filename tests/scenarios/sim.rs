//! Networks of honest nodes and liars over bad links: one set, one root. `PLUTO_SIM_SEEDS` sets how many.

use pluto_tests::sim::simulate;

const SEEDS_DEFAULT: u64 = 24;

fn seeds() -> u64 {
    std::env::var("PLUTO_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS_DEFAULT)
}

#[test]
fn honest_nodes_become_equal_whatever_happened() {
    let reports: Vec<_> = (0..seeds()).map(simulate).collect();
    assert!(reports.iter().map(|report| report.crashes).sum::<u64>() > 0);
    assert!(reports.iter().any(|report| report.forks > 0), "no seed with a fork");
    assert!(reports.iter().any(|report| report.bans > 0), "no seed with a ban");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [1, 7] {
        assert_eq!(simulate(seed), simulate(seed));
    }
    assert_ne!(simulate(1).trace, simulate(2).trace);
}
