//! The mapping has the distribution it should have, sketches decode, and lies are refused.

use proptest::prelude::*;

use super::*;
use crate::error::P2pError;

const KEY: SessionKey = SessionKey([7; 32]);

fn tuples(range: std::ops::Range<u64>) -> impl Iterator<Item = HeadTuple> {
    range.map(|n| HeadTuple { author: Seeded(n).next(), seq: n % 100, head: Seeded(!n).next() })
}

/// Decodes `theirs` against `ours`; the difference and the symbols it took.
fn reconcile(ours: Encoder, mut theirs: Encoder, step: usize) -> (Difference, usize) {
    let mut decoder = Decoder::new(KEY, ours);
    loop {
        if let Some(difference) = decoder.push(&theirs.symbols(step)).unwrap() {
            return (difference, decoder.len());
        }
    }
}

#[test]
fn a_place_is_taken_with_the_probability_of_the_paper() {
    const TUPLES: u64 = 40_000;
    let mut taken = [0_u64; 40];
    for seed in 0..TUPLES {
        let mut places = Places::new(Seeded(seed).next());
        while let Some(place) = usize::try_from(places.at()).ok().and_then(|at| taken.get_mut(at)) {
            *place += 1;
            places.advance();
        }
    }
    for (index, count) in taken.iter().enumerate() {
        let expected = expected_count(TUPLES, index as u64).unsigned_abs();
        // Six standard deviations of a binomial distribution are less than 6 · √expected.
        let bound = 6 * (expected.isqrt() + 1);
        assert!(count.abs_diff(expected) <= bound, "symbol {index}: {count}, not {expected}");
    }
}

#[test]
fn the_next_place_is_the_one_of_the_closed_form() {
    // By search and without a square root: the smallest j with r·(j+1)(j+2) > (i+1)(i+2)·2^64.
    for seed in 0..200 {
        let mut places = Places::new(seed);
        let mut random = Seeded(seed);
        while places.at() < 500 {
            let here = u128::from(places.at());
            let r = u128::from(random.next()) + 1;
            let goal = ((here + 1) * (here + 2)) << 64;
            let product = |j: u128| r.saturating_mul((j + 1) * (j + 2));
            let next = (here + 1..100_000).find(|j| product(*j) > goal);
            places.advance();
            match next {
                Some(next) => assert_eq!(u128::from(places.at()), next, "seed {seed}"),
                None => assert!(places.at() >= 100_000),
            }
        }
    }
}

#[test]
fn the_difference_comes_out_and_costs_in_proportion() {
    for (difference, most) in [(0, 1), (1, 8), (10, 40), (100, 190), (1_000, 1_600)] {
        let ours = Encoder::new(&KEY, tuples(0..3_000));
        let theirs = Encoder::new(&KEY, tuples(difference / 2..3_000 + difference.div_ceil(2)));
        let (found, symbols) = reconcile(ours, theirs, 1);
        assert_eq!(found.local.len() as u64, difference / 2);
        assert_eq!(found.remote.len() as u64, difference.div_ceil(2));
        assert!(symbols <= most, "{symbols} symbols for {difference}");
    }
}

#[test]
fn a_stream_of_garbage_ends_in_an_error_or_not_at_all() {
    let mut random = Seeded(5);
    for round in 0..50 {
        let mut decoder = Decoder::new(KEY, Encoder::new(&KEY, tuples(0..50)));
        for _ in 0..40 {
            let batch: Vec<Symbol> = (0..32)
                .map(|_| {
                    let tuple = HeadTuple { author: random.next() % 3, seq: 0, head: round };
                    let check = KEY.mark(tuple).check * (random.next() % 2);
                    Symbol { sum: tuple, check, count: (random.next() % 5).cast_signed() - 2 }
                })
                .collect();
            match decoder.push(&batch) {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => break,
            }
        }
        assert!(decoder.found.len() <= decoder.len());
    }
}

#[test]
fn a_tuple_on_the_wrong_side_or_twice_is_refused() {
    let [known] = [HeadTuple { author: 1, seq: 2, head: 3 }];
    let pure = |tuple: HeadTuple, count| Symbol { sum: tuple, check: KEY.mark(tuple).check, count };
    let mut decoder = Decoder::new(KEY, Encoder::new(&KEY, []));
    let error = decoder.push(&[pure(known, -1)]).unwrap_err();
    assert_eq!(error, P2pError::BadSketch("a tuple on the wrong side"));
    // Found in symbol 0, and then said to be in a symbol where it is not.
    let absent = (1..).find(|at| !places_of(known).any(|place| place == *at)).unwrap();
    let mut batch = vec![pure(known, 1)];
    let mut honest = Encoder::new(&KEY, [known]);
    batch.extend(honest.symbols(absent + 1).into_iter().skip(1));
    batch[absent] = pure(known, 1);
    let mut decoder = Decoder::new(KEY, Encoder::new(&KEY, []));
    assert_eq!(decoder.push(&batch).unwrap_err(), P2pError::BadSketch("a tuple twice"));
}

fn places_of(tuple: HeadTuple) -> impl Iterator<Item = usize> {
    let mut places = Places::new(KEY.mark(tuple).seed);
    std::iter::from_fn(move || {
        let at = usize::try_from(places.at()).ok().filter(|at| *at < 10_000)?;
        places.advance();
        Some(at)
    })
}

#[test]
fn the_stream_is_bounded() {
    let mut decoder = Decoder::new(KEY, Encoder::new(&KEY, []));
    let junk = Symbol { sum: HeadTuple::default(), check: 1, count: 9 };
    assert_eq!(decoder.push(&vec![junk; SYMBOLS_MAX]), Ok(None));
    assert!(decoder.push(&[junk]).is_err());
}

proptest! {
    #[test]
    fn any_two_sets_are_reconciled(
        shared in 0_u64..200, ours in 0_u64..60, theirs in 0_u64..60, step in 1_usize..40,
    ) {
        let own = tuples(0..shared + ours).collect::<Vec<_>>();
        let other = tuples(0..shared).chain(tuples(1_000..1_000 + theirs)).collect::<Vec<_>>();
        let (found, _) =
            reconcile(Encoder::new(&KEY, own.clone()), Encoder::new(&KEY, other.clone()), step);
        prop_assert!(found.local.iter().all(|tuple| own.contains(tuple)));
        prop_assert!(found.remote.iter().all(|tuple| other.contains(tuple)));
        prop_assert_eq!((found.local.len(), found.remote.len()), (ours as usize, theirs as usize));
    }
}
