//! The decay table and its rounding.

use super::*;

#[test]
fn halves_exactly_at_each_half_life() {
    for halvings in 0..62_u32 {
        assert_eq!(decayed(1 << 62, u64::from(halvings) * HALF_LIFE_DAYS), 1 << (62 - halvings));
    }
    assert_eq!(decayed(3, 180), 2, "rounds half up");
    assert_eq!(decayed(1, 180), 1, "rounds half up");
    assert_eq!(decayed(1, 181), 0);
    assert_eq!(decayed(u64::MAX, 0), u64::MAX);
    assert_eq!(decayed(u64::MAX, 62 * 180), 4);
    assert_eq!(decayed(u64::MAX, 63 * 180), 0);
    assert_eq!(decayed(u64::MAX, u64::MAX), 0);
}

/// ⌊2^62 · 2^(−i/180)⌋ from an independent computation with 60 decimal digits; over the whole table
/// the floored products fall short by at most 66 units, 1.4 · 10^−17.
#[test]
fn table_is_the_power_of_two() {
    let exact: [(usize, u64); 6] = [
        (0, 1 << 62),
        (1, 4_593_961_405_449_469_489),
        (2, 4_576_304_915_475_580_764),
        (7, 4_489_035_181_937_147_788),
        (90, 3_260_954_456_333_195_553),
        (179, 2_314_739_508_622_171_848),
    ];
    for (days, factor) in exact {
        let short_by = factor - factor_q62(days);
        assert!(short_by <= 66, "{days} days: {short_by}");
    }
}

/// The table itself, as computed by the study prototype in another language.
#[test]
fn table_is_the_golden_one() {
    let bytes: Vec<u8> = FACTORS.iter().flat_map(|factor| factor.to_be_bytes()).collect();
    assert_eq!(
        crate::testing::sha256_hex(&bytes),
        "9c7fa31a326bccd06e6ec501276a22aa4348d8aaa4410f1f1dacc25ef1de1e47"
    );
}

#[test]
fn never_grows_and_never_rises_with_time() {
    for mass in [1, 2, 99, 50_000, 123_456_789, u64::MAX] {
        let mut before = mass;
        for days in 0..2_000 {
            let now = decayed(mass, days);
            assert!(now <= before, "{mass} after {days} days");
            before = now;
        }
    }
}
