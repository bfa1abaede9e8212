//! Random bit flips over all files of a log: detected, repaired or without effect, never a wrong answer.

use std::collections::BTreeMap;

use pluto_core::LogPosition;
use pluto_core::traits::{EventLog, LogRecord};
use pluto_storage::disk::{Disk, MemoryDisk, Open};
use pluto_storage::fsck_log;

use crate::workload::{batches, open, scan};

const BATCHES: usize = 24;

fn flips() -> u64 {
    std::env::var("PLUTO_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// A log of several segments, closed or left behind, whole or with payloads erased.
fn filled(closed: bool, erased: bool) -> (MemoryDisk, Vec<(LogPosition, LogRecord)>) {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let mut all = Vec::new();
    for (index, batch) in batches(BATCHES).into_iter().enumerate() {
        all.extend(log.append(&batch).unwrap().into_iter().zip(batch));
        if index == BATCHES - 3 {
            log.checkpoint().unwrap();
        }
    }
    if erased {
        for (position, record) in all.iter_mut().step_by(3) {
            log.erase(&record.ids[..1]).unwrap();
            record.bytes = log.reader().read(*position).unwrap().into();
        }
    }
    if closed {
        log.close().unwrap();
    }
    (disk, all)
}

/// The byte that number `pick` falls on, over all files.
fn byte_of(disk: &MemoryDisk, pick: u64) -> (String, usize) {
    let names = disk.list().unwrap();
    let sizes: Vec<u64> =
        names.iter().map(|name| disk.open(name, Open::Read).unwrap().size().unwrap()).collect();
    let mut at = pick % sizes.iter().sum::<u64>();
    for (name, size) in names.into_iter().zip(sizes) {
        if at < size {
            return (name, at as usize);
        }
        at -= size;
    }
    unreachable!("the pick is below the sum")
}

/// What an open log answers about everything; panics on a wrong answer, true when it noticed.
fn answers(disk: &MemoryDisk, truth: &BTreeMap<LogPosition, LogRecord>, context: &str) -> bool {
    let Ok(log) = open(disk) else { return true };
    let reader = log.reader();
    let mut noticed = log.report().damage.is_some();
    for (position, record) in truth {
        match reader.read(*position) {
            Ok(bytes) => assert_eq!(bytes, record.bytes.to_vec(), "{context}: wrong record"),
            Err(_) => noticed = true,
        }
        for (slot, id) in record.ids.iter().enumerate() {
            match reader.find(id) {
                Ok(Some(found)) => {
                    let right = (found.record, usize::from(found.slot)) == (*position, slot);
                    assert!(right, "{context}: wrong find");
                }
                Ok(None) => assert!(log.report().damage.is_some(), "{context}: event not found"),
                Err(_) => noticed = true,
            }
        }
    }
    match scan(&*reader) {
        Ok(seen) => {
            let right = truth.iter().map(|(position, record)| (*position, record.bytes.to_vec()));
            assert!(seen.into_iter().eq(right), "{context}: a scan left something out");
        }
        Err(_) => noticed = true,
    }
    noticed
}

fn check(closed: bool, erased: bool) -> u64 {
    let (disk, all) = filled(closed, erased);
    let truth: BTreeMap<LogPosition, LogRecord> = all.into_iter().collect();
    assert_eq!(fsck_log(&disk.after_kill()).unwrap().findings, vec![]);
    assert!(!answers(&disk.after_kill(), &truth, "untouched"));
    let mut noticed = 0;
    let mut dice = 7_u64;
    for _ in 0..flips() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let decayed = disk.after_kill();
        let (name, offset) = byte_of(&decayed, dice >> 20);
        let mask = 1 << (dice >> 61);
        assert!(decayed.flip(&name, offset, mask));
        let context =
            format!("closed {closed}, erased {erased}, `{name}` offset {offset} mask {mask}");
        let findings = fsck_log(&decayed).unwrap().findings;
        assert!(findings.iter().any(|finding| finding.file == name), "{context}: {findings:?}");
        noticed += u64::from(answers(&decayed, &truth, &context));
    }
    noticed
}

#[test]
fn flips_in_a_closed_log_are_all_noticed_and_never_answered() {
    let noticed = check(true, false);
    assert!(noticed > flips() * 3 / 4, "{noticed} of {}", flips());
}

#[test]
fn flips_in_a_log_left_behind_are_noticed_or_repaired() {
    assert!(check(false, false) > 0);
}

#[test]
fn flips_beside_erased_payloads_are_all_noticed_too() {
    let noticed = check(true, true);
    assert!(noticed > flips() * 3 / 4, "{noticed} of {}", flips());
}
