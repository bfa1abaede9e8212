//! Folding the log of a running node once more, beside it and by other rules; nothing is written.

use std::sync::Arc;

use pluto_core::LogPosition;
use pluto_core::traits::{EventLog, EventLogReader, LogRecord};
use pluto_error::Result;
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_nervous_system::event_sourcing::Rules;
use pluto_nervous_system::{NervousSystem, Options, Parts};
use pluto_storage::MemoryKv;

use super::{Node, SystemClock};
use crate::error::NodeError;

impl Node {
    /// Folds every event from the first on by `rules`, in memory.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refold(&self, rules: Rules, progress: &dyn Fn(u64)) -> Result<()> {
        let parts = Parts {
            log: Box::new(ReadOnlyLog(Arc::clone(self.system.log()))),
            damage: None,
            store: Arc::new(MemoryKv::new()),
            verifier: Arc::new(Zip215Verifier),
            keys: Arc::new(KeyChain),
            rules,
            clock: Arc::new(SystemClock),
            publish: Box::new(|_| {}),
        };
        let options = Options { checkpoint_events: u64::MAX, ..Options::default() };
        let (system, _) = NervousSystem::open(parts, options, progress)?;
        system.stop()
    }
}

struct ReadOnlyLog(Arc<dyn EventLogReader>);

impl EventLog for ReadOnlyLog {
    fn append(&mut self, _: &[LogRecord]) -> Result<Vec<LogPosition>> {
        Err(NodeError::BadArgument("this log is only read".to_owned()).into())
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    fn reader(&self) -> Arc<dyn EventLogReader> {
        Arc::clone(&self.0)
    }
}
