//! The map equals its definition whatever its history; proofs show exactly what they should.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::codes;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// The definition, word for word, one hash at a time.
fn naive(model: &Model) -> Digest {
    fn subtree(leaves: &[(Digest, Digest)], depth: usize) -> Digest {
        match leaves {
            [] => Digest::ZERO,
            [(_, leaf)] => *leaf,
            _ => {
                let (left, right): (Vec<_>, Vec<_>) =
                    leaves.iter().partition(|(place, _)| !hash::bit(place, depth));
                hash::node(&subtree(&left, depth + 1), &subtree(&right, depth + 1))
            }
        }
    }
    let leaves: Vec<_> = model
        .iter()
        .map(|(key, value)| {
            let place = hash::key_hash(key);
            (place, hash::leaf(&place, &hash::value_hash(value)))
        })
        .collect();
    subtree(&leaves, 0)
}

fn key(number: u64) -> Vec<u8> {
    format!("key {number}").into_bytes()
}

fn check(map: &StateMap, model: &Model) {
    assert_eq!(map.root(), naive(model));
    assert_eq!(map.len(), model.len());
    let content: Model = map.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
    assert_eq!(&content, model);
    let places: Vec<_> = map.iter().map(|(k, _)| hash::key_hash(k)).collect();
    assert!(places.is_sorted());
}

#[test]
fn snapshots_are_shared_across_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<StateMap>();
    assert_eq!(StateMap::new().root(), EMPTY_ROOT);
}

#[test]
fn strings_hash_as_documented() {
    for length in [0, 1, 59, 60, 61, 124, 188, 252, 253, 300, 5000] {
        let bytes: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let mut message = (length as u32).to_be_bytes().to_vec();
        message.extend(&bytes);
        message.resize(message.len().next_multiple_of(64), 0);
        let expected = pluto_core::hash::Domain::new("pluto map key v1").hash(&message);
        assert_eq!(hash::key_hash(&bytes), expected);
        assert_eq!(hash::key_hashes(&[b"x", &bytes, b"y"])[1], expected);
    }
}

#[test]
fn growing_and_shrinking_equals_the_definition() {
    let mut map = StateMap::new();
    let mut model = Model::new();
    for number in 0..600 {
        map.apply([(key(number), Some(number.to_be_bytes()))]).unwrap();
        model.insert(key(number), number.to_be_bytes().to_vec());
        if number % 50 == 0 {
            check(&map, &model);
        }
    }
    for chunk in (0..600).collect::<Vec<u64>>().chunks(7) {
        map.apply(chunk.iter().map(|number| (key(*number), None::<&[u8]>))).unwrap();
        chunk.iter().for_each(|number| drop(model.remove(&key(*number))));
        check(&map, &model);
    }
    assert_eq!(map.root(), EMPTY_ROOT);
}

#[test]
fn batches_too_large_for_one_part_equal_the_definition() {
    let mut map = StateMap::new();
    let mut model: Model = (0..9_000).map(|number| (key(number), key(number + 1))).collect();
    map.apply(model.iter().map(|(key, value)| (key, Some(value)))).unwrap();
    check(&map, &model);
    let mut ops = vec![(key(3), Some(key(0))), (key(3), Some(key(1))), (key(9_001), None)];
    ops.extend((20..9_000).map(|number| (key(number), None)));
    map.apply(ops).unwrap();
    model.retain(|one, _| (0..20).any(|number| key(number) == *one));
    model.insert(key(3), key(1));
    check(&map, &model);
}

#[test]
fn memory_is_used_again_only_after_its_snapshot_is_gone() {
    for held in [0, 1, 3, 12] {
        let mut map = StateMap::from_entries((0..500).map(|n| (key(n), key(n)))).unwrap();
        let mut model: Model = (0..500).map(|number| (key(number), key(number))).collect();
        let mut snapshots = std::collections::VecDeque::new();
        for round in 0..40_u64 {
            snapshots.push_back((map.clone(), model.clone()));
            let ops = (0..9).map(|step| (key((round * 31 + step * 57) % 500), key(round + step)));
            map.apply(ops.clone().map(|(key, value)| (key, Some(value)))).unwrap();
            model.extend(ops);
            snapshots.drain(..snapshots.len().saturating_sub(held));
            check(&map, &model);
            snapshots.iter().for_each(|(map, model)| check(map, model));
        }
    }
}

#[test]
fn large_values_and_bounds() {
    let mut map = StateMap::new();
    let mut model = Model::new();
    for number in 0..40_u64 {
        let value = vec![number as u8; number as usize * 300];
        map.apply([(key(number), Some(&value))]).unwrap();
        model.insert(key(number), value);
    }
    check(&map, &model);
    let too_long = vec![0; VALUE_BYTES_MAX + 1];
    let refused = map.apply([(key(1), Some(&too_long))]).unwrap_err();
    assert_eq!(refused.code(), codes::TOO_LARGE);
    let refused = map.apply([(&too_long[..=KEY_BYTES_MAX], Some("v"))]).unwrap_err();
    assert_eq!(refused.code(), codes::TOO_LARGE);
    check(&map, &model);
}

fn flip(digest: &mut Digest, at: usize) {
    digest.0[at % 32] ^= 1 << (at % 8);
}

/// Every proof that differs from `proof` in one place.
fn mutations(proof: &MapProof) -> Vec<MapProof> {
    let mut out = Vec::new();
    let mut push = |change: &dyn Fn(&mut MapProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        if changed != *proof {
            out.push(changed);
        }
    };
    for at in 0..proof.siblings.len() {
        push(&|changed| flip(&mut changed.siblings[at], at));
        push(&|changed| {
            changed.siblings.remove(at);
        });
        push(&|changed| changed.siblings.insert(at, Digest::ZERO));
        push(&|changed| changed.siblings[at] = Digest::ZERO);
    }
    push(&|changed| changed.siblings.push(Digest::ZERO));
    push(&|changed| changed.end = PathEnd::Empty);
    push(&|changed| changed.end = PathEnd::Found);
    push(&|changed| {
        if let PathEnd::Other { key_hash, .. } = &mut changed.end {
            flip(key_hash, 31);
        }
    });
    push(&|changed| {
        if let PathEnd::Other { value_hash, .. } = &mut changed.end {
            flip(value_hash, 0);
        }
    });
    out
}

#[test]
fn proofs_show_presence_and_absence_and_nothing_else() {
    for count in [0, 1, 2, 3, 9, 60, 300_u64] {
        let map = StateMap::from_entries((0..count).map(|n| (key(n), key(n + 7)))).unwrap();
        let root = map.root();
        for number in 0..count.min(40) + 40 {
            let number = if number < 40 { number } else { number + 1000 };
            let value = map.get(&key(number));
            assert_eq!(value.is_some(), number < count);
            let proof = map.prove(&key(number));
            verify_map(&root, &key(number), value, &proof).unwrap();
            assert_eq!(MapProof::decode(&proof.encode()).unwrap(), proof);
            let other = value.map_or(Some(&b"forged"[..]), |_| None);
            assert!(verify_map(&root, &key(number), other, &proof).is_err());
            assert!(verify_map(&root, &key(number), Some(b"wrong"), &proof).is_err());
            let mut other_root = root;
            flip(&mut other_root, 3);
            assert!(verify_map(&other_root, &key(number), value, &proof).is_err());
            for changed in mutations(&proof) {
                assert!(verify_map(&root, &key(number), value, &changed).is_err(), "{changed:?}");
            }
        }
    }
}

#[test]
fn a_leaf_cannot_pass_for_the_absence_of_itself() {
    let map = StateMap::from_entries([(b"a", b"1"), (b"b", b"2")]).unwrap();
    let proof = map.prove(b"a");
    let end = PathEnd::Other { key_hash: hash::key_hash(b"a"), value_hash: hash::value_hash(b"1") };
    let forged = MapProof { end, ..proof };
    let refused = verify_map(&map.root(), b"a", None, &forged).unwrap_err();
    assert_eq!(refused.code(), codes::OTHER_CLAIM);
}

fn batches() -> impl Strategy<Value = Vec<Vec<(u64, Option<u16>)>>> {
    let op = (0..120_u64, prop::option::weighted(0.6, 0..600_u16));
    prop::collection::vec(prop::collection::vec(op, 0..60), 1..12)
}

proptest! {
    #[test]
    fn any_history_equals_the_model_and_old_snapshots_stay(batches in batches()) {
        let mut map = StateMap::new();
        let mut model = Model::new();
        let mut snapshots = Vec::new();
        for batch in batches {
            snapshots.push((map.clone(), model.clone()));
            let ops: Vec<_> = batch
                .iter()
                .map(|(number, length)| (key(*number), length.map(|n| vec![n as u8; n as usize])))
                .collect();
            map.apply(ops.clone()).unwrap();
            for (key, value) in ops {
                match value {
                    Some(value) => drop(model.insert(key, value)),
                    None => drop(model.remove(&key)),
                }
            }
            check(&map, &model);
            for number in 0..120 {
                prop_assert_eq!(map.get(&key(number)), model.get(&key(number)).map(Vec::as_slice));
            }
        }
        for (map, model) in &snapshots {
            check(map, model);
        }
        let rebuilt = StateMap::from_entries(model.iter().rev()).unwrap();
        prop_assert_eq!(rebuilt.root(), map.root());
    }

    #[test]
    fn decoding_is_canonical_and_never_panics(
        head in 0..20_u16, bytes in prop::collection::vec(any::<u8>(), 0..800),
    ) {
        for input in [bytes.clone(), [&[1][..], &head.to_be_bytes(), &bytes].concat()] {
            if let Ok(proof) = MapProof::decode(&input) {
                prop_assert_eq!(proof.encode(), input);
            }
        }
    }

    #[test]
    fn single_byte_changes_of_an_encoded_proof_are_refused(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let map = StateMap::from_entries((0..100).map(|n| (key(n), key(n)))).unwrap();
        for number in [5, 500] {
            let mut bytes = map.prove(&key(number)).encode();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            let value = map.get(&key(number));
            let accepted = MapProof::decode(&bytes)
                .and_then(|proof| verify_map(&map.root(), &key(number), value, &proof));
            prop_assert!(accepted.is_err());
        }
    }
}
