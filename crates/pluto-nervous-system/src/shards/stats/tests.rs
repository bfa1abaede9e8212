//! Times fall into buckets of powers of two.

use super::*;

#[test]
fn of_a_hundred_loads_one_may_take_longer() {
    let counters = Counters::default();
    assert_eq!(counters.read(9), Resident { bytes_max: 9, ..Resident::default() });
    (0..99).for_each(|_| counters.loaded(100));
    counters.loaded(5_000);
    let figures = counters.read(9);
    assert_eq!((figures.loads, figures.load_us_p99, figures.load_us_max), (100, 128, 5_000));
    counters.loaded(5_000);
    assert_eq!(counters.read(9).load_us_p99, 5_000, "no more than the longest");
    counters.loaded(u64::MAX);
    assert_eq!(counters.read(9).load_us_max, u64::MAX);
}
