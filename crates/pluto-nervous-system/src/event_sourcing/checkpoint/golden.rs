//! The published bytes of a manifest and of a blob: read, written again, and damaged.
//!
//! `tests/scenarios/golden.rs` opens a node from them; here every damage is tried.

use std::path::PathBuf;

use std::sync::Arc;

use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_core::{Canonical, Digest, EventId, LogPosition, RealmId, Verdict, VoidReason};
use pluto_error::Result;

use super::super::footing::{Footings, MemoryFootings};
use super::super::tiles::{Place, TileStore, encode_tile};
use super::BLOB;
use super::manifest::{Manifest, RealmEntry, RealmOutline};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every third place a decision, every second void.
fn decisions() -> Vec<Place> {
    let place = |number: u8| Place {
        lamport: u64::from(number) * 2,
        id: EventId([number; 32]),
        verdict: match number % 2 {
            0 => Verdict::Effective,
            _ => Verdict::Void(VoidReason::PolicyDenied),
        },
        judged_on: (number % 3 == 0).then(|| Box::new(Digest([!number; 32]))),
    };
    (0..=255).map(place).collect()
}

/// A store that answers every question with one value.
struct OneValue(Vec<u8>);

impl KvStore for OneValue {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(Some(self.0.clone()))
    }

    fn apply(&self, _: &KvBatch) -> Result<()> {
        Ok(())
    }

    fn scan(&self, _: &[u8], _: &mut VisitEntry<'_>) -> Result<()> {
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

fn tile_of(bytes: Vec<u8>) -> Result<Vec<Place>> {
    TileStore::new(RealmId::ZERO, Arc::new(OneValue(bytes))).places(0)
}

#[test]
#[ignore = "writes the golden file; run it only when the format gets a new version"]
fn write_golden_tile() {
    std::fs::write(file("tile-v2-decisions.bin"), encode_tile(&decisions())).unwrap();
}

#[test]
fn a_tile_with_decisions_has_one_encoding() {
    let bytes = read("tile-v2-decisions.bin");
    assert!(encode_tile(&decisions()) == bytes);
    assert_eq!(tile_of(bytes.clone()).unwrap(), decisions());
    let leaves = Place::leaves(&decisions());
    assert!(leaves.iter().zip(decisions()).all(|(leaf, place)| *leaf == place.leaf()));
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        if let Ok(places) = tile_of(other.clone()) {
            assert!(encode_tile(&places) == other, "a second encoding at {at}");
        }
    }
}

/// The entry of a manifest of version 1.
fn entry_of(blob: &[u8]) -> RealmEntry {
    let (bytes, digest) = (blob.len() as u64, BLOB.hash(blob));
    RealmEntry { generation: 1, bytes, digest, outline: Arc::new(RealmOutline::default()) }
}

#[test]
fn tiles_and_blobs_of_version_1_are_refused() {
    let error = tile_of(read("tile-v1.bin")).unwrap_err();
    assert_eq!(error.code(), crate::codes::TILE_MISSING);
    let blob = read("checkpoint-v1.bin");
    let realm = RealmId(*blob[1..].first_chunk().unwrap());
    let store: Arc<dyn KvStore> = Arc::new(OneValue(Vec::new()));
    let footings = Arc::new(Footings::open(Arc::new(MemoryFootings::default())).unwrap());
    assert!(super::blob::restore(realm, &blob, &store, &footings).is_err());
}

#[test]
fn the_manifest_names_the_blob() {
    for (name, blob) in [
        ("checkpoint-manifest-v1.bin", "checkpoint-v1.bin"),
        ("checkpoint-manifest-v1-blob-v2.bin", "checkpoint-v2.bin"),
        ("checkpoint-manifest-v2.bin", "checkpoint-v2.bin"),
    ] {
        let (manifest, blob) = (Manifest::decode(&read(name)).unwrap(), read(blob));
        assert_eq!((manifest.number, manifest.log_end), (1, LogPosition(0)));
        assert_eq!(manifest.is_outlined, name == "checkpoint-manifest-v2.bin");
        let realm = RealmId(*blob[1..].first_chunk().unwrap());
        let mut realms: Vec<_> = manifest.realms.into_iter().collect();
        let outline = std::mem::take(&mut realms[0].1.outline);
        assert_eq!(realms, [(realm, entry_of(&blob))]);
        let root = Digest(*blob[33 + 8 + 64..].first_chunk().unwrap());
        assert_eq!(outline.root, if manifest.is_outlined { root } else { Digest::ZERO });
    }
}

#[test]
fn a_damaged_manifest_is_refused_or_another_one() {
    for name in ["checkpoint-manifest-v1.bin", "checkpoint-manifest-v2.bin"] {
        let bytes = read(name);
        let good = Manifest::decode(&bytes).unwrap();
        assert_eq!(good.encode(), bytes);
        for at in 0..bytes.len() {
            for flip in 1..=255 {
                let mut other = bytes.clone();
                other[at] ^= flip;
                if let Ok(manifest) = Manifest::decode(&other) {
                    assert_ne!(manifest, good);
                    assert_eq!(manifest.encode(), other);
                }
            }
        }
        // Realms stand until the end, so the only shorter manifest names none.
        for len in (0..bytes.len()).filter(|len| *len != 17) {
            assert!(Manifest::decode(&bytes[..len]).is_err(), "{len}");
        }
    }
}

#[test]
fn a_damaged_blob_never_matches_its_entry() {
    let blob = read("checkpoint-v2.bin");
    let entry = entry_of(&blob);
    assert!(entry.matches(&blob));
    for at in 0..blob.len() {
        let mut other = blob.clone();
        other[at] ^= 1;
        assert!(!entry.matches(&other), "{at}");
    }
    assert!(!entry.matches(&blob[..blob.len() - 1]));
}
