//! The events of a simulated node: what is synced survives a crash, the rest does not.

use std::collections::{BTreeMap, BTreeSet};

use pluto_core::traits::{KeyRules, PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{Did, EventId, RealmId, Run};
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::store::EventStore;
use pluto_p2p::sync::RunOutcome;

/// A log with what is made from it.
pub(super) struct Disk {
    pub(super) realm: RealmId,
    pub(super) events: MemoryEvents,
    /// In order of arrival.
    pub(super) log: Vec<Run>,
    synced: usize,
    keys: BTreeMap<Did, PublicKey>,
    lamports: BTreeMap<EventId, u64>,
    /// What was told to somebody to be here for good.
    acknowledged: BTreeSet<EventId>,
}

impl Disk {
    pub(super) fn new(realm: RealmId) -> Self {
        Self {
            realm,
            events: MemoryEvents::default(),
            log: Vec::new(),
            synced: 0,
            keys: BTreeMap::new(),
            lamports: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
        }
    }

    /// What admission does, for authors who do not change their keys.
    pub(super) fn admit(&mut self, run: &Run) -> RunOutcome {
        for event in &run.events {
            let header = &event.header;
            for link in header.prev.iter().chain(header.parents.iter()) {
                let inside = run.events.iter().any(|other| other.id == *link);
                if !inside && !self.lamports.contains_key(link) {
                    return RunOutcome::Waits(*link);
                }
            }
        }
        if !self.is_signed(run) || !self.is_causal(run) {
            return RunOutcome::Refused;
        }
        self.take(run);
        let known = self.log.len();
        match self.events.insert(run) {
            0 => RunOutcome::Known,
            new => {
                debug_assert_eq!(known, self.log.len());
                self.log.push(run.clone());
                RunOutcome::New(u32::try_from(new).unwrap_or(u32::MAX))
            }
        }
    }

    fn is_signed(&self, run: &Run) -> bool {
        let Some(first) = run.events.first() else { return false };
        let own = KeyChain.own_key(first);
        let key = own.or_else(|| self.keys.get(&first.header.author).copied());
        let message = Run::signing_message(&run.events);
        let (Some(key), Some(message)) = (key, message) else { return false };
        let signed = SignedMessage { key, message, signature: run.signature };
        Zip215Verifier.verify(&[signed]) == [true]
    }

    fn is_causal(&self, run: &Run) -> bool {
        let mut own: BTreeMap<EventId, u64> = BTreeMap::new();
        for event in &run.events {
            let lamport = |id: &EventId| own.get(id).or(self.lamports.get(id)).copied();
            let parents = event.header.parents.iter().map(lamport).max().flatten();
            if event.header.lamport != parents.unwrap_or(0) + 1 {
                return false;
            }
            own.insert(event.id, event.header.lamport);
        }
        true
    }

    fn take(&mut self, run: &Run) {
        for event in &run.events {
            self.lamports.insert(event.id, event.header.lamport);
            if let Some(key) = KeyChain.own_key(event) {
                self.keys.insert(event.header.author, key);
            }
        }
    }

    /// Syncs everything so far: from now on it is acknowledged.
    pub(super) fn sync(&mut self) {
        for run in self.log.iter().skip(self.synced) {
            self.acknowledged.extend(run.events.iter().map(|event| event.id));
        }
        self.synced = self.log.len();
    }

    /// The power goes: what was not synced is gone. Gives the number of runs that are lost.
    pub(super) fn crash(&mut self) -> usize {
        let lost = self.log.len().saturating_sub(self.synced);
        self.log.truncate(self.synced);
        self.events = MemoryEvents::default();
        self.keys.clear();
        self.lamports.clear();
        for run in std::mem::take(&mut self.log) {
            self.take(&run);
            self.events.insert(&run);
            self.log.push(run);
        }
        lost
    }

    /// Whether everything that was acknowledged is here.
    pub(super) fn keeps_its_word(&self) -> bool {
        let here = |id| self.events.has(self.realm, id).unwrap_or(false);
        self.acknowledged.iter().all(here)
    }

    /// The key of an author who has written.
    pub(super) fn key_of(&self, author: &Did) -> Option<PublicKey> {
        self.keys.get(author).copied()
    }

    pub(super) fn lamport(&self, id: &EventId) -> u64 {
        self.lamports.get(id).copied().unwrap_or(0)
    }
}
