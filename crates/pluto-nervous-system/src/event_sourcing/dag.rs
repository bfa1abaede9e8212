//! What a realm knows of its set: the recent events, the tip of each author, the heads, the keys.
//!
//! Only the events since the last checkpoints are in memory; older ones are found through the log's
//! index. Membership in the set depends on bytes and causal past alone, so everything the admission
//! rules ask is answered here.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use pluto_core::traits::{EventLogReader, PublicKey};
use pluto_core::{Canonical, Did, Event, EventId, Header, KindNumber, LogPosition, RealmId, Run};
use pluto_error::Result;

/// What admission asks about an event of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) author: Did,
    pub(crate) author_seq: u64,
    pub(crate) lamport: u64,
    pub(crate) kind: KindNumber,
}

impl Known {
    pub(crate) fn of(header: &Header) -> Self {
        Self {
            author: header.author,
            author_seq: header.author_seq,
            lamport: header.lamport,
            kind: header.kind,
        }
    }
}

/// The last event of an author in the realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The event.
    pub id: EventId,
    /// Its sequence number.
    pub author_seq: u64,
    /// Its Lamport time.
    pub lamport: u64,
    /// The identity event whose key the author signs with.
    pub key_ref: EventId,
}

impl Tip {
    /// What the author's last event leaves for the next one.
    pub(crate) fn of(event: &Event) -> Self {
        let header = &event.header;
        let key_ref = if header.author_seq == 0 { event.id } else { header.key_ref };
        Self { id: event.id, author_seq: header.author_seq, lamport: header.lamport, key_ref }
    }
}

/// The known set of one realm.
pub(crate) struct Dag {
    realm: RealmId,
    recent: HashMap<EventId, Known>,
    tips: HashMap<Did, Tip>,
    /// Of authors who forked, the ends of the branches beside their tip. Not kept over a restart: a
    /// branch that goes on after one counts as a fork again.
    branches: HashMap<Did, BTreeSet<EventId>>,
    heads: BTreeMap<EventId, u64>,
    keys: HashMap<EventId, (Did, PublicKey)>,
}

/// What an event did to its author's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grown {
    /// It continues a branch that was there.
    Branch,
    /// It stands where another event of its author stands: a fork begins here.
    Fork,
}

impl Dag {
    pub(crate) fn new(realm: RealmId) -> Self {
        Self {
            realm,
            recent: HashMap::new(),
            tips: HashMap::new(),
            branches: HashMap::new(),
            heads: BTreeMap::new(),
            keys: HashMap::new(),
        }
    }

    /// Restores what a checkpoint kept.
    pub(crate) fn restore(
        realm: RealmId,
        tips: impl IntoIterator<Item = (Did, Tip)>,
        heads: impl IntoIterator<Item = (EventId, u64)>,
        keys: impl IntoIterator<Item = (EventId, (Did, PublicKey))>,
    ) -> Self {
        Self {
            realm,
            recent: HashMap::new(),
            tips: tips.into_iter().collect(),
            branches: HashMap::new(),
            heads: heads.into_iter().collect(),
            keys: keys.into_iter().collect(),
        }
    }

    /// The event, from memory or from the log; `None` when it is not in this realm's set.
    pub(crate) fn known(&self, id: &EventId, log: &PastLog<'_>) -> Result<Option<Known>> {
        if let Some(known) = self.recent.get(id) {
            return Ok(Some(*known));
        }
        let Some(event) = log.load(id)? else { return Ok(None) };
        let here = event.header.realm_of(event.id) == self.realm;
        Ok(here.then(|| Known::of(&event.header)))
    }

    /// Whether the event is surely new: it continues its author's chain.
    pub(crate) fn extends_tip(&self, event: &Event) -> bool {
        match self.tips.get(&event.header.author) {
            Some(tip) => {
                event.header.prev == Some(tip.id)
                    && Some(event.header.author_seq) == tip.author_seq.checked_add(1)
            }
            None => event.header.author_seq == 0,
        }
    }

    /// Adds an admitted event that is new.
    pub(crate) fn insert(&mut self, event: &Event) -> Grown {
        let header = &event.header;
        self.recent.insert(event.id, Known::of(header));
        for parent in &header.parents {
            self.heads.remove(parent);
        }
        self.heads.insert(event.id, header.lamport);
        self.grow(header, Tip::of(event))
    }

    fn grow(&mut self, header: &Header, tip: Tip) -> Grown {
        let Some(old) = self.tips.get_mut(&header.author) else {
            self.tips.insert(header.author, tip);
            return Grown::Branch;
        };
        if header.prev == Some(old.id) {
            *old = tip;
            return Grown::Branch;
        }
        let branches = self.branches.entry(header.author).or_default();
        let goes_on = header.prev.is_some_and(|prev| branches.remove(&prev));
        let is_ahead = (tip.author_seq, tip.id) > (old.author_seq, old.id);
        branches.insert(if is_ahead { std::mem::replace(old, tip).id } else { tip.id });
        if goes_on { Grown::Branch } else { Grown::Fork }
    }

    pub(crate) fn insert_key(&mut self, event: EventId, author: Did, key: PublicKey) {
        self.keys.insert(event, (author, key));
    }

    pub(crate) fn key(&self, key_ref: &EventId) -> Option<(Did, PublicKey)> {
        self.keys.get(key_ref).copied()
    }

    pub(crate) fn tip(&self, author: &Did) -> Option<Tip> {
        self.tips.get(author).copied()
    }

    pub(crate) fn tips(&self) -> impl ExactSizeIterator<Item = (&Did, &Tip)> {
        self.tips.iter()
    }

    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = (&EventId, &(Did, PublicKey))> {
        self.keys.iter()
    }

    /// The heads with their Lamport times, ascending by id.
    pub(crate) fn heads(&self) -> &BTreeMap<EventId, u64> {
        &self.heads
    }

    /// Drops an event from memory; it stays findable through the log.
    pub(crate) fn forget(&mut self, id: &EventId) {
        self.recent.remove(id);
    }
}

/// The part of the log that is in the known set already: during replay, what stands before the record
/// being replayed.
#[derive(Clone, Copy)]
pub(crate) struct PastLog<'a> {
    pub(crate) reader: &'a dyn EventLogReader,
    pub(crate) end: LogPosition,
}

impl<'a> PastLog<'a> {
    /// All of the log.
    pub(crate) fn whole(reader: &'a dyn EventLogReader) -> Self {
        Self { reader, end: LogPosition(u64::MAX) }
    }

    /// Reads one event.
    pub(crate) fn load(&self, id: &EventId) -> Result<Option<Event>> {
        let Some(at) = self.reader.find(id)?.filter(|at| at.record < self.end) else {
            return Ok(None);
        };
        let mut run = Run::decode(&self.reader.read(at.record)?)?;
        let slot = usize::from(at.slot);
        Ok((slot < run.events.len()).then(|| run.events.swap_remove(slot)))
    }
}
