//! The sync machine: finds out what peers have that is missing here, and fetches it.
//!
//! For each realm and peer, one after the other:
//!
//! 1. both sides say the root over their heads (32 bytes): equal means done;
//! 2. else coded symbols of the chain ends, until the difference lies open or half of what the plain list
//!    costs is spent; then the plain list;
//! 3. ranges of what is missing here, page by page in Lamport order;
//! 4. each run is checked for its place and handed to the node when its past is here; others are held,
//!    within bounds, while their past is looked up;
//! 5. begin anew, until the roots are equal, nothing is missing here, or a round brings nothing.
//!
//! Each side fetches for itself; who is ahead is asked by the other. Every round but the last brings at
//! least one event that was not here, so a peer that lies can waste a round and no more. What a peer can
//! make this machine hold is bounded: see the constants, and `docs/sync.md` for the sum.
//!
//! Keys, revocations and grants go first wherever there is a choice: among the runs of a page, and as
//! announcements, which carry the run itself.

mod announced;
mod border;
mod fetch;
mod forks;
mod order;
mod pull;
mod serve;

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::{Canonical, Digest, EventId, RealmId};

use crate::error::P2pError;
use crate::message::{ANNOUNCED_RUN_BYTES_MAX, Message};
use crate::peer::{Millis, PeerId, Random};
use crate::score::Deed;
use crate::store::{EventStore, Summary};
use announced::Announced;
use forks::Forks;
use pull::Pull;
use serve::Server;

pub use border::{Incoming, Input, Outcome, Output, RunOutcome, Ticket};
pub use fetch::{HELD_BYTES_MAX, HELD_RUNS_MAX, LOOKUPS_MAX};
pub use pull::{ENDS_MAX, REPLY_MS_MAX, SLOW_BYTES_MIN, SLOW_WINDOW_MS};
pub use serve::{SERVED_MAX, SERVED_PER_PEER_MAX};

/// Peers a realm is fetched from at once: one that is slow does not hold up the others.
pub const PULLS_PER_REALM_MAX: usize = 2;
/// Time between two comparisons with a peer when nothing is heard of it.
pub const INTERVAL_MS: u64 = 30_000;
/// How long a failed peer is left alone; doubled with each failure.
pub const RETRY_MS: u64 = 1_000;
/// The longest that a failed peer is left alone.
pub const RETRY_MS_MAX: u64 = 300_000;
/// Events of a realm whose payloads are looked for at once.
pub const HOLLOW_MAX: usize = crate::message::IDS_MAX;

/// Why an exchange is given up.
#[derive(Debug)]
pub(crate) enum Stop {
    Deed(Deed),
    Store,
}

impl From<pluto_error::Error> for Stop {
    fn from(error: pluto_error::Error) -> Self {
        let _ = error;
        Self::Store
    }
}

impl From<P2pError> for Stop {
    fn from(_: P2pError) -> Self {
        Self::Deed(Deed::Garbage)
    }
}

/// One step on behalf of one peer and realm.
pub(crate) struct Turn<'a> {
    pub(crate) peer: PeerId,
    pub(crate) realm: RealmId,
    pub(crate) now: Millis,
    pub(crate) random: &'a mut dyn Random,
    pub(crate) store: &'a dyn EventStore,
    pub(crate) out: &'a mut Vec<Output>,
    pub(crate) forks: &'a mut Forks,
}

impl Turn<'_> {
    pub(crate) fn send(&mut self, message: &Message) {
        self.out.push(Output::Send(self.peer, message.encode()));
    }

    pub(crate) fn did(&mut self, deed: Deed) {
        self.out.push(Output::Did(self.peer, deed));
    }

    /// What is here; nothing at all when the realm is not.
    pub(crate) fn summary(&self) -> Summary {
        self.store.summary(self.realm).unwrap_or_default()
    }

    /// Reports two states of the same events, if the two can be compared.
    pub(crate) fn compare(&mut self, ours: &Summary, theirs: &Summary) {
        let comparable = ours.absent == 0 && theirs.absent == 0;
        if comparable && ours.state_root != theirs.state_root {
            let (ours, theirs) = (ours.state_root, theirs.state_root);
            let error = P2pError::StatesDiffer { ours, theirs };
            self.out.push(Output::Fault(self.realm, self.peer, error));
        }
    }
}

/// How it stands with one peer in one realm.
#[derive(Debug, Default)]
struct Course {
    next_at: Millis,
    failures: u32,
    pull: Option<Pull>,
}

/// The sync machine of a node, for all realms and peers.
#[derive(Debug, Default)]
pub struct SyncMachine {
    peers: BTreeMap<PeerId, BTreeMap<RealmId, Course>>,
    server: Server,
    forks: Forks,
    hollow: BTreeMap<RealmId, Vec<EventId>>,
    announced: Announced,
}

impl SyncMachine {
    /// Takes one input and says what is to be done, in order.
    pub fn step(
        &mut self,
        input: Input<'_>,
        now: Millis,
        random: &mut dyn Random,
        store: &dyn EventStore,
    ) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Tick => self.tick(now, random, store, &mut out),
            Input::PeerUp(peer, realms) => {
                let courses = self.peers.entry(peer).or_default();
                courses.retain(|realm, _| realms.contains(realm));
                for realm in realms {
                    courses.entry(realm).or_default().next_at = now;
                }
            }
            Input::PeerDown(peer) => {
                self.peers.remove(&peer);
                self.server.forget(peer);
            }
            Input::Frame(peer, bytes) => match Message::from_frame(bytes) {
                Ok(message) => self.hear(peer, message, bytes.len(), now, random, store, &mut out),
                Err(error) => {
                    let is_large = error.code() == crate::codes::FRAME_TOO_LARGE;
                    let deed = if is_large { Deed::Oversize } else { Deed::Garbage };
                    out.push(Output::Did(peer, deed));
                }
            },
            Input::Applied(ticket, outcomes) => {
                self.applied(ticket, &outcomes, now, random, store, &mut out);
            }
            Input::Changed(realm, run) => self.announce(realm, run, store, &mut out),
            Input::Hollow(realm, mut ids) => {
                ids.truncate(HOLLOW_MAX);
                self.hollow.insert(realm, ids);
            }
            Input::SyncNow(realm) => {
                let courses = self.peers.values_mut().filter_map(|realms| realms.get_mut(&realm));
                courses.for_each(|course| course.next_at = now);
            }
        }
        out
    }

    /// How many exchanges are under way: those this node asked for, and those it serves.
    #[must_use]
    pub fn under_way(&self) -> (usize, usize) {
        let courses = self.peers.values().flat_map(BTreeMap::values);
        (courses.filter(|course| course.pull.is_some()).count(), self.server.len())
    }

    fn tick(
        &mut self,
        now: Millis,
        random: &mut dyn Random,
        store: &dyn EventStore,
        out: &mut Vec<Output>,
    ) {
        let mut active: BTreeMap<RealmId, usize> = BTreeMap::new();
        let mut due = Vec::new();
        for (peer, realms) in &mut self.peers {
            for (realm, course) in realms {
                let turn = &mut Turn {
                    peer: *peer,
                    realm: *realm,
                    now,
                    random: &mut *random,
                    store,
                    out: &mut *out,
                    forks: &mut self.forks,
                };
                course.pull_with(turn, |pull, turn| pull.on_tick(turn));
                match course.pull {
                    Some(_) => *active.entry(*realm).or_default() += 1,
                    None if course.next_at <= now => due.push((course.next_at, *peer, *realm)),
                    None => {}
                }
            }
        }
        // Who has waited longest goes first.
        due.sort_unstable();
        for (_, peer, realm) in due {
            let active = active.entry(realm).or_default();
            if *active >= PULLS_PER_REALM_MAX {
                continue;
            }
            let realms = self.peers.get_mut(&peer);
            let Some(course) = realms.and_then(|realms| realms.get_mut(&realm)) else { continue };
            let forks = &mut self.forks;
            let turn =
                &mut Turn { peer, realm, now, random: &mut *random, store, out: &mut *out, forks };
            let hollow = self.hollow.get(&realm).cloned().unwrap_or_default();
            course.pull = Some(Pull::open(turn, hollow));
            *active += 1;
        }
        self.server.expire(now);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call in one place; a struct would name it twice"
    )]
    fn hear(
        &mut self,
        peer: PeerId,
        message: Message,
        bytes: usize,
        now: Millis,
        random: &mut dyn Random,
        store: &dyn EventStore,
        out: &mut Vec<Output>,
    ) {
        let Some(courses) = self.peers.get_mut(&peer) else { return };
        let forks = &mut self.forks;
        let realm = RealmId::ZERO;
        let mut turn = Turn { peer, realm, now, random, store, out, forks };
        match message {
            Message::Open { realm, summary, .. } => {
                turn.realm = realm;
                let shared = courses.get_mut(&realm);
                if let Some(course) = shared.filter(|course| course.pull.is_none())
                    && summary.heads_root != turn.summary().heads_root
                {
                    course.next_at = course.next_at.min(now);
                }
                self.server.open(&message, courses.contains_key(&realm), &mut turn);
            }
            Message::AskSymbols { .. }
            | Message::AskVector { .. }
            | Message::AskRanges { .. }
            | Message::AskMore { .. }
            | Message::AskEvents { .. } => self.server.answer(message, &mut turn),
            Message::Announce { realm, heads_root, run } => {
                let Some(course) = courses.get_mut(&realm) else { return };
                turn.realm = realm;
                let taken = run.is_some_and(|run| self.announced.take(run, heads_root, &mut turn));
                if !taken && heads_root != turn.summary().heads_root {
                    course.next_at = course.next_at.min(now);
                }
            }
            Message::Opened { session, .. }
            | Message::Symbols { session, .. }
            | Message::Vector { session, .. }
            | Message::Page { session, .. }
            | Message::Refused { session, .. } => {
                // An answer to an exchange that ended here meanwhile is late and no misdeed.
                let open = |course: &Course| course.pull.as_ref().is_some_and(|p| p.is(session.id));
                let found = courses.iter_mut().find(|(_, course)| open(course));
                if let Some((realm, course)) = found {
                    turn.realm = *realm;
                    course.pull_with(&mut turn, |pull, turn| pull.on_message(message, bytes, turn));
                }
            }
        }
    }

    fn applied(
        &mut self,
        ticket: Ticket,
        outcomes: &[RunOutcome],
        now: Millis,
        random: &mut dyn Random,
        store: &dyn EventStore,
        out: &mut Vec<Output>,
    ) {
        let Ticket { peer, realm, session, number } = ticket;
        let forks = &mut self.forks;
        let mut turn = Turn { peer, realm, now, random, store, out, forks };
        let course = self.peers.get_mut(&peer).and_then(|realms| realms.get_mut(&realm));
        if session == 0 {
            let is_equal = self.announced.applied(&ticket, outcomes, &mut turn);
            if let Some(course) = course.filter(|_| !is_equal) {
                course.next_at = course.next_at.min(now.saturating_add(RETRY_MS));
            }
            return;
        }
        let Some(course) = course else { return };
        if course.pull.as_ref().is_some_and(|pull| pull.is(session)) {
            course.pull_with(&mut turn, |pull, turn| pull.on_applied(number, outcomes, turn));
        }
    }

    fn announce(
        &self,
        realm: RealmId,
        run: Option<Arc<[u8]>>,
        store: &dyn EventStore,
        out: &mut Vec<Output>,
    ) {
        let heads_root = store.summary(realm).map_or(Digest::ZERO, |summary| summary.heads_root);
        let run = run.filter(|run| run.len() <= ANNOUNCED_RUN_BYTES_MAX);
        let frame = Message::Announce { realm, heads_root, run }.encode();
        let sharing = self.peers.iter().filter(|(_, realms)| realms.contains_key(&realm));
        out.extend(sharing.map(|(peer, _)| Output::Send(*peer, frame.clone())));
    }
}

impl Course {
    /// Lets the exchange step, and puts it away when it has ended.
    fn pull_with(
        &mut self,
        turn: &mut Turn<'_>,
        step: impl FnOnce(&mut Pull, &mut Turn<'_>) -> Result<Option<Outcome>, Stop>,
    ) {
        let Some(pull) = &mut self.pull else { return };
        let outcome = match step(pull, turn) {
            Ok(None) => return,
            Ok(Some(outcome)) => outcome,
            Err(Stop::Store) => Outcome::Unread,
            Err(Stop::Deed(deed)) => {
                turn.did(deed);
                match deed {
                    Deed::Silent | Deed::Slow => Outcome::TimedOut,
                    Deed::Stale => Outcome::Stale,
                    _ => Outcome::Misbehaved,
                }
            }
        };
        turn.out.push(Output::Ended(turn.peer, turn.realm, outcome, pull.events()));
        self.pull = None;
        let wait = if outcome.is_good() {
            self.failures = 0;
            INTERVAL_MS
        } else {
            self.failures = self.failures.saturating_add(1);
            RETRY_MS.saturating_mul(1 << (self.failures - 1).min(20)).min(RETRY_MS_MAX)
        };
        // Nodes that started together do not go on together.
        let wait = wait - turn.random.next() % (wait / 4).max(1);
        self.next_at = turn.now.saturating_add(wait);
    }
}

#[cfg(test)]
pub(crate) mod tests;
