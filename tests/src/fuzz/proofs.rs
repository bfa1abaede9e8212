//! Proofs of `pluto-merkle`: decode, re-encode, and verify against whatever else the bytes say.
//!
//! Log proofs need sizes and positions beside them. They are taken from the digests of the proof, so
//! that a mutation changes them too.

use pluto_core::Digest;
use pluto_merkle::delta::MerkleDelta;
use pluto_merkle::log_tree::{
    Blake3Log, ConsistencyProof, InclusionProof, RangeProof, verify_consistency, verify_inclusion,
    verify_range, verify_subtree_consistency, verify_subtree_inclusion,
};
use pluto_merkle::map::{MapProof, verify_map};
use pluto_merkle::state_proof::StateProof;

pub(super) fn inclusion(bytes: &[u8]) {
    let Ok(proof) = InclusionProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes);
    let Claim { root, leaf, numbers: [index, start, size] } = Claim::of(&proof.path);
    let whole = verify_inclusion::<Blake3Log>(&root, size, index, &leaf, &proof);
    let part = verify_subtree_inclusion::<Blake3Log>(&root, start, size, index, &leaf, &proof);
    // The root stands in the proof itself: leading to it would be a second preimage.
    assert!((whole.is_err() && part.is_err()) || proof.path.is_empty());
}

pub(super) fn consistency(bytes: &[u8]) {
    let Ok(proof) = ConsistencyProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes);
    let Claim { root, leaf, numbers: [old, start, size] } = Claim::of(&proof.path);
    let whole = verify_consistency::<Blake3Log>(&leaf, old, &root, size, &proof);
    assert!(whole.is_err() || proof.path.is_empty());
    let _ = verify_subtree_consistency::<Blake3Log>(&leaf, start, old, &root, size, &proof);
}

pub(super) fn range(bytes: &[u8]) {
    let Ok(proof) = RangeProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes);
    let path = [&proof.left[..], &proof.right].concat();
    let Claim { root, numbers: [start, _, size], .. } = Claim::of(&path);
    for count in [0, 1, path.len()] {
        let leaves = path.get(..count).unwrap_or_default();
        let shown = verify_range::<Blake3Log>(&root, size, start, leaves, &proof);
        assert!(shown.is_err() || path.is_empty());
    }
}

pub(super) fn map(bytes: &[u8]) {
    let Ok(proof) = MapProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes);
    for (key, value) in [(&b"k"[..], None), (b"k", Some(&b"v"[..])), (bytes, Some(bytes))] {
        if let Ok(root) = proof.root(key, value) {
            assert!(verify_map(&root, key, value, &proof).is_ok());
            let other = if value.is_some() { None } else { Some(&b"another"[..]) };
            assert!(verify_map(&root, key, other, &proof).is_err(), "presence is not absence");
        }
    }
}

pub(super) fn state(bytes: &[u8]) {
    let Ok(proof) = StateProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes);
    if let Ok(root) = proof.root() {
        assert!(proof.verify(&root).is_ok());
        assert!(proof.verify(&Digest::ZERO).is_err());
    }
}

pub(super) fn delta(bytes: &[u8]) {
    let Ok(delta) = MerkleDelta::decode(bytes) else { return };
    assert_eq!(delta.encode(), bytes);
    if delta.verify().is_ok() {
        let mut other = delta.clone();
        other.new_root = Digest([0xff; 32]);
        assert!(other.verify().is_err(), "the new root is recomputed");
    }
}

/// What a log proof is checked against.
struct Claim {
    root: Digest,
    leaf: Digest,
    numbers: [u64; 3],
}

impl Claim {
    fn of(path: &[Digest]) -> Self {
        let root = path.last().copied().unwrap_or_default();
        let leaf = path.first().copied().unwrap_or_default();
        let (words, _) = root.0.as_chunks::<8>();
        let mut numbers = [path.len() as u64; 3];
        for (number, word) in numbers.iter_mut().zip(words) {
            let word = u64::from_be_bytes(*word);
            // Half of the claims are about small trees, where sizes and positions fit each other.
            *number = if word & 1 == 0 { word } else { word % 64 };
        }
        Self { root, leaf, numbers }
    }
}
