//! Opening: what is scanned, what is cut, what is refused, and that nothing is touched then.

use pluto_core::EventId;
use pluto_testkit::RunBuilder;

use super::*;
use crate::codes;
use crate::disk::{Fault, MemoryDisk, Open, Survival};

const SMALL: LogOptions = LogOptions { segment_bytes: 8_000, step_bytes: 2_000 };

fn open(disk: &MemoryDisk) -> Result<SegmentLog> {
    SegmentLog::open(Arc::new(disk.clone()), SMALL)
}

/// Appends batches of one run with a payload of `bytes` bytes; gives the events.
fn append(log: &mut SegmentLog, author: u64, batches: usize, bytes: usize) -> Vec<EventId> {
    let mut author = RunBuilder::new(author);
    let mut ids = Vec::new();
    for _ in 0..batches {
        let record = author.record(1, &vec![0xee; bytes]);
        ids.extend(&record.ids);
        log.append(&[record]).unwrap();
    }
    ids
}

fn finds_all(log: &SegmentLog, ids: &[EventId]) -> bool {
    ids.iter().all(|id| log.reader().find(id).unwrap().is_some())
}

/// The end of the last frame in the newest segment.
fn end_offset(log: &SegmentLog) -> usize {
    log.offset as usize
}

fn newest_segment(disk: &MemoryDisk) -> String {
    disk.list().unwrap().into_iter().filter(|name| name.ends_with(".seg")).max().unwrap()
}

#[test]
fn a_closed_log_opens_without_scanning() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let ids = append(&mut log, 1, 50, 300);
    log.close().unwrap();
    let log = open(&disk).unwrap();
    assert_eq!(log.report(), &OpenReport::default());
    assert!(finds_all(&log, &ids));
}

#[test]
fn only_what_came_after_the_checkpoint_is_scanned() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let mut ids = append(&mut log, 1, 4, 100);
    log.checkpoint().unwrap();
    ids.extend(append(&mut log, 2, 3, 100));
    let log = open(&disk.after_kill()).unwrap();
    assert_eq!(log.report().frames_scanned, 3);
    assert!(finds_all(&log, &ids));
}

#[test]
fn missing_and_damaged_indexes_are_made_again() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let ids = append(&mut log, 1, 60, 300);
    log.close().unwrap();
    let indexes: Vec<String> =
        disk.list().unwrap().into_iter().filter(|name| name.ends_with(".idx")).collect();
    assert!(indexes.len() > 2);
    for index in &indexes {
        disk.remove(index).unwrap();
    }
    let log = open(&disk).unwrap();
    assert_eq!(log.report().indexes_rebuilt, indexes.len() as u64 - 1);
    assert!(finds_all(&log, &ids));
    drop(log);
    assert!(disk.flip(&indexes[0], 5000, 1) || disk.flip(&indexes[0], 100, 1));
    let damaged = open(&disk).unwrap();
    let error = ids.iter().find_map(|id| damaged.reader().find(id).err()).unwrap();
    assert_eq!(error.code(), codes::INDEX_DAMAGED);
    drop(damaged);
    assert_eq!(crate::rebuild_indexes(&disk).unwrap(), indexes.len() as u64);
    assert!(finds_all(&open(&disk).unwrap(), &ids));
}

#[test]
fn a_frame_whose_sector_was_never_written_is_cut() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let ids = append(&mut log, 1, 2, 100);
    let start = log.offset;
    append(&mut log, 2, 1, 1500);
    let name = newest_segment(&disk);
    drop(log);
    let hole = (start / 512 + 2) * 512;
    disk.open(&name, Open::Write).unwrap().write_at(hole, &[0; 512]).unwrap();
    let mut log = open(&disk).unwrap();
    assert!(log.report().torn_bytes > 512);
    assert_eq!(log.offset, start);
    assert!(finds_all(&log, &ids));
    append(&mut log, 3, 1, 10);
    drop(log);
    assert_eq!(open(&disk).unwrap().report().torn_bytes, 0, "nothing of it is left");
}

#[test]
fn a_damaged_frame_is_no_torn_one() {
    let check = |flip_at: fn(usize) -> usize, later: bool, covered: bool| {
        let disk = MemoryDisk::new();
        let mut log = open(&disk).unwrap();
        append(&mut log, 1, 1, 100);
        let offset = end_offset(&log);
        append(&mut log, 2, 1, 1200);
        if covered {
            log.checkpoint().unwrap();
        }
        if later {
            append(&mut log, 3, 1, 100);
        }
        let name = newest_segment(&disk);
        drop(log);
        assert!(disk.flip(&name, flip_at(offset), 4));
        let before = read_everything(&disk);
        let mut log = open(&disk).unwrap();
        let error =
            log.reader().scan(LogPosition(0), &mut |_, _| std::ops::ControlFlow::Continue(()));
        assert_eq!(error.unwrap_err().code(), codes::LOG_DAMAGED);
        if !covered {
            assert_eq!(log.report().damage.as_ref().unwrap().offset, offset as u64);
            let refused = log.append(&[RunBuilder::new(4).record(1, b"x")]).unwrap_err();
            assert_eq!(refused.code(), codes::READ_ONLY);
            assert!(refused.to_string().contains("pluto fsck"), "{refused}");
            assert_eq!(read_everything(&disk), before, "nothing is touched");
        }
    };
    for later in [false, true] {
        for covered in [false, true] {
            check(|offset| offset + 2, later, covered);
            check(|offset| offset + 20, later, covered);
            check(|offset| offset + 40, later, covered);
            check(|offset| offset + 1100, later, covered);
        }
    }
}

fn read_everything(disk: &MemoryDisk) -> Vec<(String, Vec<u8>)> {
    let names = disk.list().unwrap().into_iter();
    names
        .map(|name| {
            let content = crate::disk::read_all(disk, &name, u64::MAX).unwrap();
            (name, content)
        })
        .collect()
}

#[test]
fn missing_segments_are_named_and_the_rest_is_read() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let ids = append(&mut log, 1, 60, 300);
    log.close().unwrap();
    let bases = Listing::read(&disk).unwrap().bases;
    assert!(bases.len() > 3);
    let without = |base: u64| {
        let disk = disk.after_kill();
        disk.remove(&segment_name(base)).unwrap();
        disk
    };
    for base in &bases {
        let disk = without(*base);
        let log = open(&disk).unwrap();
        let damage = log.report().damage.clone().unwrap();
        assert!(damage.what.contains("missing"), "{damage:?}");
        let kept = if base == bases.last().unwrap() { ids[0] } else { ids[59] };
        assert!(log.reader().find(&kept).unwrap().is_some());
    }
}

#[test]
fn foreign_files_and_other_versions_are_refused_untouched() {
    let disk = MemoryDisk::new();
    append(&mut open(&disk).unwrap(), 1, 3, 100);
    let foreign = disk.after_kill();
    foreign.open("notes.txt", Open::Create).unwrap();
    assert_eq!(open(&foreign).unwrap_err().code(), codes::FOREIGN_FILE);

    let other = disk.after_kill();
    let file = other.open(&segment_name(0), Open::Write).unwrap();
    let mut header = [0; 64];
    file.read_at(0, &mut header).unwrap();
    header[8] = 3;
    let crc = crc32fast::hash(&header[..60]);
    header[60..].copy_from_slice(&crc.to_be_bytes());
    file.write_at(0, &header).unwrap();
    let before = read_everything(&other);
    let error = open(&other).unwrap_err();
    assert_eq!(error.code(), codes::UNKNOWN_FORMAT);
    assert!(error.to_string().contains("`3`, this build knows `2`"), "{error}");
    assert_eq!(read_everything(&other), before);
}

#[test]
fn a_second_opener_is_told_who_has_it() {
    let disk = MemoryDisk::new();
    let log = open(&disk).unwrap();
    let error = open(&disk).unwrap_err();
    assert_eq!(error.code(), codes::LOCKED);
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(log);
    assert!(open(&disk).is_ok());
}

#[test]
fn batches_above_their_bounds_are_refused_and_do_no_harm() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let record = RunBuilder::new(1).record(2, b"x");
    let refused = |log: &mut SegmentLog, batch: &[LogRecord]| {
        assert_eq!(log.append(batch).unwrap_err().code(), codes::BAD_BATCH);
    };
    refused(&mut log, &vec![record.clone(); BATCH_RECORDS_MAX + 1]);
    refused(&mut log, &[LogRecord { ids: record.ids[..1].to_vec(), ..record.clone() }]);
    refused(&mut log, &[LogRecord { bytes: [][..].into(), ids: vec![] }]);
    refused(&mut log, &[LogRecord { bytes: vec![1; RUN_BYTES_MAX + 1].into(), ..record.clone() }]);
    log.append(&[record]).unwrap();
}

#[test]
fn a_batch_larger_than_a_segment_has_one_of_its_own() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let mut ids = append(&mut log, 1, 2, 100);
    ids.extend(append(&mut log, 2, 2, 20_000));
    ids.extend(append(&mut log, 3, 2, 100));
    assert!(finds_all(&log, &ids));
    log.close().unwrap();
    assert!(finds_all(&open(&disk).unwrap(), &ids));
}

#[test]
fn a_smaller_batch_after_a_full_disk_goes_where_it_will_be_found() {
    for at in 0..20 {
        let disk = MemoryDisk::new();
        let mut log = open(&disk).unwrap();
        let mut ids = append(&mut log, 1, 3, 1500);
        disk.set_fault(Fault::Fails { at, kind: std::io::ErrorKind::StorageFull, again: false });
        let rolls = log.append(&[RunBuilder::new(2).record(1, &[0xee; 5000])]);
        disk.set_fault(Fault::Never);
        assert!(log.check_writable().is_ok() || at > 8, "operation {at}");
        if rolls.is_ok() || log.check_writable().is_err() {
            continue;
        }
        ids.extend(append(&mut log, 3, 1, 10));
        ids.extend(append(&mut log, 4, 3, 2500));
        let log = open(&disk.after_power_cut(Survival::Nothing)).unwrap();
        assert_eq!(log.report().damage, None, "operation {at}");
        assert!(finds_all(&log, &ids), "operation {at}");
        let mut found = 0;
        let visit = &mut |_: LogPosition, _: &[u8]| {
            found += 1;
            std::ops::ControlFlow::Continue(())
        };
        log.reader().scan(LogPosition(0), visit).unwrap();
        assert_eq!(found, ids.len());
    }
}
