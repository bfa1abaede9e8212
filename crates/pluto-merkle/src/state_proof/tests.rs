//! A state proof shows one entry against one root, and no changed byte makes it show a false claim.

use super::*;
use crate::component_tree::ComponentTree;
use crate::map::StateMap;

fn map() -> StateMap {
    StateMap::from_entries((0..50_u16).map(|number| (number.to_be_bytes(), [7; 20]))).unwrap()
}

fn sample(key: &[u8]) -> (Digest, StateProof) {
    let map = map();
    let mut tree = ComponentTree::new();
    tree.set(3, 1, &map.root()).unwrap();
    tree.set(9, 1, &Digest([5; 32])).unwrap();
    let log_root = Digest([8; 32]);
    let proof = StateProof {
        realm: [4; 32],
        position: 12,
        log_root,
        component: 3,
        schema: 1,
        key: key.to_vec(),
        value: map.get(key).map(<[u8]>::to_vec),
        map: map.prove(key),
        path: tree.prove(3).unwrap(),
    };
    (state_root(&[4; 32], 12, &tree.root(), &log_root), proof)
}

#[test]
fn presence_and_absence_verify_and_no_changed_byte_makes_a_false_claim() {
    for (key, present) in [(&[0, 1][..], true), (&b"nobody"[..], false)] {
        let (root, proof) = sample(key);
        assert_eq!(proof.value.is_some(), present);
        proof.verify(&root).unwrap();
        let bytes = proof.encode();
        assert_eq!(StateProof::decode(&bytes).unwrap(), proof);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let Ok(decoded) = StateProof::decode(&changed) else { continue };
                assert_eq!(decoded.encode(), changed);
                if decoded.verify(&root).is_ok() {
                    // One path shows the absence of every key whose place it leads to.
                    assert_eq!(decoded, StateProof { key: decoded.key.clone(), ..proof.clone() });
                    assert_eq!((map().get(&decoded.key), &decoded.value), (None, &None));
                }
            }
            assert!(StateProof::decode(&bytes[..at]).is_err());
        }
        assert!(StateProof::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn decoding_is_canonical_and_never_panics(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600),
    ) {
        let headed = [&[STATE_PROOF_FORMAT.version][..], &bytes].concat();
        if let Ok(proof) = StateProof::decode(&headed) {
            proptest::prop_assert_eq!(proof.encode(), headed);
        }
    }
}
