//! Range proofs against the recursive definition, for every small range and for random larger ones.

use std::collections::HashMap;

use pluto_core::hash::Digest;
use proptest::prelude::*;

use super::{Leaves, blake3_of, flip, leaves, naive, tree};
use crate::codes;
use crate::log_tree::*;

/// The largest subtrees `first..last` outside `range`, left to right on each side, by the definition of
/// the tree.
fn outside(
    first: usize,
    last: usize,
    range: &std::ops::Range<usize>,
    out: &mut [Vec<(usize, usize)>; 2],
) {
    if last <= range.start {
        out[0].push((first, last));
    } else if first >= range.end {
        out[1].push((first, last));
    } else if first < range.start || last > range.end {
        let middle = first + (last - first).next_power_of_two() / 2;
        outside(first, middle, range, out);
        outside(middle, last, range, out);
    }
}

fn check(
    root: &Digest,
    size: u64,
    start: u64,
    leaves: &[Digest],
    proof: &RangeProof,
) -> Result<(), pluto_error::Code> {
    verify_range::<Blake3Log>(root, size, start, leaves, proof).map_err(|error| error.code())
}

#[test]
fn every_small_range_is_shown_by_the_fewest_subtrees_beside_it() {
    let all = leaves(70);
    let tree = tree(&all);
    let mut known: HashMap<(usize, usize), Digest> = HashMap::new();
    for size in 1..=70_u64 {
        let root = naive(&all[..size as usize]);
        for start in 0..size {
            for end in start + 1..=size {
                let proof = tree.range(start..end, size, &NoTiles).unwrap();
                let inside = &all[start as usize..end as usize];
                assert_eq!(check(&root, size, start, inside, &proof), Ok(()));
                let mut beside = [Vec::new(), Vec::new()];
                outside(0, size as usize, &(start as usize..end as usize), &mut beside);
                // The definition meets the left side from the top down.
                beside[0].reverse();
                let expected = beside.map(|side| {
                    let root = |part: (usize, usize)| {
                        *known.entry(part).or_insert_with(|| naive(&all[part.0..part.1]))
                    };
                    side.into_iter().map(root).collect::<Vec<_>>()
                });
                assert_eq!([&proof.left, &proof.right], [&expected[0], &expected[1]]);
                assert_eq!(RangeProof::decode(&proof.encode()).unwrap(), proof);
            }
        }
    }
}

#[test]
fn of_one_leaf_it_is_the_inclusion_proof() {
    let tree = tree(&leaves(70));
    for size in 1..=70 {
        for index in 0..size {
            let mut path = tree.inclusion(index, size, &NoTiles).unwrap().path;
            let RangeProof { left, right } = tree.range(index..index + 1, size, &NoTiles).unwrap();
            let mut both = [left, right].concat();
            path.sort_unstable();
            both.sort_unstable();
            assert_eq!(both, path, "{index} of {size}");
        }
    }
}

#[test]
fn every_other_claim_is_refused() {
    let all = leaves(33);
    let tree = tree(&all);
    for size in [1, 2, 7, 8, 21, 33_u64] {
        let root = naive(&all[..size as usize]);
        for (start, end) in (0..size).flat_map(|s| (s + 1..=size).map(move |e| (s, e))) {
            let proof = tree.range(start..end, size, &NoTiles).unwrap();
            let inside = &all[start as usize..end as usize];
            for other in 0..size + 3 {
                assert_eq!(check(&root, size, other, inside, &proof).is_ok(), other == start);
                // The size is vouched for with the root, not by the proof: shapes may agree.
                if other < end {
                    assert!(check(&root, other, start, inside, &proof).is_err());
                }
            }
            assert!(check(&root, size, u64::MAX, inside, &proof).is_err());
            for at in 0..inside.len() {
                let mut changed = inside.to_vec();
                flip(&mut changed[at]);
                assert!(check(&root, size, start, &changed, &proof).is_err());
                changed = inside.to_vec();
                changed.remove(at);
                assert!(check(&root, size, start, &changed, &proof).is_err());
                changed = inside.to_vec();
                changed.insert(at, inside[at]);
                assert!(check(&root, size, start, &changed, &proof).is_err());
                changed = inside.to_vec();
                changed.swap(at, 0);
                assert_eq!(check(&root, size, start, &changed, &proof).is_ok(), at == 0);
            }
            let mut moved = proof.clone();
            moved.right.extend(moved.left.pop());
            assert!(moved == proof || check(&root, size, start, inside, &moved).is_err());
        }
    }
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let all = leaves(29);
    let tree = tree(&all);
    let root = tree.root();
    for (start, end) in [(0, 29), (3, 11), (13, 14), (0, 5), (17, 29)] {
        let inside = &all[start as usize..end as usize];
        let bytes = tree.range(start..end, 29, &NoTiles).unwrap().encode();
        for at in 0..bytes.len() {
            for change in 1..=255 {
                let mut other = bytes.clone();
                other[at] ^= change;
                let shown = RangeProof::decode(&other).is_ok_and(|proof| {
                    assert_eq!(proof.encode(), other);
                    check(&root, 29, start, inside, &proof).is_ok()
                });
                assert!(!shown, "byte {at} of {start}..{end}");
            }
            assert!(RangeProof::decode(&bytes[..at]).is_err());
        }
        assert!(RangeProof::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn impossible_ranges_are_refused() {
    let tree = tree(&leaves(5));
    let code = |start, end, size| {
        tree.range(start..end, size, &NoTiles).map(drop).map_err(|error| error.code())
    };
    for (start, end, size) in [(0, 0, 5), (3, 3, 5), (4, 3, 5), (0, 6, 5), (0, 1, 6), (5, 6, 5)] {
        assert_eq!(code(start, end, size), Err(codes::OUT_OF_RANGE), "{start}..{end} of {size}");
    }
    let nothing = RangeProof::default();
    let zero = Digest::ZERO;
    for (size, start) in [(0, 0), (5, 0), (5, 5), (u64::MAX, u64::MAX)] {
        assert_eq!(check(&zero, size, start, &[], &nothing), Err(codes::OUT_OF_RANGE));
    }
    assert_eq!(check(&zero, u64::MAX, u64::MAX, &[zero], &nothing), Err(codes::OUT_OF_RANGE));
    let too_many = [&[1, 3, 65, 0][..], &[7; 65 * 32]].concat();
    assert_eq!(RangeProof::decode(&too_many).unwrap_err().code(), codes::TOO_LARGE);
}

proptest! {
    #[test]
    fn larger_ranges_are_shown_from_memory_and_from_tiles(
        (size, a, b, forgotten) in (1..1500_u64, any::<u64>(), any::<u64>(), 0..1500_u64),
        (change, at) in (0..5_u8, any::<usize>()),
    ) {
        let all = leaves(1500);
        let mut tree = tree(&all);
        tree.forget(forgotten);
        let source = Leaves(all.clone());
        let (a, b) = (a % size, b % size);
        let (start, end) = (a.min(b), a.max(b) + 1);
        let mut proof = tree.range(start..end, size, &source).unwrap();
        let root = naive(&all[..size as usize]);
        let mut inside = all[start as usize..end as usize].to_vec();
        let at = at % inside.len();
        let changed = match change {
            0 => { flip(&mut inside[at]); true }
            1 => proof.left.pop().is_some(),
            2 => { proof.right.push(blake3_of(at as u64)); true }
            3 => proof.right.first_mut().map(flip).is_some(),
            _ => false,
        };
        prop_assert_eq!(check(&root, size, start, &inside, &proof).is_ok(), !changed);
    }

    #[test]
    fn range_verifiers_survive_any_numbers(
        (start, size) in any::<(u64, u64)>(), (count, left, right) in (0..9_usize, 0..65_usize, 0..65_usize),
    ) {
        let zero = Digest::ZERO;
        let proof = RangeProof { left: vec![zero; left], right: vec![zero; right] };
        prop_assert!(check(&blake3_of(0), size, start, &vec![zero; count], &proof).is_err());
    }
}
