//! A store opens where it should, refuses where it should, and can lose its index.

use pluto_core::traits::{BlobStore, EventLog, KvBatch, KvStore};
use pluto_testkit::RunBuilder;

use super::*;
use crate::codes;

fn open(dir: &Path) -> Result<Store> {
    Store::open(dir, LogOptions { segment_bytes: 1 << 16, step_bytes: 1 << 14 })
}

#[test]
fn everything_is_there_again_after_opening_anew() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("store");
    let mut store = open(&dir).unwrap();
    let record = RunBuilder::new(1).record(3, b"x");
    store.log.append(std::slice::from_ref(&record)).unwrap();
    let blob = store.blobs.put(b"a blob").unwrap();
    let kv = store.index.open().unwrap();
    kv.apply(&KvBatch { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))] }).unwrap();
    kv.flush().unwrap();
    assert_eq!(open(&dir).unwrap_err().code(), codes::LOCKED);
    drop((store, kv));
    let store = open(&dir).unwrap();
    assert!(store.log.reader().find(&record.ids[2]).unwrap().is_some());
    assert!(store.blobs.get(&blob).unwrap().is_some());
    assert_eq!(store.index.open().unwrap().get(b"k").unwrap(), Some(b"v".to_vec()));
}

#[test]
fn the_index_is_discarded_only_while_nobody_uses_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    store.reset_index().unwrap();
    let kv = store.index.open().unwrap();
    kv.apply(&KvBatch { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))] }).unwrap();
    assert_eq!(store.reset_index().unwrap_err().code(), codes::INDEX_IN_USE);
    drop(kv);
    store.reset_index().unwrap();
    assert_eq!(store.index.open().unwrap().get(b"k").unwrap(), None);
    assert!(!dir.path().join(DISCARDED_DIR).exists());
}

#[test]
fn a_damaged_index_is_named_and_can_be_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let kv = store.index.open().unwrap();
    for n in 0..500_u32 {
        let key = n.to_be_bytes().to_vec();
        kv.apply(&KvBatch { writes: vec![(key.clone(), Some(key.repeat(50)))] }).unwrap();
    }
    kv.flush().unwrap();
    drop(kv);
    std::fs::write(dir.path().join(INDEX_DIR).join("conf"), b"not sled's").unwrap();
    let error = store.index.open().unwrap_err();
    assert_eq!(error.code(), codes::KV_FAILED);
    assert!(error.to_string().contains("pluto fsck --rebuild"), "{error}");
    store.reset_index().unwrap();
    assert_eq!(store.index.open().unwrap().get(&[0, 0, 0, 1]).unwrap(), None);
}

#[test]
fn strange_directories_are_refused_untouched() {
    let check = |name: &str, content: &str, expected| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), content).unwrap();
        assert_eq!(open(dir.path()).unwrap_err().code(), expected);
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing was added");
        assert_eq!(std::fs::read_to_string(dir.path().join(name)).unwrap(), content);
    };
    check(FORMAT_FILE, "pluto store 2\n", codes::UNKNOWN_FORMAT);
    check(FORMAT_FILE, "", codes::UNKNOWN_FORMAT);
    check("holiday.jpg", "", codes::FOREIGN_FILE);
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(LOG_DIR)).unwrap();
    assert_eq!(open(dir.path()).unwrap_err().code(), codes::UNKNOWN_FORMAT);
}

#[test]
fn a_place_where_no_directory_can_be_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(open(&file.join("store")).unwrap_err().code(), codes::IO);
}
