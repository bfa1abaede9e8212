//! Folding the log of a running node once more, beside it; nothing is written.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::traits::KvStore;
use pluto_core::{Digest, Event, EventId};
use pluto_error::Result;
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_nervous_system::event_sourcing::Rules;
use pluto_nervous_system::{Snapshot, fold_log};
use pluto_storage::MemoryKv;

use super::Node;

impl Node {
    /// Folds the events of the log from the first on by `rules`, in memory; of a realm with erased payloads, from
    /// its footing on. `progress` hears how many
    /// have been folded, and ends it when it has what it wants.
    ///
    /// # Errors
    /// When the log cannot be read up to there.
    pub fn refold(&self, rules: Rules, progress: &dyn Fn(u64) -> ControlFlow<()>) -> Result<()> {
        let store: Arc<dyn KvStore> = Arc::new(MemoryKv::new());
        let (verifier, keys) = (Arc::new(Zip215Verifier), Arc::new(KeyChain));
        let (log, rules) = (Arc::clone(self.system.log()), Arc::new(rules));
        fold_log(log, &store, Arc::clone(&self.footings) as _, verifier, keys, rules, progress)
    }

    /// The realms as they were just before some decisions, and before the borders of what some events
    /// propose. `wanted` says for each the state root: what a decision was judged on, as its place in the
    /// order has it; what a proposal signs. `rules` are those the node folds by. An event is missing from
    /// the answer when no fold of the log comes to that root, as when something late has changed the
    /// place of a decision since.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn versions_before(
        &self,
        rules: Rules,
        wanted: BTreeMap<EventId, Digest>,
        progress: &dyn Fn(u64),
    ) -> Result<BTreeMap<EventId, Snapshot>> {
        let count = wanted.len();
        let found = Arc::new(Mutex::new(BTreeMap::new()));
        let finds = Arc::clone(&found);
        let hear = Arc::new(move |event: &Event, version: &Snapshot| {
            if wanted.get(&event.id) == Some(&version.roots().state) {
                let mut finds = finds.lock().unwrap_or_else(PoisonError::into_inner);
                finds.insert(event.id, version.clone());
            }
        });
        let of_borders = Arc::clone(&hear);
        let rules = rules
            .before_decisions(move |event, version| hear(event, version))
            .before_borders(move |event, version| of_borders(event, version));
        self.refold(rules, &|events| {
            progress(events);
            let found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.len() == count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
