//! One contract per trait, every implementation.

use std::sync::Arc;

use pluto_storage::disk::{MemoryDisk, RealDisk};
use pluto_storage::{FileBlobs, LogOptions, MemoryKv, MemoryLog, SegmentLog, SledKv};
use pluto_testkit::{blob_contract, event_log_contract, kv_contract};

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

#[test]
fn map_in_memory() {
    kv_contract(MemoryKv::new);
}

#[test]
fn sled() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    kv_contract(|| {
        number.set(number.get() + 1);
        SledKv::open(&dir.path().join(number.get().to_string())).unwrap()
    });
}

#[test]
fn blobs_in_memory() {
    blob_contract(|| FileBlobs::open(Arc::new(MemoryDisk::new())).unwrap());
}

#[test]
fn blobs_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    blob_contract(|| {
        number.set(number.get() + 1);
        let disk = RealDisk::create(dir.path().join(number.get().to_string())).unwrap();
        FileBlobs::open(Arc::new(disk)).unwrap()
    });
}
