//! Files of the log with any content: opening, reading and checking them never panics, and what is
//! answered was once written.

use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use pluto_core::traits::{EventLog, LogRecord};
use pluto_core::{Canonical, EventId, LogPosition, Run};
use pluto_error::Result;
use pluto_storage::disk::{Disk, MemoryDisk, Open};
use pluto_storage::{LogOptions, SegmentLog, fsck_log};

const SEGMENT: &str = "0000000000000000.seg";
const INDEX: &str = "0000000000000000.idx";
/// Small steps: an input must not cost megabytes of zeros.
const OPTIONS: LogOptions = LogOptions { segment_bytes: 64 * 1024, step_bytes: 4 * 1024 };

/// A segment with the golden runs, its index, and the segment once payloads were erased.
static GOOD: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| write().unwrap_or_default());

fn write() -> Result<[Vec<u8>; 3]> {
    let disk = MemoryDisk::new();
    let mut log = SegmentLog::open(Arc::new(disk.clone()), OPTIONS)?;
    let mut erased = Vec::new();
    for name in ["run-v1-genesis.bin", "run-v1-join.bin", "run-v1.bin"] {
        let bytes = std::fs::read(super::seeds::folder().join(name)).unwrap_or_default();
        let ids: Vec<EventId> = Run::decode(&bytes)?.events.iter().map(|event| event.id).collect();
        erased.extend(ids.first().copied());
        log.append(&[LogRecord { bytes: bytes.into(), ids }])?;
    }
    log.checkpoint()?;
    let [segment, index] = [SEGMENT, INDEX].map(|name| content(&disk, name).unwrap_or_default());
    log.erase(&erased)?;
    Ok([segment, index, content(&disk, SEGMENT).unwrap_or_default()])
}

fn content(disk: &MemoryDisk, name: &str) -> io::Result<Vec<u8>> {
    let file = disk.open(name, Open::Read)?;
    let mut bytes = vec![0; usize::try_from(file.size()?).unwrap_or_default()];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Seeds of both targets: the segment, the index, the segment with erased records.
pub(super) fn seeds() -> &'static [Vec<u8>; 3] {
    &GOOD
}

/// The bytes are the only segment.
pub(super) fn segment(bytes: &[u8]) {
    let disk = MemoryDisk::new();
    put(&disk, SEGMENT, bytes);
    read_all(&disk);
}

/// The bytes are the index of a good segment.
pub(super) fn index(bytes: &[u8]) {
    let disk = MemoryDisk::new();
    let [segment, ..] = &*GOOD;
    put(&disk, SEGMENT, segment);
    put(&disk, INDEX, bytes);
    read_all(&disk);
}

fn put(disk: &MemoryDisk, name: &str, bytes: &[u8]) {
    let written = disk.open(name, Open::Create).and_then(|file| {
        file.write_at(0, bytes)?;
        file.sync_data()
    });
    assert!(written.is_ok(), "a disk in memory takes every file");
}

fn read_all(disk: &MemoryDisk) {
    let _ = fsck_log(disk);
    let Ok(log) = SegmentLog::open(Arc::new(disk.clone()), OPTIONS) else { return };
    let reader = log.reader();
    let mut found: Vec<(LogPosition, EventId)> = Vec::new();
    let _ = reader.scan(LogPosition(0), &mut |at, bytes| {
        let run = Run::decode(bytes).ok();
        found.extend(run.iter().flat_map(|run| &run.events).map(|event| (at, event.id)));
        ControlFlow::Continue(())
    });
    for (at, id) in found {
        let Ok(Some(place)) = reader.find(&id) else { continue };
        let run = reader.read(place.record).and_then(|bytes| Ok(Run::decode(&bytes)?));
        let there = run.is_ok_and(|run| {
            run.events.get(usize::from(place.slot)).is_some_and(|event| event.id == id)
        });
        assert!(there, "the index names another event for the one at {}", at.0);
    }
}
