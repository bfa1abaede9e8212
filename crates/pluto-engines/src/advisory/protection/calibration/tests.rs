//! Whatever it is shown, proposals stay within bounds, and it comes back when the realm does.

use proptest::prelude::*;

use super::*;

fn sample(hour: u64, gini_ppm: u64) -> Sample {
    Sample {
        time_ms: hour * INTERVAL_MS,
        parties: 200,
        gini_ppm,
        churn_ppm: 50_000,
        entropy_ppm: 2_000_000,
        sybil_ppm: 0,
    }
}

#[test]
fn says_nothing_about_small_or_impatient_realms() {
    let mut calibration = Calibration::default();
    assert_eq!(calibration.proposal(), None);
    assert!(!calibration.sample(&Sample { parties: 99, ..sample(0, 0) }));
    assert!(calibration.sample(&sample(0, 350_000)));
    let soon = Sample { time_ms: INTERVAL_MS - 1, ..sample(0, 350_000) };
    assert!(!calibration.sample(&soon));
}

#[test]
fn inequality_raises_protection_and_equality_lowers_it() {
    let after = |gini| {
        let mut calibration = Calibration::default();
        (0..HISTORY_MAX).for_each(|hour| assert!(calibration.sample(&sample(hour, gini))));
        calibration.proposal().unwrap()
    };
    assert_eq!(after(900_000).exponent_ppm, EXPONENT_PPM[1]);
    assert_eq!(after(10_000).exponent_ppm, EXPONENT_PPM[0]);
    assert_eq!(after(350_000).exponent_ppm, 250_000);
    assert!(after(350_000).confidence_ppm > 990_000);
}

#[test]
fn a_long_wrong_does_not_wind_up() {
    let mut calibration = Calibration::default();
    (0..5_000).for_each(|hour| assert!(calibration.sample(&sample(hour, 1_000_000))));
    (5_000..5_060).for_each(|hour| assert!(calibration.sample(&sample(hour, 0))));
    assert_eq!(calibration.exponent_ppm, EXPONENT_PPM[0]);
}

#[test]
fn entropy_strengthens_only_what_protects() {
    let step = |gini, entropy_ppm| {
        let mut calibration = Calibration::default();
        calibration.sample(&Sample { entropy_ppm, ..sample(0, gini) });
        calibration.exponent_ppm - 250_000
    };
    assert!(step(900_000, 0) > step(900_000, 2_000_000));
    assert_eq!(step(0, 0), step(0, 2_000_000));
}

proptest! {
    #[test]
    fn within_bounds(shown in prop::collection::vec(any::<[u64; 5]>(), 1..200)) {
        let mut calibration = Calibration::default();
        for (hour, [parties, gini_ppm, churn_ppm, entropy_ppm, sybil_ppm]) in (0..).zip(shown) {
            let time_ms = hour * INTERVAL_MS;
            calibration.sample(
                &Sample { time_ms, parties, gini_ppm, churn_ppm, entropy_ppm, sybil_ppm },
            );
            let within = |value: i64, [low, high]: [i64; 2]| low <= value && value <= high;
            prop_assert!(within(calibration.exponent_ppm, EXPONENT_PPM));
            prop_assert!(within(calibration.decay_ppm, DECAY_PPM));
            prop_assert!(within(calibration.alarm_ppm, ALARM_PPM));
            prop_assert!(within(calibration.confidence_ppm(), [0, ONE]));
        }
    }
}
