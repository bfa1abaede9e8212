//! Runs that wait for an event of their past. Bounded: when it is full, newcomers are refused.

use std::collections::HashMap;

use pluto_core::EventId;

use super::intake::Submission;

/// Most runs that wait.
pub(crate) const PENDING_RUNS_MAX: usize = 65_536;
/// Most bytes that wait.
const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Waiting runs, by the event they wait for.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: HashMap<EventId, Vec<Submission>>,
    runs: usize,
    bytes: usize,
}

impl Pending {
    /// Keeps a run, or gives it back when there is no room.
    pub(crate) fn wait(&mut self, id: EventId, run: Submission) -> Result<(), Box<Submission>> {
        let bytes = run.record.bytes.len();
        if self.runs >= PENDING_RUNS_MAX || self.bytes + bytes > PENDING_BYTES_MAX {
            return Err(Box::new(run));
        }
        self.runs += 1;
        self.bytes += bytes;
        self.waiting.entry(id).or_default().push(run);
        Ok(())
    }

    /// The runs that waited for `id`.
    pub(crate) fn arrived(&mut self, id: &EventId) -> Vec<Submission> {
        if self.runs == 0 {
            return Vec::new();
        }
        let runs = self.waiting.remove(id).unwrap_or_default();
        self.runs -= runs.len();
        self.bytes -= runs.iter().map(|run| run.record.bytes.len()).sum::<usize>();
        runs
    }

    /// Number of waiting runs.
    pub(crate) fn len(&self) -> usize {
        self.runs
    }
}
