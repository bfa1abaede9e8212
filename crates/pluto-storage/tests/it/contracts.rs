//! One contract per trait, every implementation.

use std::sync::Arc;

use pluto_storage::disk::{MemoryDisk, RealDisk};
use pluto_storage::{LogOptions, MemoryLog, SegmentLog};
use pluto_testkit::event_log_contract;

const SMALL: LogOptions = LogOptions { segment_bytes: 20_000, step_bytes: 6_000 };

#[test]
fn memory_log() {
    event_log_contract(MemoryLog::new);
}

#[test]
fn segments_in_memory() {
    event_log_contract(|| SegmentLog::open(Arc::new(MemoryDisk::new()), SMALL).unwrap());
    let options = LogOptions::default();
    event_log_contract(|| SegmentLog::open(Arc::new(MemoryDisk::new()), options).unwrap());
}

#[test]
fn segments_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    event_log_contract(|| {
        number.set(number.get() + 1);
        let disk = RealDisk::create(dir.path().join(number.get().to_string())).unwrap();
        SegmentLog::open(Arc::new(disk), SMALL).unwrap()
    });
}
