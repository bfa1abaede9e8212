//! The tree equals the recursive definition of RFC 9162; proofs show exactly what they should.

mod range;
mod vectors;

use pluto_core::hash::Digest;
use proptest::prelude::*;

use super::*;
use crate::codes;

/// MTH of RFC 9162 §2.1.1 over leaf digests, word for word.
fn naive(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Blake3Log::empty(),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            Blake3Log::node(&naive(&leaves[..k]), &naive(&leaves[k..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(blake3_of).collect()
}

fn blake3_of(i: u64) -> Digest {
    pluto_core::hash::Domain::new("pluto test leaf").hash(&i.to_be_bytes())
}

fn tree(leaves: &[Digest]) -> LogTree {
    let mut tree = LogTree::new();
    tree.extend(leaves);
    tree
}

struct Leaves(Vec<Digest>);

impl TileSource for Leaves {
    fn tile(&self, number: u64) -> Result<Vec<Digest>> {
        let start = (number * TILE_LEAVES) as usize;
        Ok(self.0[start..start + TILE_LEAVES as usize].to_vec())
    }
}

fn flip(digest: &mut Digest) {
    digest.0[7] ^= 0x10;
}

#[test]
fn every_small_inclusion_proof_verifies_and_every_change_is_refused() {
    for size in 1..=40_u64 {
        let leaves = leaves(size);
        let tree = tree(&leaves);
        let root = tree.root();
        for index in 0..size {
            let proof = tree.inclusion(index, size, &NoTiles).unwrap();
            let leaf = leaves[index as usize];
            let check = |root: &Digest, size, index, leaf: &Digest, proof: &InclusionProof| {
                verify_inclusion::<Blake3Log>(root, size, index, leaf, proof)
            };
            check(&root, size, index, &leaf, &proof).unwrap();
            assert_eq!(InclusionProof::decode(&proof.encode()).unwrap(), proof);
            for other in 0..size + 2 {
                assert_eq!(check(&root, size, other, &leaf, &proof).is_ok(), other == index);
            }
            let (mut root2, mut leaf2) = (root, leaf);
            flip(&mut root2);
            flip(&mut leaf2);
            assert!(check(&root2, size, index, &leaf, &proof).is_err());
            assert!(check(&root, size, index, &leaf2, &proof).is_err());
            for at in 0..proof.path.len() {
                let mut changed = proof.clone();
                flip(&mut changed.path[at]);
                assert!(check(&root, size, index, &leaf, &changed).is_err());
                let mut shorter = proof.clone();
                shorter.path.remove(at);
                assert!(check(&root, size, index, &leaf, &shorter).is_err());
                let mut longer = proof.clone();
                longer.path.insert(at, root);
                assert!(check(&root, size, index, &leaf, &longer).is_err());
            }
        }
    }
}

#[test]
fn every_small_consistency_proof_verifies_and_every_change_is_refused() {
    let leaves = leaves(40);
    let tree = tree(&leaves);
    let roots: Vec<Digest> = (0..=40).map(|n| naive(&leaves[..n])).collect();
    for size in 1..=40_u64 {
        let root = roots[size as usize];
        assert_eq!(tree.root_at(size, &NoTiles).unwrap(), root);
        for old in 1..=size {
            let proof = tree.consistency(old, size, &NoTiles).unwrap();
            let old_root = roots[old as usize];
            let check = |old_root: &Digest, old, root: &Digest, size, proof: &ConsistencyProof| {
                verify_consistency::<Blake3Log>(old_root, old, root, size, proof)
            };
            check(&old_root, old, &root, size, &proof).unwrap();
            assert_eq!(ConsistencyProof::decode(&proof.encode()).unwrap(), proof);
            for other in 0..=size + 1 {
                assert_eq!(check(&old_root, other, &root, size, &proof).is_ok(), other == old);
            }
            let (mut old2, mut root2) = (old_root, root);
            flip(&mut old2);
            flip(&mut root2);
            assert!(check(&old2, old, &root, size, &proof).is_err());
            assert!(check(&old_root, old, &root2, size, &proof).is_err());
            for at in 0..proof.path.len() {
                let mut changed = proof.clone();
                flip(&mut changed.path[at]);
                assert!(check(&old_root, old, &root, size, &changed).is_err());
                changed.path.remove(at);
                assert!(check(&old_root, old, &root, size, &changed).is_err());
            }
            let mut longer = proof.clone();
            longer.path.push(root);
            assert!(check(&old_root, old, &root, size, &longer).is_err());
        }
    }
}

#[test]
fn impossible_positions_are_refused() {
    let tree = tree(&leaves(5));
    let code = |error: pluto_error::Error| error.code();
    assert_eq!(tree.inclusion(5, 5, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
    assert_eq!(tree.inclusion(0, 0, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
    assert_eq!(tree.inclusion(0, 6, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
    assert_eq!(tree.consistency(0, 5, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
    assert_eq!(tree.consistency(4, 3, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
    assert_eq!(tree.root_at(6, &NoTiles).map_err(code), Err(codes::OUT_OF_RANGE));
}

#[test]
fn a_tree_that_forgot_proves_the_same_from_its_tiles() {
    let leaves = leaves(1500);
    let full = tree(&leaves);
    let mut bounded = full.clone();
    bounded.forget(1100);
    assert_eq!(bounded.forgotten(), 1024);
    assert_eq!((bounded.leaf(1023), bounded.leaf(1024)), (None, Some(leaves[1024])));
    let source = Leaves(leaves.clone());
    for size in [1, 255, 256, 257, 1000, 1024, 1025, 1500] {
        assert_eq!(bounded.root_at(size, &source).unwrap(), naive(&leaves[..size as usize]));
        for index in (0..size).step_by(37) {
            let expected = full.inclusion(index, size, &NoTiles).unwrap();
            assert_eq!(bounded.inclusion(index, size, &source).unwrap(), expected);
            let expected = full.consistency(index + 1, size, &NoTiles).unwrap();
            assert_eq!(bounded.consistency(index + 1, size, &source).unwrap(), expected);
        }
    }
    let missing = bounded.inclusion(5, 1500, &NoTiles).unwrap_err();
    assert_eq!(missing.code(), codes::TILE_MISSING);
    let mut wrong = leaves.clone();
    flip(&mut wrong[9]);
    let damaged = bounded.inclusion(5, 1500, &Leaves(wrong)).unwrap_err();
    assert_eq!(damaged.code(), codes::TILE_DAMAGED);
}

#[test]
fn tile_roots_and_tail_restore_the_tree() {
    let all = leaves(1800);
    for size in [0, 1, 255, 256, 600, 1024, 1300] {
        let full = tree(&all[..size]);
        let roots: Vec<Digest> = full.tile_roots().collect();
        for keep in 0..=roots.len() {
            let mut restored: LogTree = LogTree::from_tiles(&roots[..keep], &all[keep * 256..size]);
            assert_eq!((restored.len(), restored.root()), (size as u64, full.root()));
            restored.extend(&all[size..]);
            assert_eq!(restored.root(), naive(&all));
        }
    }
}

#[test]
fn truncation_stops_at_what_was_forgotten() {
    let all = leaves(1300);
    let mut bounded = tree(&all);
    bounded.forget(1024);
    assert_eq!(bounded.truncate(1000).unwrap_err().code(), codes::TILE_MISSING);
    assert_eq!(bounded.truncate(1301).unwrap_err().code(), codes::OUT_OF_RANGE);
    assert_eq!(bounded.root(), naive(&all), "a refused cut changes nothing");
    for size in [1200, 1024, 768, 0] {
        bounded.truncate(size).unwrap();
        assert_eq!(bounded.root(), naive(&all[..size as usize]));
        let mut again = bounded.clone();
        again.extend(&all[size as usize..]);
        assert_eq!(again.root(), naive(&all));
    }
}

/// Ways to spoil a claim; the last one leaves it as it is.
fn spoil(how: u8, at: usize, index: &mut u64, leaf: &mut Digest, proof: &mut InclusionProof) {
    let at = at % proof.path.len().max(1);
    match how {
        0 if !proof.path.is_empty() => flip(&mut proof.path[at]),
        1 if !proof.path.is_empty() => drop(proof.path.remove(at)),
        2 => proof.path.insert(at, *leaf),
        3 => flip(leaf),
        4 => *index ^= 1 << (at % 12),
        5 => *index = u64::MAX - at as u64,
        6 => proof.path.extend([*leaf; 100]),
        7 => proof.path.clear(),
        _ => {}
    }
}

#[test]
fn a_batch_refuses_exactly_what_was_spoiled() {
    let leaves = leaves(777);
    let tree = tree(&leaves);
    let mut proofs: Vec<InclusionProof> =
        (0..777).map(|index| tree.inclusion(index, 777, &NoTiles).unwrap()).collect();
    let spoiled = |index: usize| index % 7 == 3;
    for (index, proof) in proofs.iter_mut().enumerate().filter(|(index, _)| spoiled(*index)) {
        let at = index % proof.path.len();
        flip(&mut proof.path[at]);
    }
    let claims: Vec<InclusionClaim<'_>> = (0..)
        .zip(leaves.iter().zip(&proofs))
        .map(|(index, (leaf, proof))| InclusionClaim { index, leaf, proof })
        .collect();
    let answers = verify_inclusions::<Blake3Log>(&tree.root(), 777, &claims);
    assert_eq!(answers.len(), 777);
    for (index, answer) in answers.into_iter().enumerate() {
        let expected = if spoiled(index) { Err(codes::ROOT_MISMATCH) } else { Ok(()) };
        assert_eq!(answer.map_err(|error| error.code()), expected, "leaf {index}");
    }
    assert!(verify_inclusions::<Blake3Log>(&tree.root(), 777, &[]).is_empty());
}

proptest! {
    #[test]
    fn a_batch_answers_as_each_proof_alone(
        size in 1..600_u64,
        picks in prop::collection::vec((any::<u64>(), 0..14_u8, any::<usize>()), 0..150),
        (other_size, other_root) in (prop::option::weighted(0.1, 0..700_u64), prop::bool::weighted(0.1)),
    ) {
        let leaves = leaves(size);
        let tree = tree(&leaves);
        let claims: Vec<(u64, Digest, InclusionProof)> = picks
            .into_iter()
            .map(|(index, how, at)| {
                let mut index = index % size;
                let mut leaf = leaves[index as usize];
                let mut proof = tree.inclusion(index, size, &NoTiles).unwrap();
                spoil(how, at, &mut index, &mut leaf, &mut proof);
                (index, leaf, proof)
            })
            .collect();
        let mut root = tree.root();
        if other_root {
            flip(&mut root);
        }
        let size = other_size.unwrap_or(size);
        let borrowed: Vec<InclusionClaim<'_>> = claims
            .iter()
            .map(|(index, leaf, proof)| InclusionClaim { index: *index, leaf, proof })
            .collect();
        let together = verify_inclusions::<Blake3Log>(&root, size, &borrowed);
        prop_assert_eq!(together.len(), claims.len());
        for ((index, leaf, proof), answer) in claims.iter().zip(together) {
            let alone = verify_inclusion::<Blake3Log>(&root, size, *index, leaf, proof);
            let text = |answer: Result<()>| answer.map_err(|error| (error.code(), error.to_string()));
            prop_assert_eq!(text(answer), text(alone));
        }
    }

    #[test]
    fn any_history_of_appends_cuts_and_forgetting_equals_the_definition(
        steps in prop::collection::vec((0..4_u8, 0..700_usize), 1..12),
    ) {
        let mut model: Vec<Digest> = Vec::new();
        let mut tree: LogTree = LogTree::new();
        let mut fresh = 0_u64;
        for (kind, amount) in steps {
            match kind {
                0 => tree.forget(amount as u64),
                1 => {
                    let cut = model.len().saturating_sub(amount);
                    if tree.truncate(cut as u64).is_ok() {
                        model.truncate(cut);
                    } else {
                        prop_assert!((cut as u64) < tree.forgotten());
                    }
                }
                _ => {
                    let batch: Vec<_> = (0..amount as u64).map(|i| blake3_of(fresh + i)).collect();
                    fresh += amount as u64;
                    tree.extend(&batch);
                    model.extend(batch);
                }
            }
            prop_assert_eq!(tree.len(), model.len() as u64);
            prop_assert_eq!(tree.root(), naive(&model));
            let (source, size) = (Leaves(model.clone()), model.len() as u64);
            for index in [0, size / 3, size.saturating_sub(1)].into_iter().filter(|at| *at < size) {
                let proof = tree.inclusion(index, size, &source).unwrap();
                let leaf = &model[index as usize];
                verify_inclusion::<Blake3Log>(&tree.root(), size, index, leaf, &proof).unwrap();
            }
        }
    }

    #[test]
    fn decoding_is_canonical_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = InclusionProof::decode(&bytes) {
            prop_assert_eq!(proof.encode(), bytes.clone());
        }
        let mut headed = vec![1, 2, bytes.len() as u8 / 32];
        headed.extend(&bytes[..bytes.len() / 32 * 32]);
        prop_assert_eq!(ConsistencyProof::decode(&headed).unwrap().encode(), headed.clone());
        headed.push(0);
        prop_assert!(ConsistencyProof::decode(&headed).is_err());
    }

    #[test]
    fn verifiers_survive_any_numbers(
        (start, end, size, index) in any::<(u64, u64, u64, u64)>(), hashes in 0..70_usize,
    ) {
        let zero = Digest::ZERO;
        let path = vec![zero; hashes];
        let proof = InclusionProof { path: path.clone() };
        prop_assert!(
            verify_subtree_inclusion::<Blake3Log>(&zero, start, end, index, &zero, &proof).is_err()
        );
        let proof = ConsistencyProof { path };
        prop_assert!(
            verify_subtree_consistency::<Blake3Log>(&zero, start, end, &zero, size, &proof).is_err()
        );
        let last = InclusionProof { path: vec![zero; 64] };
        let root = verify_inclusion::<Blake3Log>(&zero, u64::MAX, index, &zero, &last);
        prop_assert!(root.is_err());
    }
}
