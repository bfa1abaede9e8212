//! The table of accounts, at its ends.

use super::*;

#[test]
fn limits_grow_with_trust_as_the_table_says() {
    assert_eq!(mana_max_milli(0), 10_000_000);
    assert_eq!(mana_max_milli(1_000_000), 1_010_000_000);
    assert_eq!(mana_regained_milli(0), 100);
    assert_eq!(mana_regained_milli(1_000_000), 1_100);
    assert_eq!(gas_max(0), 1_000_000);
    assert_eq!(gas_max(1_000_000), 3_000_000);
}

#[test]
fn a_judgement_has_a_least_price() {
    assert_eq!(mana_of(Gas::ZERO), MANA_PER_JUDGEMENT_MIN);
    assert_eq!(mana_of(Gas { compute: 900, network: 100, ..Gas::ZERO }), 100);
}
