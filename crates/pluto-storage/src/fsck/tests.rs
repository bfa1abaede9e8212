//! What a check reports about a store that is well, and about one that is not.

use pluto_core::traits::{BlobStore, EventLog};
use pluto_testkit::RunBuilder;

use super::*;
use crate::log::LogOptions;
use crate::store::Store;

const SMALL: LogOptions = LogOptions { segment_bytes: 1 << 14, step_bytes: 1 << 12 };

fn filled(dir: &Path) {
    let mut store = Store::open(dir, SMALL).unwrap();
    let mut author = RunBuilder::new(1);
    for _ in 0..60 {
        store.log.append(&[author.record(2, b"some payload"), author.record(1, b"x")]).unwrap();
    }
    store.blobs.put(b"a blob").unwrap();
    assert_eq!(fsck(dir).unwrap_err().code(), codes::LOCKED);
    store.log.close().unwrap();
}

fn only_finding(dir: &Path, code: Code) -> Finding {
    let findings = fsck(dir).unwrap().findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].code, code, "{findings:?}");
    findings[0].clone()
}

#[test]
fn a_sound_store_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let report = fsck(dir.path()).unwrap();
    assert_eq!(report.findings, vec![]);
    assert_eq!((report.frames, report.records, report.events, report.blobs), (60, 120, 180, 1));
    assert!(report.segments > 2);
}

#[test]
fn each_fault_is_named_with_its_file_and_a_repair() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let log = dir.path().join(LOG_DIR);
    let first_index = log.join(index_name(0));

    std::fs::write(log.join("notes.txt"), b"").unwrap();
    assert_eq!(only_finding(dir.path(), codes::FOREIGN_FILE).file, "notes.txt");
    std::fs::remove_file(log.join("notes.txt")).unwrap();

    std::fs::write(log.join("0000000000000000.idx.tmp"), b"").unwrap();
    assert_eq!(only_finding(dir.path(), codes::ORPHAN_FILE).repair, AT_START);
    std::fs::remove_file(log.join("0000000000000000.idx.tmp")).unwrap();

    let index = std::fs::read(&first_index).unwrap();
    std::fs::remove_file(&first_index).unwrap();
    assert_eq!(only_finding(dir.path(), codes::FILE_MISSING).repair, REBUILD);
    let mut damaged = index.clone();
    damaged[100] ^= 1;
    std::fs::write(&first_index, &damaged).unwrap();
    assert_eq!(only_finding(dir.path(), codes::INDEX_DAMAGED).offset, 64);
    rebuild_indexes(&RealDisk::existing(&log).unwrap()).unwrap();
    assert_eq!(std::fs::read(&first_index).unwrap(), index);
    assert_eq!(fsck(dir.path()).unwrap().findings, vec![]);

    let segment = log.join(segment_name(0));
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let findings = fsck(dir.path()).unwrap().findings;
    assert_eq!(findings[0].file, segment_name(0));
    assert!((64..=300).contains(&findings[0].offset), "{findings:?}");
    assert_eq!(findings[0].code, codes::LOG_DAMAGED);
}

#[test]
fn a_damaged_blob_is_named() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let blobs = dir.path().join(BLOBS_DIR);
    let chunk = std::fs::read_dir(&blobs).unwrap().map(|entry| entry.unwrap().path());
    let chunk = chunk.into_iter().find(|path| path.to_string_lossy().contains("chunk-")).unwrap();
    std::fs::write(&chunk, b"other bytes").unwrap();
    let finding = only_finding(dir.path(), codes::BLOB_DAMAGED);
    assert!(chunk.ends_with(&finding.file));
}
