//! Erased payloads are nowhere on the disk, all others and every place are as before: after any
//! erasure, a cut at any operation of one, and a disk that is full.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::traits::{EventLocation, EventLog, LogRecord};
use pluto_core::{Canonical, EventId, LogPosition, Run};
use pluto_testkit::{RunBuilder, record_of};
use proptest::prelude::*;

use super::*;
use crate::codes;
use crate::disk::{Fault, MemoryDisk, Open, Survival, read_all};
use crate::fsck::fsck_log;
use crate::log::{LogOptions, index_name, segment_name};

const SMALL: LogOptions = LogOptions { segment_bytes: 8_000, step_bytes: 2_000 };

fn open(disk: &MemoryDisk) -> SegmentLog {
    SegmentLog::open(Arc::new(disk.clone()), SMALL).unwrap()
}

/// What every eight bytes of a payload begin with; no other bytes of a file do.
const MARK: [u8; 3] = [0xfe, 0xed, 0xfa];

/// A payload that tells its number in every eight bytes, rounded down to eights.
fn payload(number: u32, bytes: usize) -> Vec<u8> {
    let [a, b, c, d] = number.to_be_bytes();
    let [e, f, g] = MARK;
    [e, f, g, a, b, c, d, 0xff].into_iter().cycle().take(bytes / 8 * 8).collect()
}

/// The numbers of all payloads of which eight bytes stand somewhere.
fn numbers<'a>(files: impl Iterator<Item = &'a [u8]>) -> BTreeSet<u32> {
    let found = |file: &'a [u8]| {
        let windows = file
            .windows(8)
            .filter(|bytes| bytes[0] == MARK[0] && bytes[..3] == MARK && bytes[7] == 0xff);
        windows.map(|bytes| u32::from_be_bytes(*bytes[3..].first_chunk().unwrap()))
    };
    files.flat_map(found).collect()
}

/// What a log should hold.
#[derive(Clone, Default)]
struct Story {
    records: Vec<(LogPosition, Run)>,
    /// The payload of each event.
    payloads: BTreeMap<EventId, Vec<u8>>,
    erased: BTreeSet<EventId>,
}

impl Story {
    fn append(&mut self, log: &mut SegmentLog, runs: &[Run]) {
        let batch: Vec<LogRecord> = runs.iter().map(record_of).collect();
        let positions = log.append(&batch).unwrap();
        for event in runs.iter().flat_map(|run| &run.events) {
            if let Some(payload) = &event.payload {
                self.payloads.insert(event.id, payload.to_vec());
            }
        }
        self.records.extend(positions.into_iter().zip(runs.iter().cloned()));
    }

    /// Events whose number is `rest` modulo `every`.
    fn some(&self, every: usize, rest: usize) -> Vec<EventId> {
        self.payloads.keys().skip(rest).step_by(every).copied().collect()
    }

    fn erase(&mut self, ids: &[EventId]) {
        self.erased.extend(ids);
        for event in self.records.iter_mut().flat_map(|(_, run)| &mut run.events) {
            if ids.contains(&event.id) {
                event.payload = None;
            }
        }
    }

    /// Everything but the payloads is as it was; those are right or, if `may_lack` names them, gone.
    fn check(&self, log: &SegmentLog, may_lack: &[EventId]) {
        let reader = log.reader();
        let mut records = self.records.iter();
        reader
            .scan(LogPosition(0), &mut |position, bytes| {
                let (place, run) = records.next().unwrap();
                assert_eq!(position, *place);
                assert_eq!(reader.read(position).unwrap(), bytes);
                let mut found = Run::decode(bytes).unwrap();
                for (is, was) in found.events.iter_mut().zip(&run.events) {
                    if is.payload.is_none() && may_lack.contains(&is.id) {
                        is.payload.clone_from(&was.payload);
                    }
                }
                assert_eq!(&found, run);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(records.next().is_none());
        for (record, run) in &self.records {
            for (slot, event) in run.events.iter().enumerate() {
                let found = reader.find_before(&event.id, LogPosition(record.0 + 1)).unwrap();
                let place = EventLocation { record: *record, slot: slot as u16 };
                assert_eq!(found, Some(place));
            }
        }
    }

    /// No file holds a piece of an erased payload, and some file each other.
    fn check_files(&self, disk: &MemoryDisk) {
        let names = disk.list().unwrap();
        let files: Vec<Vec<u8>> =
            names.iter().map(|name| read_all(disk, name, u64::MAX).unwrap()).collect();
        let kept = self.payloads.iter().filter(|(id, _)| !self.erased.contains(id));
        let kept = numbers(kept.map(|(_, payload)| &**payload));
        assert_eq!(numbers(files.iter().map(Vec::as_slice)), kept);
    }
}

/// A log of several segments, the active one among them, with payloads that came late.
fn filled(disk: &MemoryDisk) -> (SegmentLog, Story) {
    let (mut log, mut story) = (open(disk), Story::default());
    let mut author = RunBuilder::new(1);
    let mut number = 0;
    let mut late = Vec::new();
    for round in 0..9 {
        let mut batch = Vec::new();
        for _ in 0..=round % 3 {
            let payloads: Vec<Vec<u8>> = (0..=number % 4)
                .map(|at| payload(number * 10 + at, (number * 131 % 1200) as usize))
                .collect();
            let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
            batch.push(author.run_of(&payloads));
            number += 1;
        }
        if round % 4 == 1 {
            late.push(batch[0].clone());
            batch[0].events[0].payload = None;
        }
        story.append(&mut log, &batch);
        if round == 4 {
            log.checkpoint().unwrap();
        }
    }
    story.append(&mut log, &late);
    (log, story)
}

#[test]
fn what_is_erased_is_gone_and_the_rest_is_as_before() {
    let disk = MemoryDisk::new();
    let (mut log, mut story) = filled(&disk);
    story.check_files(&disk);
    let before = log.reader().end();
    for (every, rest) in [(5, 0), (5, 1), (3, 2), (1, 0)] {
        let ids = story.some(every, rest);
        let bytes: usize = ids
            .iter()
            .filter(|id| !story.erased.contains(id))
            .map(|id| {
                let copies = story.records.iter().flat_map(|(_, run)| &run.events);
                let copies = copies.filter(|event| event.id == *id);
                copies
                    .filter_map(|event| event.payload.as_ref())
                    .map(|bytes| bytes.len())
                    .sum::<usize>()
            })
            .sum();
        story.erase(&ids);
        assert_eq!(log.erase(&ids).unwrap(), bytes as u64);
        story.check(&log, &[]);
        story.check_files(&disk);
        assert_eq!(log.erase(&ids).unwrap(), 0);
        assert_eq!(fsck_log(&disk.after_kill()).unwrap().findings, vec![]);
    }
    assert!(log.reader().end() > before, "the active segment was sealed");
    let mut author = RunBuilder::new(2);
    story.append(&mut log, &[author.run(2, b"the log goes on")]);
    log.close().unwrap();
    let log = open(&disk);
    story.check(&log, &[]);
    assert_eq!(log.report().indexes_rebuilt, 0);
}

#[test]
fn strangers_and_the_erased_change_no_byte() {
    let disk = MemoryDisk::new();
    let (mut log, story) = filled(&disk);
    let strangers = RunBuilder::new(9).record(20, b"x").ids;
    let before = disk.bytes_written();
    assert_eq!(log.erase(&[]).unwrap(), 0);
    assert_eq!(log.erase(&strangers).unwrap(), 0);
    assert_eq!(disk.bytes_written(), before);
    story.check(&log, &[]);
}

#[test]
fn only_the_segment_concerned_is_replaced_and_its_index_stays() {
    let disk = MemoryDisk::new();
    let (mut log, story) = filled(&disk);
    let bases = log.shared.bases();
    assert!(bases.len() > 4);
    let content = |name: &str| read_all(&disk, name, u64::MAX).unwrap();
    let files = || -> Vec<[Vec<u8>; 2]> {
        let sealed = bases[..bases.len() - 1].iter();
        sealed.map(|base| [content(&segment_name(*base)), content(&index_name(*base))]).collect()
    };
    let before = files();
    let in_second = |(at, _): &&(LogPosition, Run)| (bases[1]..bases[2]).contains(&at.0);
    let (_, run) = story.records.iter().find(in_second).unwrap();
    log.erase(&[run.events[0].id]).unwrap();
    for (number, (old, new)) in before.iter().zip(files()).enumerate() {
        assert_eq!(old[0] == new[0], number != 1);
        assert_eq!(old[0].len(), new[0].len());
        assert_eq!((old[0][8], new[0][8]), (1, if number == 1 { 2 } else { 1 }));
        assert_eq!(old[1], new[1]);
    }
    assert_eq!(log.shared.bases(), bases, "the active segment holds none of it");
}

#[test]
fn indexes_are_made_again_from_segments_with_erased_records() {
    let disk = MemoryDisk::new();
    let (mut log, mut story) = filled(&disk);
    let ids = story.some(2, 0);
    story.erase(&ids);
    log.erase(&ids).unwrap();
    log.close().unwrap();
    let indexes = disk.list().unwrap().into_iter().filter(|name| name.ends_with(".idx"));
    indexes.for_each(|name| disk.remove(&name).unwrap());
    let log = open(&disk);
    assert!(log.report().indexes_rebuilt > 3);
    story.check(&log, &[]);
}

#[test]
fn a_scan_under_way_goes_on_safely() {
    let disk = MemoryDisk::new();
    let (mut log, mut story) = filled(&disk);
    let ids = story.some(1, 0);
    let mut seen = Vec::new();
    let reader = log.reader();
    reader
        .scan(LogPosition(0), &mut |position, bytes| {
            if seen.is_empty() {
                log.erase(&ids).unwrap();
            }
            seen.push((position, runs::ids(bytes).unwrap()));
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected = story.records.iter().map(|(at, run)| (*at, record_of(run).ids));
    assert!(seen.into_iter().eq(expected));
    story.erase(&ids);
    story.check(&log, &[]);
    story.check_files(&disk);
}

fn operations_of(ids: &[EventId]) -> u64 {
    let disk = MemoryDisk::new();
    let (mut log, _) = filled(&disk);
    disk.set_fault(Fault::Never);
    log.erase(ids).unwrap();
    disk.operations()
}

#[test]
fn a_cut_at_any_operation_leaves_a_whole_log_and_asking_again_finishes() {
    let (_, mut story) = filled(&MemoryDisk::new());
    let ids = story.some(7, 1);
    let total = operations_of(&ids);
    assert!(total > 20, "{total} operations");
    let before = story.clone();
    story.erase(&ids);
    for after in 0..=total {
        let disk = MemoryDisk::new();
        let (mut log, _) = filled(&disk);
        disk.set_fault(Fault::PowerCut { after });
        let done = log.erase(&ids).is_ok();
        assert_eq!(done, after == total);
        let torn = [Survival::Torn(after * 2), Survival::Torn(after * 2 + 1)];
        let survivals = [Survival::Nothing, Survival::Everything].into_iter().chain(torn);
        let cut = survivals.map(|survival| disk.after_power_cut(survival));
        for left in cut.chain([disk.after_kill()]) {
            let mut log = open(&left);
            assert_eq!(log.report().damage, None);
            assert!(!left.list().unwrap().iter().any(|name| name.ends_with(".tmp")));
            if done {
                story.check(&log, &[]);
                story.check_files(&left);
            } else {
                before.check(&log, &ids);
            }
            log.erase(&ids).unwrap();
            story.check(&log, &[]);
            let left = left.after_power_cut(Survival::Nothing);
            story.check_files(&left);
            assert_eq!(fsck_log(&left).unwrap().findings, vec![]);
            let mut author = RunBuilder::new(2);
            story.clone().append(&mut open(&left), &[author.run(1, b"the log goes on")]);
        }
    }
}

#[test]
fn a_full_disk_refuses_loses_nothing_and_the_log_goes_on() {
    let (_, mut story) = filled(&MemoryDisk::new());
    let ids = story.some(7, 1);
    let total = operations_of(&ids);
    let before = story.clone();
    story.erase(&ids);
    for at in 0..total {
        for (kind, again) in [
            (ErrorKind::StorageFull, false),
            (ErrorKind::StorageFull, true),
            (ErrorKind::Other, false),
        ] {
            let disk = MemoryDisk::new();
            let (mut log, _) = filled(&disk);
            disk.set_fault(Fault::Fails { at, kind, again });
            let error = log.erase(&ids).unwrap_err();
            let full = kind == ErrorKind::StorageFull;
            assert_eq!(error.code(), if full { codes::DISK_FULL } else { codes::IO });
            before.check(&log, &ids);
            disk.set_fault(Fault::Never);
            if !full && log.check_writable().is_err() {
                drop(log);
                log = open(&disk);
            }
            let mut went_on = story.clone();
            let run = RunBuilder::new(2).run(1, b"the log goes on");
            went_on.append(&mut log, &[run]);
            log.erase(&ids).unwrap();
            went_on.check(&log, &[]);
            let left = disk.after_power_cut(Survival::Nothing);
            went_on.check_files(&left);
            went_on.check(&open(&left), &[]);
        }
    }
}

#[test]
fn damage_is_refused_and_not_written_anew() {
    let disk = MemoryDisk::new();
    let (mut log, story) = filled(&disk);
    let name = segment_name(log.shared.bases()[1]);
    assert!(disk.flip(&name, 64 + 28 + 20, 1));
    let before = read_all(&disk, &name, u64::MAX).unwrap();
    let error = log.erase(&story.some(1, 0)).unwrap_err();
    assert_eq!(error.code(), codes::LOG_DAMAGED);
    assert_eq!(read_all(&disk, &name, u64::MAX).unwrap(), before);
    log.check_writable().unwrap();
}

#[test]
fn pages_of_zeros_are_not_written() {
    let disk = MemoryDisk::new();
    let options = LogOptions { segment_bytes: 300_000, step_bytes: 4_000 };
    let mut log = SegmentLog::open(Arc::new(disk.clone()), options).unwrap();
    let record = RunBuilder::new(1).record(3, &payload(1, 60_000));
    log.append(std::slice::from_ref(&record)).unwrap();
    let before = disk.bytes_written();
    assert_eq!(log.erase(&record.ids).unwrap(), 180_000);
    assert!(disk.bytes_written() - before < 4_000 + 3 * 4096, "and the next segment's first step");
    let file = disk.open(&segment_name(0), Open::Read).unwrap();
    assert!(file.size().unwrap() > 180_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_batches_any_erasures(
        batches in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(0_usize..900, 1..6), 1..4), 1..12),
        late: u8,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..9, any::<bool>()), 1..5),
    ) {
        let disk = MemoryDisk::new();
        let (mut log, mut story) = (open(&disk), Story::default());
        let mut author = RunBuilder::new(1);
        let mut number = 0;
        for batch in &batches {
            let mut runs = Vec::new();
            for lengths in batch {
                number += lengths.len() as u32;
                let payloads: Vec<Vec<u8>> = lengths.iter().zip(0..)
                    .map(|(bytes, at)| payload(number * 8 + at, *bytes)).collect();
                let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
                let whole = author.run_of(&payloads);
                if (u32::from(late) + number).is_multiple_of(5) {
                    let mut hollow = whole.clone();
                    hollow.events.iter_mut().for_each(|event| event.payload = None);
                    runs.push(hollow);
                }
                runs.push(whole);
            }
            story.append(&mut log, &runs);
        }
        for (first, count, reopens) in picks {
            let ids: Vec<EventId> = story.payloads.keys().copied().collect();
            let first = first.index(ids.len());
            let ids = &ids[first..ids.len().min(first + count)];
            story.erase(ids);
            log.erase(ids).unwrap();
            if reopens {
                log.close().unwrap();
                log = open(&disk);
            }
            story.check(&log, &[]);
            story.check_files(&disk);
        }
    }
}
