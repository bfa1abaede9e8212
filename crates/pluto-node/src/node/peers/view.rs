//! What sync sees of this node's events: chains made of the log, up to the newest published version.
//!
//! A realm is shown as of one version, in outline, so that none is kept in memory for it: heads, state
//! and chains belong together, or peers would take an honest node for a liar. The log may be ahead of the version: a batch is durable before it is
//! published. What is ahead waits, decoded, until the version comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::{Canonical, Did, EventId, LogPosition, RealmId, Run};
use pluto_error::Result;
use pluto_nervous_system::NervousSystem;
use pluto_nervous_system::event_sourcing::RealmOutline;
use pluto_p2p::head::ChainEnd;
use pluto_p2p::store::{EventStore, Summary};
use pluto_p2p::sync::HOLLOW_MAX;
use pluto_realm::archive::payload_erasure;

use super::arriving::{Arrived, Arriving};
use super::chains::Chains;

#[derive(Debug, Default)]
struct Shown {
    chains: Chains,
    version: Option<Arc<RealmOutline>>,
    summary: Summary,
    ahead: VecDeque<Ahead>,
}

/// A run of the log that no version was seen to cover.
#[derive(Debug)]
struct Ahead {
    run: Arc<Run>,
    bytes: Arc<[u8]>,
    is_own: bool,
}

/// A run that joined the set since the last look.
pub(super) struct Joined {
    pub(super) realm: RealmId,
    pub(super) bytes: Arc<[u8]>,
    /// It began on this node.
    pub(super) is_own: bool,
}

/// The events of a node, for reading.
pub(super) struct LogView {
    system: Arc<NervousSystem>,
    realms: BTreeMap<RealmId, Shown>,
    /// The realm of each record, ascending by place.
    records: Vec<(LogPosition, RealmId)>,
    /// How far the log was read.
    read: LogPosition,
    /// Up to where versions were looked at.
    seen: Option<u64>,
    /// Realms with a version that the log was not read for yet.
    behind: BTreeSet<RealmId>,
}

impl LogView {
    /// Reads the whole log.
    pub(super) fn open(system: Arc<NervousSystem>) -> Result<Self> {
        let mut view = Self {
            system,
            realms: BTreeMap::new(),
            records: Vec::new(),
            read: LogPosition::default(),
            seen: None,
            behind: BTreeSet::new(),
        };
        view.refresh(&mut Arriving::default(), &mut |_| {})?;
        Ok(view)
    }

    /// Takes over what was published since, run by run.
    pub(super) fn refresh(
        &mut self,
        arriving: &mut Arriving,
        joined: &mut dyn FnMut(Joined),
    ) -> Result<()> {
        // Versions first: the log holds at least what they cover.
        let (outlines, seen) = self.system.outlines_since(self.seen);
        for (realm, version) in outlines {
            let shown = self.realms.entry(realm).or_default();
            if shown.version.as_ref() != Some(&version) {
                shown.version = Some(version);
                self.behind.insert(realm);
            }
        }
        self.seen = Some(seen);
        if !self.behind.is_empty() {
            self.read_on(arriving, joined)?;
        }
        for realm in std::mem::take(&mut self.behind) {
            if let Some(shown) = self.realms.get_mut(&realm) {
                shown.catch_up(realm, joined);
            }
        }
        Ok(())
    }

    fn read_on(&mut self, arriving: &mut Arriving, joined: &mut dyn FnMut(Joined)) -> Result<()> {
        let Self { system, realms, records, read, .. } = self;
        let (from, end) = (*read, system.log().end());
        system.log().scan(from, &mut |at, bytes| {
            // What was appended meanwhile is read the next time.
            if at >= end {
                return ControlFlow::Break(());
            }
            let Some(ahead) = Ahead::of(bytes, arriving.take(bytes)) else {
                return ControlFlow::Continue(());
            };
            let Some(realm) = ahead.run.realm() else { return ControlFlow::Continue(()) };
            records.push((at, realm));
            let shown = realms.entry(realm).or_default();
            shown.ahead.push_back(ahead);
            shown.catch_up(realm, joined);
            ControlFlow::Continue(())
        })?;
        *read = end;
        Ok(())
    }

    /// Whether the event is in the realm, and where.
    fn find(&self, realm: RealmId, id: &EventId) -> Result<Option<LogPosition>> {
        let Some(found) = self.system.log().find(id)? else { return Ok(None) };
        let at = self.records.binary_search_by_key(&found.record, |(at, _)| *at);
        let is_in = at.ok().and_then(|at| self.records.get(at)).is_some_and(|(_, r)| *r == realm);
        Ok(is_in.then_some(found.record))
    }

    /// Events of a realm whose payloads are not here, as many as are asked for at once.
    pub(super) fn hollow(&self, realm: RealmId) -> Vec<EventId> {
        let shown = self.realms.get(&realm).into_iter();
        let mut hollow = shown.flat_map(|shown| shown.chains.hollow()).peekable();
        let snapshot = hollow.peek().and_then(|_| self.system.snapshot(realm));
        // What was erased is asked of nobody.
        let is_erased = |id: &EventId| {
            snapshot.as_ref().is_some_and(|view| payload_erasure(&**view, id).is_some())
        };
        hollow.filter(|id| !is_erased(id)).take(HOLLOW_MAX).copied().collect()
    }

    pub(super) fn realms(&self) -> impl Iterator<Item = &RealmId> {
        self.realms.iter().filter(|(_, shown)| shown.version.is_some()).map(|(realm, _)| realm)
    }
}

impl Ahead {
    fn of(bytes: &[u8], arrived: Option<Arrived>) -> Option<Self> {
        let is_own = arrived.is_none();
        let (bytes, run) = match arrived {
            Some(Arrived::Same(bytes, run)) => (bytes, run),
            _ => (Arc::from(bytes), Arc::new(Run::decode(bytes).ok()?)),
        };
        Some(Self { run, bytes, is_own })
    }
}

impl Shown {
    /// Shows what the version covers.
    fn catch_up(&mut self, realm: RealmId, joined: &mut dyn FnMut(Joined)) {
        let Some(version) = &self.version else { return };
        let covered = version.events;
        while let Some(Ahead { run, .. }) = self.ahead.front() {
            // A run that brings payloads alone adds nothing to the set, and belongs to any version.
            let is_new = self.chains.is_new(run);
            if is_new && self.chains.events() >= covered {
                break;
            }
            let Some(Ahead { run, bytes, is_own }) = self.ahead.pop_front() else { break };
            self.chains.insert(&run);
            if is_new {
                joined(Joined { realm, bytes, is_own });
            }
        }
        if self.chains.events() == covered {
            self.summary = Summary {
                heads_root: version.heads_root,
                state_root: version.root,
                events: covered,
                ends: u32::try_from(self.chains.ends().len()).unwrap_or(u32::MAX),
                absent: self.chains.absent(),
            };
        }
    }
}

impl EventStore for LogView {
    fn summary(&self, realm: RealmId) -> Option<Summary> {
        self.realms.get(&realm).filter(|shown| shown.summary.events > 0).map(|shown| shown.summary)
    }

    fn ends(&self, realm: RealmId) -> Result<Vec<ChainEnd>> {
        let ends = self.realms.get(&realm).map(|shown| shown.chains.ends().copied().collect());
        Ok(ends.unwrap_or_default())
    }

    fn at(&self, realm: RealmId, author: &Did, seq: u64) -> Result<Vec<(EventId, u64)>> {
        Ok(self.realms.get(&realm).map(|shown| shown.chains.at(author, seq)).unwrap_or_default())
    }

    fn run_of(&self, realm: RealmId, id: &EventId) -> Result<Option<Arc<[u8]>>> {
        let Some(at) = self.find(realm, id)? else { return Ok(None) };
        Ok(Some(self.system.log().read(at)?.into()))
    }

    fn has(&self, realm: RealmId, id: &EventId) -> Result<bool> {
        // Most of what is asked about is the newest of its author: then no disk is needed.
        let is_end = self.realms.get(&realm).is_some_and(|shown| shown.chains.ends_with(id));
        Ok(is_end || self.find(realm, id)?.is_some())
    }
}
