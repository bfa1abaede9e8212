//! Fixed point against the floats of the machine, to the last few millionths.

use proptest::prelude::*;

use super::*;

fn close(found: u64, wanted: f64, by: f64) {
    let found = found as f64 / 1e6;
    assert!((found - wanted).abs() <= by, "found {found}, wanted {wanted}");
}

#[test]
fn exact_where_the_answer_is() {
    for power in 0..64 {
        assert_eq!(log2_ppm(1 << power), u64::from(power as u32) * ONE_PPM);
    }
    assert_eq!((log2_ppm(0), ln_ppm(0), ln_ppm(1)), (0, 0, 0));
    assert_eq!(logistic_rise_ppm(0), 0);
    assert_eq!(logistic_rise_ppm(u64::MAX), ONE_PPM);
}

proptest! {
    #[test]
    fn logarithms(number in 1..u64::MAX) {
        close(log2_ppm(number), (number as f64).log2(), 3e-6);
        close(ln_ppm(number), (number as f64).ln(), 3e-6);
    }

    #[test]
    fn the_logistic_curve(x_ppm in 0..60_000_000_u64) {
        let x = x_ppm as f64 / 1e6;
        close(logistic_rise_ppm(x_ppm), 2.0 / (1.0 + (-x).exp()) - 1.0, 3e-6);
        prop_assert!(logistic_rise_ppm(x_ppm) <= logistic_rise_ppm(x_ppm + 1));
    }
}
