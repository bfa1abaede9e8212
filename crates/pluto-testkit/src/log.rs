//! The contract of [`EventLog`] and [`EventLogReader`].

use std::ops::ControlFlow;

use pluto_core::ids::EventId;
use pluto_core::traits::{EventLocation, EventLog, EventLogReader, LogRecord};
use pluto_core::{Canonical, LogPosition, Run};

use crate::RunBuilder;

/// Runs the contract on logs that `make` gives, each empty.
///
/// # Panics
/// When the log breaks it.
pub fn event_log_contract<L: EventLog>(make: impl Fn() -> L) {
    an_empty_log_has_nothing(make());
    what_is_appended_is_read_found_and_scanned(make());
    a_reader_sees_what_is_appended_later(make());
    a_scan_starts_anywhere_and_stops_when_told(make());
    checkpoints_change_nothing_that_is_seen(make());
    strange_positions_are_refused(make());
    an_erasure_takes_payloads_and_nothing_else(make());
}

fn scan(reader: &dyn EventLogReader, from: LogPosition) -> Vec<(LogPosition, Vec<u8>)> {
    let mut seen = Vec::new();
    reader
        .scan(from, &mut |position, bytes| {
            seen.push((position, bytes.to_vec()));
            ControlFlow::Continue(())
        })
        .expect("the scan ends well");
    seen
}

fn batches() -> Vec<Vec<LogRecord>> {
    let mut authors = [RunBuilder::new(1), RunBuilder::new(2)];
    let mut batches = Vec::new();
    for round in 0..40 {
        let author = &mut authors[round % 2];
        let payload = vec![round as u8; (round * 37) % 700];
        batches
            .push((0..=round % 5).map(|n| author.record(1 + (n * round) % 9, &payload)).collect());
    }
    batches
}

fn append_all(log: &mut impl EventLog) -> Vec<(LogPosition, LogRecord)> {
    let mut all = Vec::new();
    for batch in batches() {
        let positions = log.append(&batch).expect("the batch is stored");
        assert_eq!(positions.len(), batch.len());
        all.extend(positions.into_iter().zip(batch));
    }
    all
}

fn an_empty_log_has_nothing(mut log: impl EventLog) {
    let reader = log.reader();
    assert_eq!(scan(&*reader, LogPosition(0)), vec![]);
    assert_eq!(scan(&*reader, reader.end()), vec![]);
    assert_eq!(reader.find(&EventId([3; 32])).unwrap(), None);
    assert!(reader.read(reader.end()).is_err());
    assert_eq!(log.append(&[]).unwrap(), vec![]);
    assert_eq!(scan(&*reader, LogPosition(0)), vec![]);
}

fn what_is_appended_is_read_found_and_scanned(mut log: impl EventLog) {
    let all = append_all(&mut log);
    let reader = log.reader();
    let expected: Vec<_> = all.iter().map(|(at, record)| (*at, record.bytes.to_vec())).collect();
    assert!(expected.windows(2).all(|pair| pair[0].0 < pair[1].0), "positions ascend");
    assert_eq!(scan(&*reader, LogPosition(0)), expected);
    for (position, record) in &all {
        assert!(*position < reader.end());
        assert_eq!(reader.read(*position).unwrap(), record.bytes.to_vec());
        for (slot, id) in record.ids.iter().enumerate() {
            let place = EventLocation { record: *position, slot: slot as u16 };
            assert_eq!(reader.find(id).unwrap(), Some(place));
        }
    }
    let strangers = RunBuilder::new(99).record(50, b"never appended").ids;
    assert!(strangers.iter().all(|id| reader.find(id).unwrap().is_none()));
}

fn a_reader_sees_what_is_appended_later(mut log: impl EventLog) {
    let reader = log.reader();
    let mut end = reader.end();
    for batch in batches() {
        let positions = log.append(&batch).unwrap();
        assert!(reader.end() > end);
        let new: Vec<LogPosition> = scan(&*reader, end).into_iter().map(|(at, _)| at).collect();
        assert_eq!(new, positions, "a scan from the old end gives just the batch");
        end = reader.end();
    }
}

fn a_scan_starts_anywhere_and_stops_when_told(mut log: impl EventLog) {
    let all = append_all(&mut log);
    let reader = log.reader();
    for (index, (position, _)) in all.iter().enumerate() {
        assert_eq!(scan(&*reader, *position).len(), all.len() - index);
    }
    let mut seen = 0;
    let visit = &mut |_: LogPosition, _: &[u8]| {
        seen += 1;
        if seen == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    reader.scan(LogPosition(0), visit).unwrap();
    assert_eq!(seen, 7);
}

fn checkpoints_change_nothing_that_is_seen(mut log: impl EventLog) {
    let reader = log.reader();
    let mut all = Vec::new();
    log.checkpoint().unwrap();
    for (index, batch) in batches().into_iter().enumerate() {
        all.extend(log.append(&batch).unwrap().into_iter().zip(batch));
        if index % 3 == 0 {
            log.checkpoint().unwrap();
            log.checkpoint().unwrap();
        }
        let (position, record) = &all[index * 5 % all.len()];
        let found = reader.find(&record.ids[0]).unwrap();
        assert_eq!(found, Some(EventLocation { record: *position, slot: 0 }));
    }
    assert_eq!(scan(&*reader, LogPosition(0)).len(), all.len());
}

fn strange_positions_are_refused(mut log: impl EventLog) {
    let all = append_all(&mut log);
    let reader = log.reader();
    for (position, _) in &all {
        assert!(reader.read(LogPosition(position.0 + 1)).is_err());
    }
    assert!(reader.read(reader.end()).is_err());
    assert!(reader.read(LogPosition(u64::MAX)).is_err());
    assert_eq!(scan(&*reader, reader.end()), vec![]);
}

/// What a log holds after the erasure of those events.
fn without(record: &LogRecord, gone: &[EventId]) -> Vec<u8> {
    let mut run = Run::decode(&record.bytes).expect("a run");
    for event in run.events.iter_mut().filter(|event| gone.contains(&event.id)) {
        event.payload = None;
    }
    run.encode()
}

fn an_erasure_takes_payloads_and_nothing_else(mut log: impl EventLog) {
    let mut all = append_all(&mut log);
    // A payload that comes late stands in a second record.
    let copy = all[3].1.clone();
    all.extend(log.append(std::slice::from_ref(&copy)).unwrap().into_iter().zip([copy]));
    let ids: Vec<EventId> = all.iter().flat_map(|(_, record)| record.ids.clone()).collect();
    let mut gone = RunBuilder::new(99).record(5, b"never appended").ids;
    for erased in [&ids[..1], &ids[5..90], &ids[40..150], &[]] {
        gone.extend(erased);
        let lost: usize = all
            .iter_mut()
            .map(|(_, record)| {
                let short = without(record, &gone);
                let lost = record.bytes.len() - short.len();
                record.bytes = short.into();
                lost
            })
            .sum();
        assert_eq!(log.erase(&gone).unwrap(), lost as u64);
        assert_eq!(log.erase(&gone).unwrap(), 0, "asked for once more");
        let reader = log.reader();
        let expected: Vec<_> =
            all.iter().map(|(at, record)| (*at, record.bytes.to_vec())).collect();
        assert_eq!(scan(&*reader, LogPosition(0)), expected);
        for (position, record) in &all {
            assert_eq!(scan(&*reader, *position)[0].1, record.bytes.to_vec());
            assert_eq!(reader.read(*position).unwrap(), record.bytes.to_vec());
            for (id, slot) in record.ids.iter().zip(0..) {
                let found = reader.find_before(id, LogPosition(position.0 + 1)).unwrap();
                assert_eq!(found, Some(EventLocation { record: *position, slot }));
            }
        }
        let end = reader.end();
        let more = RunBuilder::new(gone.len() as u64).record(1, b"the log goes on");
        let positions = log.append(std::slice::from_ref(&more)).unwrap();
        all.extend(positions.into_iter().zip([more]));
        assert_eq!(scan(&*reader, end).len(), 1);
    }
}
