//! Temporary doubles.
#![allow(missing_docs)]
use pluto_core::traits::*;
use pluto_core::{EventId, LogPosition};
use pluto_error::Result;
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, Mutex, RwLock};
#[derive(Clone, Default)]
pub struct MemoryLog {
    s: Arc<RwLock<S>>,
}
#[derive(Default)]
struct S {
    r: BTreeMap<u64, Arc<[u8]>>,
    p: BTreeMap<EventId, EventLocation>,
    end: u64,
}
impl EventLog for MemoryLog {
    fn append(&mut self, batch: &[LogRecord]) -> Result<Vec<LogPosition>> {
        let mut s = self.s.write().unwrap();
        let mut out = vec![];
        for r in batch {
            let at = s.end;
            s.end += r.bytes.len() as u64;
            s.r.insert(at, r.bytes.clone());
            for (i, id) in r.ids.iter().enumerate() {
                s.p.entry(*id).or_insert(EventLocation { record: LogPosition(at), slot: i as u16 });
            }
            out.push(LogPosition(at));
        }
        Ok(out)
    }
    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }
    fn reader(&self) -> Arc<dyn EventLogReader> {
        Arc::new(self.clone())
    }
}
impl EventLogReader for MemoryLog {
    fn read(&self, p: LogPosition) -> Result<Vec<u8>> {
        Ok(self.s.read().unwrap().r[&p.0].to_vec())
    }
    fn find(&self, id: &EventId) -> Result<Option<EventLocation>> {
        Ok(self.s.read().unwrap().p.get(id).copied())
    }
    fn scan(&self, from: LogPosition, v: &mut Visit<'_>) -> Result<()> {
        let all: Vec<_> = self
            .s
            .read()
            .unwrap()
            .r
            .range((Bound::Included(from.0), Bound::Unbounded))
            .map(|(a, b)| (*a, b.clone()))
            .collect();
        for (a, b) in all {
            if let ControlFlow::Break(()) = v(LogPosition(a), &b) {
                break;
            }
        }
        Ok(())
    }
    fn end(&self) -> LogPosition {
        LogPosition(self.s.read().unwrap().end)
    }
}
#[derive(Default)]
pub struct MemoryKv(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);
impl KvStore for MemoryKv {
    fn get(&self, k: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().get(k).cloned())
    }
    fn apply(&self, b: &KvBatch) -> Result<()> {
        let mut m = self.0.lock().unwrap();
        for (k, v) in &b.writes {
            match v {
                Some(v) => {
                    m.insert(k.clone(), v.clone());
                }
                None => {
                    m.remove(k);
                }
            }
        }
        Ok(())
    }
    fn scan(&self, p: &[u8], v: &mut VisitEntry<'_>) -> Result<()> {
        for (k, x) in self.0.lock().unwrap().range(p.to_vec()..) {
            if !k.starts_with(p) || v(k, x).is_break() {
                break;
            }
        }
        Ok(())
    }
    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
