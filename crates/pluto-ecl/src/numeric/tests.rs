//! The edges: the smallest number, zero divisors, rounding of both signs.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(op: Arithmetic, a: i64, b: i64, expected: Result<i64, Fault>) {
    assert_eq!(arithmetic(op, a, b), expected, "{op:?} {a} {b}");
}

#[test]
fn the_edges_of_arithmetic_are_faults() {
    use Arithmetic::{Add, Div, FixedDiv, FixedMul, Mul, Rem, Sub};
    check(Add, i64::MAX, 1, Err(Fault::Overflow));
    check(Sub, i64::MIN, 1, Err(Fault::Overflow));
    check(Mul, i64::MIN, -1, Err(Fault::Overflow));
    check(Div, i64::MIN, -1, Err(Fault::Overflow));
    check(Rem, i64::MIN, -1, Ok(0));
    check(Div, -7, 2, Ok(-3));
    check(Rem, -7, 2, Ok(-1));
    check(Rem, 7, -2, Ok(1));
    for op in [Div, Rem, FixedDiv] {
        check(op, 1, 0, Err(Fault::DivisionByZero));
    }
    check(FixedMul, 1, 999_999, Ok(0));
    check(FixedMul, -1, 999_999, Ok(0));
    check(FixedMul, i64::MAX, FIXED_ONE, Ok(i64::MAX));
    check(FixedMul, i64::MAX, FIXED_ONE + 1, Err(Fault::Overflow));
    check(FixedDiv, FIXED_ONE, 3 * FIXED_ONE, Ok(333_333));
    check(FixedDiv, -FIXED_ONE, 3 * FIXED_ONE, Ok(-333_333));
    check(FixedDiv, i64::MAX, 1, Err(Fault::Overflow));
}

#[test]
fn one_operand_has_edges_too() {
    assert_eq!(negate(i64::MIN), Err(Fault::Overflow));
    assert_eq!(abs(i64::MIN), Err(Fault::Overflow));
    assert_eq!(abs(-3), Ok(3));
    assert_eq!(sqrt(-1), Err(Fault::Overflow));
    assert_eq!((sqrt(0), sqrt(24), sqrt(25)), (Ok(0), Ok(4), Ok(5)));
    assert_eq!(sqrt(i64::MAX), Ok(3_037_000_499));
    assert_eq!(to_fixed(9_223_372_036_855), Err(Fault::Overflow));
    assert_eq!((to_int(-1_999_999), to_int(1_999_999)), (-1, 1));
    assert_eq!(clamp(5, 9, 3), 3);
}

#[test]
fn combining_rounds_down_and_stays_in_range() {
    assert_eq!(combine(500_000, 500_000), 750_000);
    assert_eq!(combine(0, 0), 0);
    assert_eq!(combine(FIXED_ONE, 0), FIXED_ONE);
    // 1 - 0.999999 * 0.999999 = 0.000001999999: two millionths are not reached.
    assert_eq!(combine(1, 1), 1);
}

#[test]
fn the_norm_is_the_one_of_the_core() {
    assert_eq!(norm(&[800_000; 6]), 800_000);
    assert_eq!(norm(&[-1, 0, 0, 0, 0, 0]), 0);
    assert_eq!(norm(&[i64::MAX; 6]), FIXED_ONE);
}

proptest! {
    #[test]
    fn combining_agrees_with_a_wide_floor(a in 0..=FIXED_ONE, b in 0..=FIXED_ONE) {
        let one = i128::from(FIXED_ONE);
        let exact = one * one - (one - i128::from(a)) * (one - i128::from(b));
        prop_assert_eq!(i128::from(combine(a, b)), exact.div_euclid(one));
    }
}
