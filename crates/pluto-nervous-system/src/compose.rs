//! Composing events: fills in headers so that a realm admits them.
//!
//! A composer keeps its own picture of heads and tips, so that many events can be written ahead of
//! their acknowledgement. Two composers that write for the same author at the same time make a fork:
//! an author has one.

use std::collections::{BTreeMap, HashMap};

use pluto_core::event::payload_hash;
use pluto_core::limits::PARENTS_MAX;
use pluto_core::payload::{
    CHAINED_VERSION, ChainedCheckpoint, Inception, PAYLOAD_VERSION, ROUND_VERSION, RealmGenesis,
    RoundVote, heads_root,
};
use pluto_core::{Canonical, Did, Digest, Event, EventId, Header, Kind, RealmId};

use crate::event_sourcing::Tip;
use crate::writer::Draft;

/// Writes events for one realm.
#[derive(Clone, Debug)]
pub struct Composer {
    realm: RealmId,
    heads: BTreeMap<EventId, u64>,
    tips: HashMap<Did, Tip>,
}

impl Composer {
    /// Goes on from what the realm looks like to one author.
    #[must_use]
    pub fn resume(realm: RealmId, author: Did, draft: Draft) -> Self {
        let lamport = draft.lamport.saturating_sub(1);
        let heads = draft.parents.into_iter().map(|id| (id, lamport)).collect();
        let tips = draft.tip.map(|tip| (author, tip)).into_iter().collect();
        Self { realm, heads, tips }
    }

    /// Opens a realm: the genesis event, and a composer that goes on from it.
    #[must_use]
    pub fn genesis(genesis: &RealmGenesis, wall_ms: u64) -> (Self, Event) {
        let mut composer =
            Self { realm: RealmId::ZERO, heads: BTreeMap::new(), tips: HashMap::new() };
        let author = genesis.creator.did();
        let event = composer.compose(author, Kind::RealmGenesis, &genesis.encode(), wall_ms);
        composer.realm = RealmId(event.id.0);
        (composer, event)
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.realm
    }

    /// Whether the author has written in the realm, as far as this composer knows.
    #[must_use]
    pub fn knows(&self, author: &Did) -> bool {
        self.tips.contains_key(author)
    }

    /// The first event of an author.
    pub fn inception(&mut self, inception: &Inception, wall_ms: u64) -> Event {
        let payload = inception.encode();
        self.compose(inception.did(), Kind::IdentityBootstrapped, &payload, wall_ms)
    }

    /// The next event of `author`, after everything this composer knows.
    pub fn compose(&mut self, author: Did, kind: Kind, payload: &[u8], wall_ms: u64) -> Event {
        self.compose_version(author, kind, PAYLOAD_VERSION, payload, wall_ms)
    }

    /// The next event of `author` signs a chained checkpoint. It proposes it when its event-set root is
    /// [`Composer::event_set_root`].
    pub fn sign(&mut self, author: Did, checkpoint: &ChainedCheckpoint, wall_ms: u64) -> Event {
        let payload = checkpoint.encode();
        self.compose_version(author, Kind::CheckpointSigned, CHAINED_VERSION, &payload, wall_ms)
    }

    /// The next event of `author` says one of its two words in a round; it proposes as [`Composer::sign`].
    pub fn vote(&mut self, author: Did, vote: &RoundVote, wall_ms: u64) -> Event {
        let payload = vote.encode();
        self.compose_version(author, Kind::CheckpointSigned, ROUND_VERSION, &payload, wall_ms)
    }

    /// The root of the set that the next event stands behind: everything this composer knows, as long as
    /// that has no more than 16 heads.
    #[must_use]
    pub fn event_set_root(&self) -> Digest {
        heads_root(&self.parents().1)
    }

    /// The Lamport time of the next event, and its parents.
    fn parents(&self) -> (u64, Vec<EventId>) {
        let mut heads: Vec<(u64, EventId)> =
            self.heads.iter().map(|(id, lamport)| (*lamport, *id)).collect();
        heads.sort_unstable_by(|a, b| b.cmp(a));
        heads.truncate(PARENTS_MAX);
        let lamport = heads.first().map_or(0, |(lamport, _)| *lamport) + 1;
        let mut parents: Vec<EventId> = heads.into_iter().map(|(_, id)| id).collect();
        parents.sort_unstable();
        (lamport, parents)
    }

    /// The next event of `author`, with a payload of that version.
    pub fn compose_version(
        &mut self,
        author: Did,
        kind: Kind,
        payload_version: u8,
        payload: &[u8],
        wall_ms: u64,
    ) -> Event {
        let tip = self.tips.get(&author).copied();
        let (lamport, parents) = self.parents();
        let header = Header {
            realm: self.realm,
            author,
            key_ref: tip.map_or(EventId::ZERO, |tip| tip.key_ref),
            author_seq: tip.map_or(0, |tip| tip.author_seq + 1),
            prev: tip.map(|tip| tip.id),
            parents: parents.into(),
            lamport,
            wall_ms,
            kind: kind.number(),
            payload_version,
            payload_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            payload_hash: payload_hash(payload),
        };
        let event = Event { id: header.id(), header, payload: Some(payload.into()) };
        self.note(&event);
        event
    }

    /// Takes over what another composer of the same realm has written: the next event comes after
    /// both. Heads that the other has covered stay named; that costs bytes and is no error.
    pub fn merge(&mut self, other: &Self) {
        self.heads.extend(other.heads.iter().map(|(id, lamport)| (*id, *lamport)));
        for (author, tip) in &other.tips {
            let known = self.tips.get(author).is_some_and(|own| own.author_seq >= tip.author_seq);
            if !known {
                self.tips.insert(*author, *tip);
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let header = &event.header;
        for parent in header.parents.iter() {
            self.heads.remove(parent);
        }
        self.heads.insert(event.id, header.lamport);
        self.tips.insert(header.author, Tip::of(event));
    }
}
