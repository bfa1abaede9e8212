//! What a realm knows of its set: the recent events, the tip of each author, the heads, the keys.
//!
//! Only the events since the last checkpoints are in memory; older ones are found through the log's
//! index. Membership in the set depends on bytes and causal past alone, so everything the admission
//! rules ask is answered here.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use pluto_core::traits::{EventLogReader, PublicKey};
use pluto_core::{Canonical, Did, Event, EventId, Header, Kind, LogPosition, RealmId, Run};
use pluto_error::Result;

use super::held::{Held, RunEvents};

/// What admission asks about an event of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) author: Did,
    pub(crate) author_seq: u64,
    pub(crate) lamport: u64,
    /// The identity event whose key signs what follows it in its author's chain.
    pub(crate) key_ref: EventId,
    /// Whether its payload is absent.
    pub(crate) is_hollow: bool,
}

impl Known {
    fn of(event: &Event) -> Self {
        let Header { author, author_seq, lamport, .. } = event.header;
        let is_hollow = event.payload.is_none();
        Self { author, author_seq, lamport, key_ref: key_after(event), is_hollow }
    }
}

/// The key event of whatever follows `event` in its author's chain.
fn key_after(event: &Event) -> EventId {
    let header = &event.header;
    let hands_on = header.kind.known() == Some(Kind::KeyRotated);
    if header.author_seq == 0 || hands_on { event.id } else { header.key_ref }
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
        let Header { author_seq, lamport, .. } = event.header;
        Self { id: event.id, author_seq, lamport, key_ref: key_after(event) }
    }
}

/// The known set of one realm.
pub(crate) struct Dag {
    realm: RealmId,
    recent: Recent,
    tips: HashMap<Did, Tip>,
    /// Where authors may go on beside their tip: the ends of forks, and what stands before a change of
    /// key, because the fold may find that the change has no effect.
    branches: HashMap<Did, BTreeMap<EventId, Tip>>,
    /// With their Lamport times.
    heads: HashMap<EventId, u64>,
    keys: HashMap<EventId, (Did, PublicKey)>,
    /// Of each change of key since the last start, the key event before it.
    replaced: HashMap<EventId, EventId>,
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
            recent: Recent::default(),
            tips: HashMap::new(),
            branches: HashMap::new(),
            heads: HashMap::new(),
            keys: HashMap::new(),
            replaced: HashMap::new(),
        }
    }

    /// Restores what a checkpoint kept. Of the tips of one author the last is the tip, the others are
    /// branches.
    pub(crate) fn restore(
        realm: RealmId,
        tips: impl IntoIterator<Item = (Did, Tip)>,
        heads: impl IntoIterator<Item = (EventId, u64)>,
        keys: impl IntoIterator<Item = (EventId, (Did, PublicKey))>,
    ) -> Self {
        let mut dag = Self::new(realm);
        for (author, tip) in tips {
            if let Some(branch) = dag.tips.insert(author, tip) {
                dag.branches.entry(author).or_default().insert(branch.id, branch);
            }
        }
        dag.heads = heads.into_iter().collect();
        dag.keys = keys.into_iter().collect();
        dag
    }

    /// The event, from memory or from the log; `None` when it is not in this realm's set.
    pub(crate) fn known(&self, id: &EventId, log: &PastLog<'_>) -> Result<Option<Known>> {
        match self.recent.get(id) {
            Some(event) => Ok(Some(Known::of(event))),
            None => Ok(self.stored(id, log)?.as_ref().map(Known::of)),
        }
    }

    /// The event itself, as [`Dag::known`].
    pub(crate) fn event(&self, id: &EventId, log: &PastLog<'_>) -> Result<Option<Event>> {
        match self.recent.get(id) {
            Some(event) => Ok(Some(event.clone())),
            None => self.stored(id, log),
        }
    }

    /// What `read` makes of an event, without a copy of it where it is in memory; as [`Dag::known`].
    pub(crate) fn read<T>(
        &self,
        id: &EventId,
        log: &PastLog<'_>,
        read: impl FnOnce(&Event) -> T,
    ) -> Result<Option<T>> {
        match self.recent.get(id) {
            Some(event) => Ok(Some(read(event))),
            None => Ok(self.stored(id, log)?.as_ref().map(read)),
        }
    }

    fn stored(&self, id: &EventId, log: &PastLog<'_>) -> Result<Option<Event>> {
        let event = log.load(id)?;
        Ok(event.filter(|event| event.header.realm_of(event.id) == self.realm))
    }

    /// The Lamport time of an event; parents are heads nearly always.
    pub(crate) fn lamport(&self, id: &EventId, log: &PastLog<'_>) -> Result<Option<u64>> {
        match self.heads.get(id) {
            Some(lamport) => Ok(Some(*lamport)),
            None => Ok(self.known(id, log)?.map(|known| known.lamport)),
        }
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

    /// Adds the admitted events of a run, those from index `first` on; says whether they fork.
    pub(crate) fn insert(&mut self, run: &RunEvents, first: usize) -> Grown {
        let (Some(next), Some(last)) = (run.get(first), run.last()) else { return Grown::Branch };
        Held::all(run, first).for_each(|held| self.recent.insert(held));
        let mut head: Option<&Event> = None;
        for event in run.iter().skip(first) {
            // What the next event of the run follows was a head for no one to see.
            let follows = |id: &EventId| head.is_some_and(|head| head.id == *id);
            if let Some(head) = head.filter(|_| !event.header.parents.iter().any(follows)) {
                self.heads.insert(head.id, head.header.lamport);
            }
            for parent in event.header.parents.iter().filter(|id| !follows(id)) {
                self.heads.remove(parent);
            }
            head = Some(event);
        }
        self.heads.insert(last.id, last.header.lamport);
        self.grow(&next.header, Tip::of(last))
    }

    /// Takes over the payloads of a run whose events are all here.
    pub(crate) fn fill(&mut self, run: &RunEvents) {
        for held in Held::all(run, 0) {
            let Some(event) = held.event().filter(|event| event.payload.is_some()) else {
                continue;
            };
            // What is not in memory is found in the log, where the newest record counts.
            let id = event.id;
            if self.recent.remove(&id) {
                self.recent.insert(held);
            }
        }
    }

    fn grow(&mut self, header: &Header, tip: Tip) -> Grown {
        let author = header.author;
        let Some(old) = self.tips.get(&author).copied() else {
            self.tips.insert(author, tip);
            return Grown::Branch;
        };
        let rotates = tip.key_ref == tip.id;
        if header.prev == Some(old.id) {
            self.tips.insert(author, tip);
            if rotates {
                self.branch(author, old);
            }
            return Grown::Branch;
        }
        let branches = self.branches.entry(author).or_default();
        let followed = header.prev.and_then(|prev| match rotates {
            true => branches.get(&prev).copied(),
            false => branches.remove(&prev),
        });
        let later = self.is_later(tip.key_ref, old.key_ref);
        let earlier = self.is_later(old.key_ref, tip.key_ref);
        let longer = (tip.author_seq, tip.id) > (old.author_seq, old.id);
        if later || (longer && !earlier) {
            self.tips.insert(author, tip);
            self.branch(author, old);
        } else {
            self.branch(author, tip);
        }
        if followed.is_some() || later || earlier { Grown::Branch } else { Grown::Fork }
    }

    fn branch(&mut self, author: Did, end: Tip) {
        self.branches.entry(author).or_default().insert(end.id, end);
    }

    /// Whether the key of `event` came after that of `other`, as far as was seen since the last start.
    fn is_later(&self, event: EventId, other: EventId) -> bool {
        let before = |event: &EventId| self.replaced.get(event).copied();
        std::iter::successors(before(&event), before).any(|earlier| earlier == other)
    }

    /// Takes note of the key that `event` gives its author; before the event is inserted.
    pub(crate) fn insert_key(&mut self, event: &Event, key: PublicKey) {
        self.keys.insert(event.id, (event.header.author, key));
        if event.header.author_seq > 0 {
            self.replaced.insert(event.id, event.header.key_ref);
        }
    }

    /// The last event of an author's chain, on the branch of the latest key.
    pub(crate) fn tip(&self, author: &Did) -> Option<Tip> {
        self.tips.get(author).copied()
    }

    /// The last event of the author's longest branch that ends with the key of `key_event`; the tip
    /// when there is none.
    pub(crate) fn tip_with(&self, author: &Did, key_event: EventId) -> Option<Tip> {
        let tip = self.tip(author)?;
        let branches = self.branches.get(author).into_iter().flat_map(BTreeMap::values).copied();
        let with_key = branches.chain([tip]).filter(|end| end.key_ref == key_event);
        with_key.max_by_key(|end| (end.author_seq, end.id)).or(Some(tip))
    }

    /// The tips, one for each author.
    pub(crate) fn tips(&self) -> impl ExactSizeIterator<Item = (&Did, &Tip)> {
        self.tips.iter()
    }

    /// Where authors may go on beside their tips.
    pub(crate) fn branch_ends(&self) -> impl Iterator<Item = (Did, Tip)> {
        let ends = |(author, ends): (&Did, &BTreeMap<EventId, Tip>)| {
            let author = *author;
            ends.values().map(move |end| (author, *end)).collect::<Vec<_>>()
        };
        self.branches.iter().flat_map(ends)
    }

    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = (&EventId, &(Did, PublicKey))> {
        self.keys.iter()
    }

    /// Number of heads.
    pub(crate) fn head_count(&self) -> usize {
        self.heads.len()
    }

    /// The heads with their Lamport times, ascending by id.
    pub(crate) fn heads(&self) -> Vec<(EventId, u64)> {
        let mut heads: Vec<_> = self.heads.iter().map(|(id, lamport)| (*id, *lamport)).collect();
        heads.sort_unstable();
        heads
    }

    /// Drops an event from memory; it stays findable through the log.
    pub(crate) fn forget(&mut self, id: &EventId) {
        self.recent.remove(id);
    }
}

/// Events in memory by id: 16 bytes each, the ids stand in the events themselves.
#[derive(Default)]
struct Recent {
    events: HashTable<Held>,
    /// Keyed at random, so that authors cannot choose ids that meet in one place.
    hasher: DefaultHashBuilder,
}

impl Recent {
    /// Ids are hashes: eight bytes of one tell as much as all of it.
    fn hash(hasher: &DefaultHashBuilder, id: &EventId) -> u64 {
        hasher.hash_one(id.0.first_chunk().map_or(0, |head| u64::from_le_bytes(*head)))
    }

    fn get(&self, id: &EventId) -> Option<&Event> {
        let hash = Self::hash(&self.hasher, id);
        self.events.find(hash, |held| held.is(id)).and_then(Held::event)
    }

    fn insert(&mut self, held: Held) {
        let hash = |held: &Held| Self::hash(&self.hasher, &held.order_key().1);
        self.events.insert_unique(hash(&held), held, hash);
    }

    /// Whether it was there.
    fn remove(&mut self, id: &EventId) -> bool {
        let hash = Self::hash(&self.hasher, id);
        let found = self.events.find_entry(hash, |held| held.is(id));
        found.map(|found| drop(found.remove())).is_ok()
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
        let Some(at) = self.reader.find_before(id, self.end)? else {
            return Ok(None);
        };
        let mut run = Run::decode(&self.reader.read(at.record)?)?;
        let slot = usize::from(at.slot);
        Ok((slot < run.events.len()).then(|| run.events.swap_remove(slot)))
    }
}

#[cfg(test)]
mod tests;
