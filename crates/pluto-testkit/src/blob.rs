//! The contract of [`BlobStore`].

use pluto_core::ids::BlobId;
use pluto_core::traits::BlobStore;

const MIB: usize = 1024 * 1024;

/// Runs the contract on stores that `make` gives, each empty.
///
/// # Panics
/// When the store breaks it.
pub fn blob_contract<B: BlobStore>(make: impl Fn() -> B) {
    blobs_of_every_size_come_back(&make());
    a_sweep_frees_what_nobody_wants(&make());
}

fn content(bytes: usize, seed: usize) -> Vec<u8> {
    (0..bytes).map(|index| (index * 31 + index / 251 + seed) as u8).collect()
}

fn blobs_of_every_size_come_back(store: &impl BlobStore) {
    let mut ids: Vec<BlobId> = Vec::new();
    for bytes in [0, 1, 1000, MIB - 1, MIB, MIB + 1, 2 * MIB + 17] {
        let blob = content(bytes, 0);
        let id = store.put(&blob).unwrap();
        assert_eq!(store.put(&blob).unwrap(), id, "the same bytes have the same name");
        assert_eq!(store.get(&id).unwrap(), Some(blob));
        assert!(!ids.contains(&id), "other bytes have another name");
        ids.push(id);
    }
    assert_eq!(store.get(&BlobId([9; 32])).unwrap(), None);
    assert!(store.pin(&BlobId([9; 32]), true).is_err());
}

fn a_sweep_frees_what_nobody_wants(store: &impl BlobStore) {
    let [live, pinned, dropped] = [1, 2, 3].map(|seed| store.put(&content(3000, seed)).unwrap());
    store.pin(&pinned, true).unwrap();
    store.pin(&pinned, true).unwrap();
    assert!(store.sweep(&[live]).unwrap() >= 3000);
    assert_eq!(store.get(&dropped).unwrap(), None);
    assert_eq!(store.get(&live).unwrap(), Some(content(3000, 1)));
    assert_eq!(store.get(&pinned).unwrap(), Some(content(3000, 2)));
    assert_eq!(store.sweep(&[live]).unwrap(), 0, "nothing is left to free");
    store.pin(&pinned, false).unwrap();
    store.pin(&pinned, false).unwrap();
    assert!(store.sweep(&[live, dropped]).unwrap() >= 3000);
    assert_eq!(store.get(&pinned).unwrap(), None);
    let shared = store.put(&[content(MIB, 5), content(10, 6)].concat()).unwrap();
    let other = store.put(&[content(MIB, 5), content(10, 7)].concat()).unwrap();
    store.sweep(&[other]).unwrap();
    assert!(store.get(&other).unwrap().is_some(), "a chunk in use stays");
    assert_eq!(store.get(&shared).unwrap(), None);
}
