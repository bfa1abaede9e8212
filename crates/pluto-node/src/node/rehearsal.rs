//! A rehearsal: the same fold in memory, ahead of the node, for who must know an answer before going on.
//!
//! A node acknowledges what is durable, and a disk takes milliseconds for that. Somebody who writes
//! thousands of events, each depending on the answer to the one before, would wait for the disk each
//! time. So everything is submitted here first, where nothing waits, and the node is given the same
//! bytes later, many at once. Both fold by the same rules; the roots at the end say so.

use std::sync::Arc;

use pluto_core::RealmId;
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::event_sourcing::MemoryFootings;
use pluto_nervous_system::{
    NervousError, NervousSystem, Options, Parts, Receipt, Snapshot, Ticket,
};
use pluto_storage::{MemoryKv, MemoryLog};

use super::{SystemClock, rules};

/// A fold in memory.
pub struct Rehearsal(NervousSystem);

impl Rehearsal {
    /// An empty one. Policies are run by the interpreter, whatever the node runs them by.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn open() -> Result<Self> {
        let vm = Arc::new(Vm::new(ExecutionMode::Legacy, None)?);
        let parts = Parts {
            log: Box::new(MemoryLog::default()),
            damage: None,
            store: Arc::new(MemoryKv::new()),
            footings: Arc::new(MemoryFootings::default()),
            verifier: Arc::new(Zip215Verifier),
            keys: Arc::new(KeyChain),
            rules: rules(&vm),
            clock: Arc::new(SystemClock),
            stopwatch: || 0,
            publish: Box::new(|_| {}),
        };
        // Nobody opens it again: it needs no checkpoints.
        let options = Options {
            checkpoint_events: u64::MAX,
            checkpoint_ms: u64::MAX,
            resident_bytes: u64::MAX,
        };
        let (system, _) = NervousSystem::open(parts, options, &|_| {})?;
        Ok(Self(system))
    }

    /// Submits an encoded run.
    ///
    /// # Errors
    /// As [`NervousSystem::submit`].
    pub fn submit(&self, run: Arc<[u8]>) -> Result<Ticket<Receipt>> {
        self.0.submit(Source::Local, run)
    }

    /// The newest version of a realm.
    ///
    /// # Errors
    /// `NRV-0006` when it is not here.
    pub fn snapshot(&self, realm: RealmId) -> Result<Arc<Snapshot>> {
        Ok(self.0.snapshot(realm).ok_or(NervousError::UnknownRealm(realm))?)
    }
}
