//! The tree equals its definition; proofs bind component, schema, map root and place.

use super::*;

fn root_of(number: u16) -> Digest {
    pluto_core::hash::Domain::new("pluto test map root").hash(&number.to_be_bytes())
}

/// The definition: pairwise hashing of all 64 leaves.
fn naive(used: &[(u16, u16)]) -> Digest {
    let mut level = vec![Digest::ZERO; PLACES];
    for (component, schema) in used {
        level[usize::from(*component)] = component_leaf(*component, *schema, &root_of(*component));
    }
    while level.len() > 1 {
        level = level.chunks(2).map(|two| NODE.hash_parts(&[&two[0].0, &two[1].0])).collect();
    }
    level[0]
}

#[test]
fn incremental_updates_equal_the_definition() {
    let mut tree = ComponentTree::new();
    assert_eq!(tree.root(), naive(&[]));
    let mut used = Vec::new();
    for component in [0, 63, 1, 40, 7, 39] {
        tree.set(component, 2, &root_of(component)).unwrap();
        used.push((component, 2));
        assert_eq!(tree.root(), naive(&used));
    }
    let mut at_once = ComponentTree::new();
    let all = used.iter().map(|(component, schema)| (*component, *schema, root_of(*component)));
    at_once.update(all).unwrap();
    assert_eq!(at_once, tree);
}

#[test]
fn proofs_bind_every_part() {
    let mut tree = ComponentTree::new();
    for component in 0..40 {
        tree.set(component, 1, &root_of(component)).unwrap();
    }
    let root = tree.root();
    for component in 0..40 {
        let proof = tree.prove(component).unwrap();
        let check = |component, schema, map: &Digest, proof: &ComponentProof| {
            verify_component(&root, component, schema, map, proof).is_ok()
        };
        let map = root_of(component);
        assert!(check(component, 1, &map, &proof));
        assert!(!check(component, 2, &map, &proof));
        assert!(!check(component ^ 1, 1, &map, &proof));
        assert!(!check(component, 1, &root_of(component + 1), &proof));
        for at in 0..COMPONENT_PATH_HASHES {
            let mut changed = proof.clone();
            changed.path[at].0[0] ^= 1;
            assert!(!check(component, 1, &map, &changed));
        }
        assert!(!check(component + 64, 1, &map, &proof));
    }
    assert!(tree.prove(64).is_err());
    assert!(tree.update([(3, 9, Digest::ZERO), (64, 1, Digest::ZERO)]).is_err());
    assert_eq!(tree.root(), root, "a refused update changes nothing");
}

#[test]
fn the_state_root_binds_every_part() {
    let (a, b) = (root_of(1), root_of(2));
    let root = state_root(&[1; 32], 5, &a, &b);
    let others = [
        state_root(&[2; 32], 5, &a, &b),
        state_root(&[1; 32], 6, &a, &b),
        state_root(&[1; 32], 5, &b, &b),
        state_root(&[1; 32], 5, &a, &a),
    ];
    assert!(others.iter().all(|other| *other != root));
}
