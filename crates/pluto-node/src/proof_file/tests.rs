//! A proof file holds only as it was written: no flip, cut or addition anywhere, no borrowed witness.

use std::path::PathBuf;

use pluto_core::payload::{Admission, CheckpointSigned, RealmGenesis, RecordPut};
use pluto_core::{Canonical, Component, Domain, Kind, Namespace, Run};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed, Zip215Verifier, sign_run};
use pluto_merkle::component_tree::{ComponentTree, state_root};
use pluto_merkle::map::StateMap;
use pluto_nervous_system::Composer;
use proptest::prelude::*;

use super::*;

const POSITION: u64 = 7;

fn somebody(number: u8) -> IdentitySecret {
    let seed = SecretSeed::from([number; 32]);
    IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Committed)
}

fn log_root() -> Digest {
    Domain::new("pluto test log root").hash(b"")
}

/// An entry of a realm, present for keys below 20, with the root it leads to.
fn state(realm: [u8; 32], key: u8) -> (Digest, StateProof) {
    let map = StateMap::from_entries((0..20_u8).map(|n| ([n], [n; 5]))).unwrap();
    let component = Component::KvStore.number();
    let mut tree = ComponentTree::new();
    tree.set(component, 1, &map.root()).unwrap();
    let proof = StateProof {
        realm,
        position: POSITION,
        log_root: log_root(),
        component,
        schema: 1,
        key: vec![key],
        value: map.get(&[key]).map(<[u8]>::to_vec),
        map: map.prove(&[key]),
        path: tree.prove(component).unwrap(),
    };
    (state_root(&realm, POSITION, &tree.root(), &log_root()), proof)
}

/// A realm of one creator, and a composer that goes on in it.
fn realm(creator: &IdentitySecret) -> (Composer, pluto_core::Event) {
    let genesis = RealmGenesis {
        name: "golden".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: creator.inception().clone(),
    };
    Composer::genesis(&genesis, 1_000)
}

fn checkpoint(root: Digest) -> CheckpointSigned {
    CheckpointSigned {
        number: 1,
        time_ms: 86_400_000,
        size: POSITION,
        event_set_root: Digest::ZERO,
        log_root: log_root(),
        state_root: root,
    }
}

/// A run of `before` other events and a checkpoint, by the creator.
fn run(
    creator: &IdentitySecret,
    composer: &mut Composer,
    before: u8,
    said: &CheckpointSigned,
) -> Run {
    let mut events: Vec<_> = (0..before)
        .map(|n| {
            let put = RecordPut { collection: "c".into(), key: vec![n], value: Vec::new() };
            composer.compose(creator.did(), Kind::RecordPut, &put.encode(), 2_000)
        })
        .collect();
    events.push(composer.compose(creator.did(), Kind::CheckpointSigned, &said.encode(), 2_000));
    sign_run(&creator.key_pair(), events).unwrap()
}

/// The proof of `key`, signed in a run with `before` other events.
fn signed(key: u8, before: u8) -> ProofFile {
    let creator = somebody(1);
    let (mut composer, genesis) = realm(&creator);
    let (root, state) = state(composer.realm().0, key);
    let run = run(&creator, &mut composer, before, &checkpoint(root));
    let witness = Some(Witness::new(genesis, &run).unwrap());
    ProofFile { root, state, witness }
}

fn unsigned(key: u8) -> ProofFile {
    ProofFile { witness: None, ..signed(key, 0) }
}

fn check(bytes: &[u8]) -> Result<Shown, String> {
    let shown = ProofFile::decode(bytes).and_then(|file| file.verify(&Zip215Verifier));
    shown.map_err(|error| format!("{} {}", error.code(), error.chain()))
}

fn all() -> [Vec<u8>; 4] {
    [signed(7, 0), signed(7, 5), signed(207, 1), unsigned(7)].map(|file| file.encode())
}

#[test]
fn whole_files_hold() {
    for bytes in all() {
        let file = ProofFile::decode(&bytes).unwrap();
        assert_eq!(file.encode(), bytes);
        let shown = check(&bytes).unwrap();
        assert_eq!(shown.proof, file.state);
        if let Some(signed) = shown.signed {
            assert_eq!((signed.creator, &*signed.realm_name), (somebody(1).did(), "golden"));
        }
    }
    assert_eq!(check(&unsigned(207).encode()).unwrap().proof.value, None);
}

/// The body with the seal that fits it: what a forger would write.
fn sealed(body: &[u8]) -> Vec<u8> {
    [body, &SEAL.hash(body).0].concat()
}

/// Behind the seal too every bit counts, but for the key of a proof of absence: one path shows the
/// absence of many keys. A forger gains a claim that is true, and nothing else.
#[test]
fn every_flipped_bit_under_a_new_seal_is_refused_or_true() {
    let absent = |key: &[u8]| !matches!(key, [n] if *n < 20);
    let mut other_claims = 0;
    for bytes in all() {
        let proof = ProofFile::decode(&bytes).unwrap().state;
        let mut body = bytes[..bytes.len() - SEAL_BYTES].to_vec();
        for index in 0..body.len() {
            for bit in 0..8 {
                body[index] ^= 1 << bit;
                if let Ok(shown) = check(&sealed(&body)) {
                    let found = &shown.proof;
                    assert_eq!((&found.value, &proof.value), (&None, &None), "byte {index}");
                    assert_eq!(*found, StateProof { key: found.key.clone(), ..proof.clone() });
                    assert!(found.key != proof.key && absent(&found.key), "byte {index}");
                    other_claims += 1;
                }
                body[index] ^= 1 << bit;
            }
        }
    }
    assert!(other_claims <= 8, "only the one byte of one key may differ");
}

#[test]
fn every_flipped_bit_is_refused() {
    for bytes in all() {
        let mut changed = bytes.clone();
        for index in 0..bytes.len() {
            for bit in 0..8 {
                changed[index] ^= 1 << bit;
                assert!(check(&changed).is_err(), "bit {bit} of byte {index}");
                changed[index] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_cut_is_refused() {
    for bytes in all() {
        for length in 0..bytes.len() {
            assert!(check(&bytes[..length]).is_err(), "cut at {length}");
            let again = sealed(&bytes[..length]);
            assert!(again == bytes || check(&again).is_err(), "cut at {length}, sealed again");
        }
    }
}

#[test]
fn a_witness_cannot_be_borrowed() {
    let (creator, other) = (somebody(1), somebody(2));
    let (composer, genesis) = realm(&creator);
    let (root, state) = state(composer.realm().0, 7);
    let refused = |genesis: &pluto_core::Event, run: &Run| {
        let witness = Some(Witness::new(genesis.clone(), run).unwrap());
        check(&ProofFile { root, state: state.clone(), witness }.encode()).unwrap_err()
    };
    let (mut elsewhere, other_genesis) = realm(&other);
    let right = run(&creator, &mut composer.clone(), 0, &checkpoint(root));
    let of_other_realm = run(&other, &mut elsewhere, 0, &checkpoint(root));
    let mut joined = composer.clone();
    joined.inception(other.inception(), 2_000);
    let by_member = run(&other, &mut joined, 0, &checkpoint(root));
    let mut unfit = run(&creator, &mut composer.clone(), 1, &checkpoint(root));
    unfit.events.pop();
    let mut forged = right.clone();
    forged.signature = of_other_realm.signature;
    let cases = [
        (refused(&other_genesis, &right), "the genesis is that of another realm"),
        (refused(&genesis, &of_other_realm), "the checkpoint belongs to another realm"),
        (refused(&genesis, &by_member), "the checkpoint is not by the creator of the realm"),
        (refused(&right.events[0], &right), "the first event does not open a realm"),
        (refused(&genesis, &unfit), "the second event is no checkpoint"),
        (refused(&genesis, &forged), "the signature does not hold"),
    ];
    for (found, why) in cases {
        assert_eq!(found, format!("NOD-0006 the witness does not hold: {why}"));
    }
}

#[test]
fn a_witness_of_something_else_is_refused() {
    let creator = somebody(1);
    let (composer, genesis) = realm(&creator);
    let (root, state) = state(composer.realm().0, 7);
    let right = checkpoint(root);
    let wrong = [
        CheckpointSigned { size: POSITION + 1, ..right.clone() },
        CheckpointSigned { log_root: Digest::ZERO, ..right.clone() },
        CheckpointSigned { state_root: Digest::ZERO, ..right },
    ];
    for said in wrong {
        let run = run(&creator, &mut composer.clone(), 0, &said);
        let witness = Some(Witness::new(genesis.clone(), &run).unwrap());
        let found = check(&ProofFile { root, state: state.clone(), witness }.encode()).unwrap_err();
        let why = "the checkpoint is about another position, log or state";
        assert_eq!(found, format!("NOD-0006 the witness does not hold: {why}"));
    }
}

#[test]
fn nothing_above_its_bound_is_read() {
    let found = check(&vec![0; PROOF_FILE_BYTES_MAX + 1]).unwrap_err();
    assert_eq!(found, "NOD-0006 expected at most `262144` bytes, found `262145`");
    let mut bytes = unsigned(7).encode();
    bytes.truncate(bytes.len() - SEAL_BYTES);
    bytes[41..45].copy_from_slice(&u32::MAX.to_be_bytes());
    let bytes = sealed(&bytes);
    assert_eq!(
        check(&bytes).unwrap_err(),
        "COR-0004 `state proof` is `4294967295`, the bound is `98304`"
    );
}

proptest! {
    #[test]
    fn additions_are_refused(which in 0..4_usize, more in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut bytes = all()[which].clone();
        let body = [&bytes[..bytes.len() - SEAL_BYTES], &more].concat();
        prop_assert!(check(&sealed(&body)).is_err());
        bytes.extend(more);
        prop_assert!(check(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(check(&bytes).is_err());
        let mut started = MAGIC.to_vec();
        started.push(1);
        started.extend(&bytes);
        prop_assert!(check(&started).is_err());
        prop_assert!(check(&sealed(&started)).is_err());
    }

    #[test]
    fn pieces_of_two_files_are_refused(cut in 1..1_000_usize, which in 0..3_usize) {
        let bodies = all().map(|file| file[..file.len() - SEAL_BYTES].to_vec());
        let (one, other) = (&bodies[which], &bodies[which + 1]);
        let cut = cut.min(one.len() - 1).min(other.len() - 1);
        let mixed = [&one[..cut], &other[cut..]].concat();
        let whole = bodies.contains(&mixed);
        prop_assert!(whole || check(&sealed(&mixed)).is_err());
    }
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn golden_files() -> [(&'static str, ProofFile); 3] {
    [
        ("proof-file-v1-signed.bin", signed(7, 2)),
        ("proof-file-v1-absence.bin", signed(207, 0)),
        ("proof-file-v1-unsigned.bin", unsigned(7)),
    ]
}

#[test]
#[ignore = "writes the golden files; run it only when the format gets a new version"]
fn write_golden_files() {
    for (name, file) in golden_files() {
        std::fs::write(golden(name), file.encode()).unwrap();
    }
}

#[test]
fn todays_code_writes_and_verifies_the_golden_bytes() {
    for (name, file) in golden_files() {
        let bytes = std::fs::read(golden(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bytes, file.encode(), "{name}");
        check(&bytes).unwrap();
    }
}

/// The golden file that shows witnesses: every byte counts there as well.
#[test]
fn every_changed_byte_of_a_file_with_witnesses_is_refused_or_true() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden");
    let bytes = std::fs::read(folder.join("proof-file-v2.bin")).unwrap();
    let file = ProofFile::decode(&bytes).unwrap();
    assert_eq!(file.encode(), bytes);
    let shown = check(&bytes).unwrap();
    let attested = shown.signed.unwrap().attested.unwrap();
    assert_eq!((attested.handovers.len(), attested.last.signers.len()), (2, 3));
    let mut body = bytes[..bytes.len() - SEAL_BYTES].to_vec();
    for at in 0..body.len() {
        assert!(check(&sealed(&body[..at])).is_err(), "cut at {at}");
        for flip in [1, 0x80] {
            body[at] ^= flip;
            if let Ok(shown) = check(&sealed(&body)) {
                let found = shown.proof;
                let other = StateProof { key: found.key.clone(), ..file.state.clone() };
                assert!(found == other && found.value.is_none(), "byte {at}");
            }
            body[at] ^= flip;
        }
    }
}
