//! A recorded workload, and the check of what a log must still hold after something went wrong.

use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::LogPosition;
use pluto_core::traits::{EventLocation, EventLog, EventLogReader, LogRecord};
use pluto_error::Result;
use pluto_storage::disk::MemoryDisk;
use pluto_storage::{LogOptions, SegmentLog};
use pluto_testkit::RunBuilder;

/// Small enough that a workload of 40 batches seals several segments.
pub(crate) const SMALL: LogOptions = LogOptions { segment_bytes: 12_000, step_bytes: 4_000 };
const CHECKPOINT_EVERY: usize = 7;

/// Batches of 1 to 4 runs, some smaller than a sector, some over many.
pub(crate) fn batches(count: usize) -> Vec<Vec<LogRecord>> {
    let mut author = RunBuilder::new(5);
    let batch = |round: usize| {
        let payload = vec![0xa0 | round as u8 & 15; 1 + round * 97 % 1100];
        (0..=round % 4).map(|n| author.record(1 + (round + n) % 3, &payload)).collect()
    };
    (0..count).map(batch).collect()
}

pub(crate) fn open(disk: &MemoryDisk) -> Result<SegmentLog> {
    SegmentLog::open(Arc::new(disk.clone()), SMALL)
}

/// Appends batches until something fails; gives the positions of those acknowledged.
pub(crate) fn run(disk: &MemoryDisk, batches: &[Vec<LogRecord>]) -> Vec<Vec<LogPosition>> {
    let mut acknowledged = Vec::new();
    if let Ok(mut log) = open(disk) {
        append(&mut log, batches, &mut acknowledged);
    }
    acknowledged
}

fn append(log: &mut SegmentLog, batches: &[Vec<LogRecord>], done: &mut Vec<Vec<LogPosition>>) {
    for batch in &batches[done.len()..] {
        let Ok(positions) = log.append(batch) else { return };
        done.push(positions);
        if done.len().is_multiple_of(CHECKPOINT_EVERY) && log.checkpoint().is_err() {
            return;
        }
    }
}

pub(crate) fn scan(reader: &dyn EventLogReader) -> Result<Vec<(LogPosition, Vec<u8>)>> {
    let mut seen = Vec::new();
    reader.scan(LogPosition(0), &mut |position, bytes| {
        seen.push((position, bytes.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

/// The log must open and hold exactly the first batches: all acknowledged, and at most one more,
/// whole. Gives how many.
pub(crate) fn check(
    disk: &MemoryDisk,
    batches: &[Vec<LogRecord>],
    acknowledged: &[Vec<LogPosition>],
    context: &str,
) -> usize {
    let log = open(disk).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    assert_eq!(log.report().damage, None, "{context}");
    let reader = log.reader();
    let seen = scan(&*reader).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let (mut held, mut records) = (0, 0);
    while records < seen.len() {
        let batch = batches.get(held).unwrap_or_else(|| panic!("{context}: records from nowhere"));
        for record in batch {
            let found = seen.get(records).map(|(_, bytes)| &**bytes);
            assert_eq!(found, Some(&*record.bytes), "{context}: batch {held} is torn or wrong");
            records += 1;
        }
        held += 1;
    }
    let whole = acknowledged.len();
    assert!(held == whole || held == whole + 1, "{context}: {held} held, {whole} acknowledged");
    for (batch, positions) in batches.iter().zip(acknowledged) {
        for (record, position) in batch.iter().zip(positions) {
            let place = EventLocation { record: *position, slot: 0 };
            let found = reader.find(&record.ids[0]);
            assert_eq!(found.unwrap(), Some(place), "{context}: an acknowledged event is lost");
        }
    }
    held
}

/// Goes on where the log stands: the rest of the batches, then everything must be there.
pub(crate) fn check_goes_on(
    disk: &MemoryDisk,
    batches: &[Vec<LogRecord>],
    held: usize,
    context: &str,
) {
    let mut log = open(disk).unwrap();
    for batch in &batches[held..] {
        log.append(batch).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    }
    let expected: Vec<Vec<u8>> =
        batches.iter().flatten().map(|record| record.bytes.to_vec()).collect();
    let seen = scan(&*log.reader()).unwrap();
    assert!(seen.into_iter().map(|(_, bytes)| bytes).eq(expected), "{context}");
}
