//! Known coefficients, and the laws they obey.

use proptest::prelude::*;

use super::*;

#[test]
fn known_coefficients() {
    assert_eq!(gini_ppm(&[]), None);
    assert_eq!(gini_ppm(&[0, 0]), None);
    assert_eq!(gini_ppm(&[5, 5, 5, 5]), Some(0));
    assert_eq!(gini_ppm(&[0, 0, 0, 1]), Some(750_000));
    assert_eq!(gini_ppm(&[1, 2, 3, 4]), Some(250_000));
    assert_eq!(top_share_ppm(&[1, 2, 3, 4], 250_000), Some(400_000));
    assert_eq!(top_share_ppm(&[7], 30_000), Some(1_000_000));
    assert_eq!(top_share_ppm(&[0], 30_000), None);
    assert_eq!(entropy_ppm([8, 8, 8, 8]), 2_000_000);
    assert_eq!(entropy_ppm([8]), 0);
    assert_eq!(evenness_ppm([10, 10, 10]), Some(1_000_000));
    assert_eq!(evenness_ppm([10, 10, 9]), None, "too few events");
    assert_eq!(evenness_ppm([100]), None, "one category has no evenness");
}

proptest! {
    #[test]
    fn gini_is_scale_free_and_bounded(amounts in prop::collection::vec(0..1_000_000_u64, 1..60)) {
        let scaled: Vec<u64> = amounts.iter().map(|amount| amount * 1_000).collect();
        prop_assert_eq!(gini_ppm(&amounts), gini_ppm(&scaled));
        prop_assert!(gini_ppm(&amounts).is_none_or(|gini| gini < ONE_PPM));
    }

    #[test]
    fn entropy_is_what_floats_say(counts in prop::collection::vec(1..100_000_u64, 1..40)) {
        let all = counts.iter().sum::<u64>() as f64;
        let wanted: f64 = counts.iter().map(|c| *c as f64 / all).map(|p| -p * p.log2()).sum();
        prop_assert!((entropy_ppm(counts.iter().copied()) as f64 / 1e6 - wanted).abs() < 3e-6);
    }
}
