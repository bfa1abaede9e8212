//! The event log as a list in memory: the simplest thing that keeps the contract, and its oracle.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use pluto_core::LogPosition;
use pluto_core::ids::EventId;
use pluto_core::traits::{EventLocation, EventLog, EventLogReader, LogRecord, Visit};
use pluto_error::Result;

use crate::error::StorageError;
use crate::runs;

/// An event log that forgets everything when its last clone is dropped; clones share one log.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog {
    state: Arc<RwLock<State>>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<LogPosition, Arc<[u8]>>,
    /// The slot of each event, by the record it stands in.
    places: BTreeMap<(EventId, LogPosition), u16>,
    end: u64,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl EventLog for MemoryLog {
    fn append(&mut self, batch: &[LogRecord]) -> Result<Vec<LogPosition>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut positions = Vec::with_capacity(batch.len());
        for record in batch {
            let position = LogPosition(state.end);
            state.end += record.bytes.len().max(1) as u64;
            state.records.insert(position, Arc::clone(&record.bytes));
            for (id, slot) in record.ids.iter().zip(0..) {
                state.places.entry((*id, position)).or_insert(slot);
            }
            positions.push(position);
        }
        Ok(positions)
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    fn erase(&mut self, ids: &[EventId]) -> Result<u64> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let State { records, places, .. } = &mut *state;
        let mut freed = 0;
        for id in ids {
            let all = (*id, LogPosition(0))..=(*id, LogPosition(u64::MAX));
            for ((_, position), gone) in places.range(all) {
                let Some(bytes) = records.get_mut(position) else { continue };
                let Some(hollow) = runs::hollow(bytes, |slot| u16::from(slot) == *gone) else {
                    continue;
                };
                freed += (bytes.len() - hollow.len()) as u64;
                *bytes = hollow.into();
            }
        }
        Ok(freed)
    }

    fn reader(&self) -> Arc<dyn EventLogReader> {
        Arc::new(Reader { state: Arc::clone(&self.state) })
    }
}

struct Reader {
    state: Arc<RwLock<State>>,
}

impl EventLogReader for Reader {
    fn read(&self, position: LogPosition) -> Result<Vec<u8>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.records.get(&position) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(StorageError::NoRecord { position: position.0 }.into()),
        }
    }

    fn find_before(&self, id: &EventId, end: LogPosition) -> Result<Option<EventLocation>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let newest = state.places.range((*id, LogPosition(0))..(*id, end)).next_back();
        Ok(newest.map(|((_, record), slot)| EventLocation { record: *record, slot: *slot }))
    }

    fn scan(&self, from: LogPosition, visit: &mut Visit<'_>) -> Result<()> {
        let records: Vec<(LogPosition, Arc<[u8]>)> = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.records.range(from..).map(|(at, bytes)| (*at, Arc::clone(bytes))).collect()
        };
        for (position, bytes) in records {
            if visit(position, &bytes).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn end(&self) -> LogPosition {
        LogPosition(self.state.read().unwrap_or_else(PoisonError::into_inner).end)
    }
}
