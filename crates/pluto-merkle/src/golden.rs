//! The published bytes of every format: written once, compared ever after.

use std::path::PathBuf;

use pluto_core::hash::{Digest, Domain};

use crate::component_tree::{ComponentTree, state_root};
use crate::delta::MerkleDelta;
use crate::log_tree::{
    Blake3Log, ConsistencyProof, InclusionProof, LogTree, NoTiles, RangeProof, verify_consistency,
    verify_inclusion, verify_range,
};
use crate::map::{MapProof, StateMap, verify_map};
use crate::state_proof::StateProof;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn leaf(number: u64) -> Digest {
    Domain::new("pluto golden leaf").hash(&number.to_be_bytes())
}

fn log() -> LogTree {
    let mut tree = LogTree::new();
    tree.extend(&(0..13).map(leaf).collect::<Vec<_>>());
    tree
}

fn map() -> StateMap {
    StateMap::from_entries((0..20_u8).map(|number| ([number], [number; 40]))).unwrap()
}

fn state_proof(key: u8) -> (Digest, StateProof) {
    let (map, log) = (map(), log());
    let mut tree = ComponentTree::new();
    tree.set(5, 1, &map.root()).unwrap();
    let proof = StateProof {
        realm: leaf(100).0,
        position: 13,
        log_root: log.root(),
        component: 5,
        schema: 1,
        key: vec![key],
        value: map.get(&[key]).map(<[u8]>::to_vec),
        map: map.prove(&[key]),
        path: tree.prove(5).unwrap(),
    };
    (state_root(&leaf(100).0, 13, &tree.root(), &log.root()), proof)
}

fn delta() -> MerkleDelta {
    let ops = [([3], Some("new")), ([4], None), ([77], Some("added"))];
    MerkleDelta::new(12, 13, &map(), ops).unwrap()
}

/// Name and bytes of every golden file.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let log = log();
    vec![
        ("log-proof-v1-inclusion.bin", log.inclusion(9, 13, &NoTiles).unwrap().encode()),
        ("log-proof-v1-consistency.bin", log.consistency(6, 13, &NoTiles).unwrap().encode()),
        ("log-proof-v1-range.bin", log.range(3..9, 13, &NoTiles).unwrap().encode()),
        ("map-proof-v1-presence.bin", map().prove(&[7]).encode()),
        ("map-proof-v1-absence.bin", map().prove(&[207]).encode()),
        ("state-proof-v1-presence.bin", state_proof(7).1.encode()),
        ("state-proof-v1-absence.bin", state_proof(207).1.encode()),
        ("merkle-delta-v1.bin", delta().encode()),
    ]
}

#[test]
#[ignore = "writes the golden files; run it only when a format gets a new version"]
fn write_golden_files() {
    for (name, bytes) in all() {
        std::fs::create_dir_all(file("")).unwrap();
        std::fs::write(file(name), bytes).unwrap();
    }
}

#[test]
fn todays_code_writes_the_golden_bytes() {
    for (name, bytes) in all() {
        let golden = std::fs::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(golden, bytes, "{name}");
    }
}

#[test]
fn todays_code_verifies_the_golden_bytes() {
    let read = |name| std::fs::read(file(name)).unwrap();
    let (log, map) = (log(), map());
    let inclusion = InclusionProof::decode(&read("log-proof-v1-inclusion.bin")).unwrap();
    verify_inclusion::<Blake3Log>(&log.root(), 13, 9, &leaf(9), &inclusion).unwrap();
    let consistency = ConsistencyProof::decode(&read("log-proof-v1-consistency.bin")).unwrap();
    let old = log.root_at(6, &NoTiles).unwrap();
    verify_consistency::<Blake3Log>(&old, 6, &log.root(), 13, &consistency).unwrap();
    let range = RangeProof::decode(&read("log-proof-v1-range.bin")).unwrap();
    let inside: Vec<Digest> = (3..9).map(leaf).collect();
    verify_range::<Blake3Log>(&log.root(), 13, 3, &inside, &range).unwrap();
    let presence = MapProof::decode(&read("map-proof-v1-presence.bin")).unwrap();
    verify_map(&map.root(), &[7], Some(&[7; 40]), &presence).unwrap();
    let absence = MapProof::decode(&read("map-proof-v1-absence.bin")).unwrap();
    verify_map(&map.root(), &[207], None, &absence).unwrap();
    for (name, key) in [("state-proof-v1-presence.bin", 7), ("state-proof-v1-absence.bin", 207)] {
        StateProof::decode(&read(name)).unwrap().verify(&state_proof(key).0).unwrap();
    }
    let delta = MerkleDelta::decode(&read("merkle-delta-v1.bin")).unwrap();
    delta.verify().unwrap();
    assert_eq!(delta.old_root, map.root());
}
