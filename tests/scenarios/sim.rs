//! Networks of honest nodes and liars over bad links: one set, one root. `PLUTO_SIM_SEEDS` sets how many.

use pluto_tests::sim::{Coverage, World, simulate, simulate_all};

/// So many meet everything that can go wrong.
const SEEDS_DEFAULT: u64 = 24;

fn seeds() -> u64 {
    std::env::var("PLUTO_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS_DEFAULT)
}

#[test]
fn honest_nodes_become_equal_whatever_happened() {
    let reports = simulate_all(0..seeds());
    for (trouble, runs) in Coverage::runs(reports.iter().map(|report| &report.coverage)) {
        println!("{runs:>5} of {} networks: {trouble:?}", reports.len());
        assert!(runs > 0 || seeds() < SEEDS_DEFAULT, "no network met {trouble:?}");
    }
    assert!(reports.iter().any(|report| report.forks > 0), "no seed with a fork");
    assert!(reports.iter().any(|report| report.bans > 0), "no seed with a ban");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [1, 7, 9] {
        assert_eq!(simulate(seed), simulate(seed));
    }
    assert_ne!(simulate(1).trace, simulate(2).trace);
}

#[test]
fn no_date_matters_to_the_machines() {
    for seed in [3, 5, 11] {
        let report = simulate(seed);
        for days in [1, 400, 40_000] {
            assert_eq!(
                World::new(seed).later_by_days(days).run(),
                report,
                "seed {seed}, {days} days"
            );
        }
    }
}

#[test]
fn no_hostile_peer_makes_a_node_take_more_memory_than_is_stated() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hostile")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    println!("{told}");
}
