//! The published bytes of a manifest and of a blob: read, written again, and damaged.
//!
//! `tests/scenarios/golden.rs` opens a node from them; here every damage is tried.

use std::path::PathBuf;

use pluto_core::{Canonical, LogPosition, RealmId};

use super::BLOB;
use super::manifest::{Manifest, RealmEntry};

fn read(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_manifest_names_the_blob() {
    let (bytes, blob) = (read("checkpoint-manifest-v1.bin"), read("checkpoint-v1.bin"));
    let manifest = Manifest::decode(&bytes).unwrap();
    assert_eq!((manifest.number, manifest.log_end), (1, LogPosition(0)));
    let realm = RealmId(*blob[1..].first_chunk().unwrap());
    let entry = RealmEntry { generation: 1, bytes: blob.len() as u64, digest: BLOB.hash(&blob) };
    assert_eq!(manifest.realms.into_iter().collect::<Vec<_>>(), [(realm, entry)]);
}

#[test]
fn a_damaged_manifest_is_refused_or_another_one() {
    let bytes = read("checkpoint-manifest-v1.bin");
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

#[test]
fn a_damaged_blob_never_matches_its_entry() {
    let blob = read("checkpoint-v1.bin");
    let entry = RealmEntry { generation: 1, bytes: blob.len() as u64, digest: BLOB.hash(&blob) };
    assert!(entry.matches(&blob));
    for at in 0..blob.len() {
        let mut other = blob.clone();
        other[at] ^= 1;
        assert!(!entry.matches(&other), "{at}");
    }
    assert!(!entry.matches(&blob[..blob.len() - 1]));
}
