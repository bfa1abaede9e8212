//! Nothing appears and nothing is lost, whatever happens; tokens come back exactly.

use pluto_core::codec::Canonical;
use proptest::prelude::*;

use super::{Bucket, DAY_MS};
use crate::rule_set::Limit;

#[derive(Clone, Copy, Debug)]
enum Happening {
    Passes(u64),
    Takes(u64),
    Drains(u64),
    Refunds(u64),
    Limits(Limit),
}

fn happening() -> impl Strategy<Value = Happening> {
    let limit = (0..50_u64, 0..200_u64);
    prop_oneof![
        (0..DAY_MS).prop_map(Happening::Passes),
        (0..30_u64).prop_map(Happening::Takes),
        (0..30_u64).prop_map(Happening::Drains),
        (0..30_u64).prop_map(Happening::Refunds),
        limit.prop_map(|(capacity, per_day)| Happening::Limits(Limit { capacity, per_day })),
    ]
}

proptest! {
    #[test]
    fn granted_is_spent_left_and_returned(
        happenings in proptest::collection::vec(happening(), 0..60)
    ) {
        let (mut limit, mut now) = (Limit { capacity: 20, per_day: 48 }, 5);
        let mut bucket = Bucket::full(limit, now);
        // A second book, kept by hand.
        let (mut left, mut spent) = (20_u64, 0_u64);
        for happening in happenings {
            match happening {
                Happening::Passes(ms) => now += ms,
                Happening::Limits(other) => limit = other,
                _ => {}
            }
            let before = bucket;
            bucket.bring_to(limit, now);
            left = left.min(limit.capacity) + (bucket.granted() - before.granted());
            match happening {
                Happening::Takes(tokens) => {
                    let took = bucket.take(tokens);
                    prop_assert_eq!(took, tokens <= left);
                    if took { left -= tokens; spent += tokens; }
                }
                Happening::Drains(tokens) => {
                    bucket.drain(tokens);
                    let gone = tokens.min(left);
                    left -= gone;
                    spent += gone;
                }
                Happening::Refunds(tokens) => {
                    bucket.refund(tokens, limit);
                    let back = tokens.min(spent);
                    spent -= back;
                    left = (left + back).min(limit.capacity);
                }
                _ => {}
            }
            prop_assert_eq!((bucket.left(), bucket.spent()), (left, spent));
            prop_assert!(left <= limit.capacity);
            prop_assert_eq!(bucket.granted(), bucket.spent() + bucket.left() + bucket.returned());
            prop_assert_eq!(Bucket::decode(&bucket.encode()), Ok(bucket));
        }
    }

    #[test]
    fn often_is_as_much_as_once(
        per_day in 0..1_000_u64, steps in proptest::collection::vec(0..DAY_MS, 1..20)
    ) {
        let limit = Limit { capacity: u64::MAX / 2, per_day };
        let empty = Bucket { spent: limit.capacity, ..Bucket::full(limit, 0) };
        let (mut once, mut often, mut now) = (empty, empty, 0);
        for step in steps {
            now += step;
            often.bring_to(limit, now);
        }
        once.bring_to(limit, now);
        prop_assert_eq!(once, often);
    }
}

#[test]
fn the_clock_of_a_realm_that_stands_still_gives_nothing() {
    let limit = Limit { capacity: 3, per_day: 24 };
    let mut bucket = Bucket::full(limit, 1_000);
    assert!(bucket.take(3) && !bucket.take(1));
    bucket.bring_to(limit, 500);
    assert_eq!(bucket.left(), 0);
    bucket.bring_to(limit, 1_000 + DAY_MS / 24);
    assert_eq!(bucket.left(), 1);
}

#[test]
fn the_largest_numbers_do_not_wrap() {
    let limit = Limit { capacity: u64::MAX, per_day: u64::MAX };
    let mut bucket = Bucket::full(limit, 0);
    bucket.drain(u64::MAX);
    bucket.bring_to(limit, u64::MAX);
    assert_eq!((bucket.left(), bucket.granted()), (0, u64::MAX));
    bucket.refund(u64::MAX, Limit { capacity: 0, per_day: 0 });
    assert_eq!((bucket.left(), bucket.spent(), bucket.returned()), (0, 0, u64::MAX));
}

#[test]
fn books_that_do_not_add_up_are_refused() {
    let bytes = |granted: u64, spent: u64, part: u32| {
        let mut out = [granted, spent, 0].map(u64::to_be_bytes).concat();
        out.extend(part.to_be_bytes());
        out.extend([0; 8]);
        out
    };
    assert!(Bucket::decode(&bytes(5, 5, 0)).is_ok());
    assert!(Bucket::decode(&bytes(5, 6, 0)).is_err());
    assert!(Bucket::decode(&bytes(5, 5, 86_400_000)).is_err());
}
