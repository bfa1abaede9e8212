//! Concentration falls, order stays, scale does not matter; uniform decay does nothing.

use proptest::prelude::*;

use super::super::concentration::gini_ppm;
use super::*;

#[test]
fn equal_holders_keep_all_at_any_scale() {
    for power in [1, 100, 1_000_000_000] {
        let equal = vec![power; 100];
        assert_eq!(relaxed(&equal, 365), equal);
        assert!(!is_calcified(&equal));
    }
}

#[test]
fn the_mighty_fade_to_the_cap() {
    let mut powers = vec![1_000; 99];
    powers.push(901_000);
    assert_eq!(cap(&powers), Some(100_000));
    assert!(is_calcified(&powers));
    let day = relaxed(&powers, 1);
    assert_eq!(day.last(), Some(&896_194));
    assert_eq!(&day[..99], &powers[..99]);
    assert_eq!(relaxed(&powers, DAYS_MAX).last(), Some(&11_000), "a tenth of what all hold then");
    assert_eq!(relaxed(&powers, 0), powers);
}

#[test]
fn uniform_decay_leaves_gini_where_it_was() {
    let powers: Vec<u64> = (1..=200).map(|place| place * place * 1_000_000).collect();
    let (before, after) = (gini_ppm(&powers), gini_ppm(&uniformly_decayed(&powers, 365)));
    assert!(before.unwrap().abs_diff(after.unwrap()) <= 1);
    assert!(gini_ppm(&relaxed(&powers, 365)) <= before);
}

proptest! {
    #[test]
    fn never_less_equal(
        powers in prop::collection::vec(0..1_000_000_000_u64, 1..80),
        top in 0..1_000_000_000_000_u64,
        days in 0..400_u64,
    ) {
        let mut powers = powers;
        powers.push(top);
        let after = relaxed(&powers, days);
        // One millionth for what rounding down moves.
        let (gini, then) = (gini_ppm(&powers), gini_ppm(&after));
        prop_assert!(then.unwrap_or(0) <= gini.unwrap_or(0) + 1);
        let above = cap(&powers).is_some_and(|cap| top > 2 * cap && days > 30 && cap > 1_000_000);
        prop_assert!(!above || then < gini, "{gini:?} {then:?}");
        for (a, b) in (0..powers.len()).flat_map(|a| (0..powers.len()).map(move |b| (a, b))) {
            prop_assert!(powers[a] > powers[b] || after[a] <= after[b]);
        }
        prop_assert!(after.iter().zip(&powers).all(|(after, before)| after <= before));
    }
}
