//! A delta proves both roots, covers every shape of change, and no change to it passes.

use proptest::prelude::*;

use super::*;
use crate::codes;

fn key(number: u16) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn map(count: u16) -> StateMap {
    StateMap::from_entries((0..count).map(|number| (key(number), [1; 9]))).unwrap()
}

fn sample() -> MerkleDelta {
    let ops = [(key(3), Some(b"new")), (key(7), None), (key(99), Some(b"add")), (key(98), None)];
    MerkleDelta::new(10, 12, &map(20), ops).unwrap()
}

fn refusal(change: impl FnOnce(&mut MerkleDelta)) -> pluto_error::Code {
    let mut delta = sample();
    delta.verify().unwrap();
    change(&mut delta);
    delta.verify().unwrap_err().code()
}

#[test]
fn each_check_refuses_what_it_is_for() {
    assert_eq!(refusal(|delta| delta.to = 9), codes::OUT_OF_RANGE);
    assert_eq!(refusal(|delta| delta.old_root.0[0] ^= 1), codes::ROOT_MISMATCH);
    assert_eq!(refusal(|delta| delta.new_root.0[0] ^= 1), codes::ROOT_MISMATCH);
    assert_eq!(refusal(|delta| delta.ops.swap(0, 1)), codes::UNORDERED_OPS);
    assert_eq!(refusal(|delta| delta.ops.push(delta.ops[3].clone())), codes::UNORDERED_OPS);
    assert_eq!(refusal(|delta| drop(delta.ops.remove(0))), codes::ROOT_MISMATCH);
    assert_eq!(refusal(|delta| delta.ops[0].1 = Some(b"other".to_vec())), codes::ROOT_MISMATCH);
    assert_eq!(refusal(|delta| delta.ops[1].1 = Some(b"kept".to_vec())), codes::ROOT_MISMATCH);
    assert_eq!(
        refusal(|delta| delta.proofs = Witness::Hidden(delta.old_root)),
        codes::WITNESS_INCOMPLETE
    );
    let far = (0..500_u16).map(|number| (key(number), Some(b"x"))).skip(20);
    let large = MerkleDelta::new(1, 2, &map(400), far).unwrap();
    assert_eq!(refusal(|delta| delta.proofs = large.proofs), codes::ROOT_MISMATCH);
}

#[test]
fn no_changed_byte_of_an_encoded_delta_passes() {
    let delta = sample();
    let bytes = delta.encode();
    assert_eq!(MerkleDelta::decode(&bytes).unwrap(), delta);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let Ok(decoded) = MerkleDelta::decode(&changed) else { continue };
            assert_eq!(decoded.encode(), changed);
            if decoded.verify().is_ok() {
                // Positions are bound by the checkpoints around the delta, not by the map. To remove
                // a key that is not there changes nothing, whatever its name.
                let mut same = delta.clone();
                (same.from, same.to) = (decoded.from, decoded.to);
                same.ops[2].0.clone_from(&decoded.ops[2].0);
                assert_eq!((&decoded, &same.ops[2].1), (&same, &None), "byte {at}");
                assert_eq!(map(20).get(&decoded.ops[2].0), None);
            }
        }
        assert!(MerkleDelta::decode(&bytes[..at]).is_err());
    }
}

proptest! {
    #[test]
    fn every_change_of_every_map_is_proven_without_the_map(
        present in prop::collection::btree_set(0..60_u16, 0..60),
        ops in prop::collection::vec((0..60_u16, prop::option::weighted(0.4, any::<u8>())), 0..40),
    ) {
        let map = StateMap::from_entries(present.iter().map(|number| (key(*number), [1]))).unwrap();
        let ops: Vec<_> =
            ops.into_iter().map(|(number, value)| (key(number), value.map(|byte| [byte]))).collect();
        let mut after = map.clone();
        after.apply(ops.clone()).unwrap();
        let delta = MerkleDelta::new(0, 1, &map, ops).unwrap();
        prop_assert_eq!((delta.old_root, delta.new_root), (map.root(), after.root()));
        delta.verify().unwrap();
        prop_assert_eq!(MerkleDelta::decode(&delta.encode()).unwrap(), delta);
    }

    #[test]
    fn decoding_is_canonical_and_never_panics(
        count in 0..4_u32, bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let headed = [&[1][..], &[0; 80], &count.to_be_bytes(), &bytes].concat();
        for input in [bytes, headed, [[1].as_slice(), &[0; 84], &[INNER_BYTE; 5000]].concat()] {
            if let Ok(delta) = MerkleDelta::decode(&input) {
                prop_assert_eq!(delta.encode(), input);
            }
        }
    }
}

/// The kind byte of an inner node: a run of them is a tree without end.
const INNER_BYTE: u8 = 3;
