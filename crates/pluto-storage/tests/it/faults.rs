//! A full disk, or a failing one, at every operation of a recorded workload.

use std::io::ErrorKind;

use pluto_core::traits::{EventLog, LogRecord};
use pluto_error::Code;
use pluto_storage::codes;
use pluto_storage::disk::{Fault, MemoryDisk, Survival};

use crate::workload::{batches, check_goes_on, open, scan};

const BATCHES: usize = 16;

/// Appends all batches, opening anew and trying again where it fails; gives the codes met.
fn run_through(disk: &MemoryDisk, batches: &[Vec<LogRecord>], fault: Fault) -> Vec<Code> {
    let mut codes = Vec::new();
    let (mut log, mut done) = (None, 0);
    disk.set_fault(fault);
    while done < batches.len() {
        assert!(codes.len() < 5, "{fault:?}: it never ends: {codes:?}");
        let Some(open_log) = &mut log else {
            match open(disk) {
                Ok(opened) => log = Some(opened),
                Err(error) => {
                    codes.push(error.code());
                    disk.set_fault(Fault::Never);
                }
            }
            continue;
        };
        let acknowledged: usize = batches[..done].iter().map(Vec::len).sum();
        match open_log.append(&batches[done]) {
            Ok(_) => done += 1,
            Err(error) => {
                codes.push(error.code());
                let seen = scan(&*open_log.reader()).unwrap();
                assert_eq!(seen.len(), acknowledged, "{fault:?}: reads go on");
                disk.set_fault(Fault::Never);
                if open_log.check_writable().is_err() {
                    let again = open_log.append(&batches[done]).unwrap_err();
                    assert_eq!(again.code(), codes::POISONED, "{fault:?}");
                    log = None;
                    let seen = scan(&*open(disk).unwrap().reader()).unwrap().len();
                    assert!(seen >= acknowledged, "{fault:?}");
                    done += usize::from(seen > acknowledged);
                }
            }
        }
        if done % 5 == 4
            && let Some(Err(error)) = log.as_mut().map(EventLog::checkpoint)
        {
            codes.push(error.code());
            disk.set_fault(Fault::Never);
            log = None;
        }
    }
    codes
}

fn check_kind(kind: ErrorKind, again: bool, expected: Code) {
    let batches = batches(BATCHES);
    let clean = MemoryDisk::new();
    assert_eq!(run_through(&clean, &batches, Fault::Never), vec![]);
    let total = clean.operations();
    for at in 0..total {
        let disk = MemoryDisk::new();
        let fault = Fault::Fails { at, kind, again };
        let codes = run_through(&disk, &batches, fault);
        assert!(!codes.is_empty(), "{fault:?}: the fault was swallowed");
        assert!(codes.iter().all(|code| *code == expected), "{fault:?}: {codes:?}");
        let context = format!("{fault:?}");
        check_goes_on(&disk.after_power_cut(Survival::Nothing), &batches, BATCHES, &context);
        check_goes_on(&disk.after_power_cut(Survival::Torn(at)), &batches, BATCHES, &context);
    }
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    check_kind(ErrorKind::StorageFull, false, codes::DISK_FULL);
    check_kind(ErrorKind::StorageFull, true, codes::DISK_FULL);
}

#[test]
fn a_failing_disk_is_named_and_loses_nothing() {
    check_kind(ErrorKind::Other, false, codes::IO);
}

#[test]
fn a_full_disk_met_while_making_room_passes_without_opening_anew() {
    let disk = MemoryDisk::new();
    let mut log = open(&disk).unwrap();
    let mut passed = 0;
    for batch in &batches(BATCHES) {
        disk.set_fault(Fault::Fails { at: 0, kind: ErrorKind::StorageFull, again: true });
        assert_eq!(log.append(batch).unwrap_err().code(), codes::DISK_FULL);
        disk.set_fault(Fault::Never);
        if log.check_writable().is_ok() {
            passed += 1;
        } else {
            drop(log);
            log = open(&disk).unwrap();
        }
        log.append(batch).unwrap();
    }
    assert!(passed > 2, "{passed}");
}
