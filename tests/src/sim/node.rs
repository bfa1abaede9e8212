//! An honest node: the sync machine and the scores over a disk, and an author who writes there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pluto_core::{Canonical, Did, RealmId, Run};
use pluto_identity::Zip215Verifier;
use pluto_identity::grant::GrantId;
use pluto_node::node::SKEW_MS_MAX;
use pluto_p2p::score::{self, Deed, Scores};
use pluto_p2p::sync::{Input, Outcome, Output, PULLS_PER_REALM_MAX, SERVED_MAX, SyncMachine};
use pluto_p2p::{Millis, PeerId, Random, Seeded};

use super::disk::Disk;
use super::seat::Witness;
use super::writing::{Last, next_run};
use crate::people::Person;

/// What a node wants the network to do.
pub(super) enum Wish {
    Send(PeerId, Vec<u8>),
}

pub(super) struct Node {
    pub(super) id: PeerId,
    pub(super) disk: Disk,
    pub(super) is_up: bool,
    /// How far its calendar is ahead of the world's; it is written into events.
    skew_ms: u64,
    /// How far the clock of its machines is ahead of the world's.
    pub(super) clock_ms: u64,
    author: Person,
    last: Option<Last>,
    grants: BTreeMap<Did, Vec<GrantId>>,
    machine: SyncMachine,
    scores: Scores,
    /// Peers that are shut out now.
    banned: BTreeSet<PeerId>,
    /// Every peer that was shut out once.
    pub(super) ever_banned: BTreeSet<PeerId>,
    /// Places that were shown to be forked.
    pub(super) forks: BTreeSet<(Did, u64)>,
    /// The worst that each peer was said to have done.
    pub(super) accused: BTreeMap<PeerId, BTreeSet<Deed>>,
    pub(super) faults: BTreeSet<PeerId>,
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    peers: Vec<PeerId>,
    random: Seeded,
    /// The witness that runs here, if one does.
    pub(super) witness: Option<Witness>,
}

impl Node {
    pub(super) fn new(
        id: PeerId,
        realm: RealmId,
        author: Person,
        skew_ms: u64,
        peers: Vec<PeerId>,
        seed: u64,
    ) -> Self {
        Self {
            id,
            disk: Disk::new(realm),
            is_up: false,
            skew_ms,
            clock_ms: skew_ms,
            author,
            last: None,
            grants: BTreeMap::new(),
            machine: SyncMachine::default(),
            scores: Scores::default(),
            banned: BTreeSet::new(),
            ever_banned: BTreeSet::new(),
            forks: BTreeSet::new(),
            accused: BTreeMap::new(),
            faults: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            peers,
            random: Seeded(seed),
            witness: None,
        }
    }

    /// Takes a run that is here from the start.
    pub(super) fn begin_with(&mut self, run: &Run) {
        self.disk.admit(run);
        self.disk.sync();
        if run.author() == Some(self.author.did()) {
            self.last = Last::of(run);
        }
    }

    pub(super) fn did(&self) -> Did {
        self.author.did()
    }

    fn now(&self, world_ms: Millis) -> Millis {
        world_ms + self.clock_ms
    }

    pub(super) fn start(&mut self, world_ms: Millis) -> Vec<Wish> {
        self.is_up = true;
        let mut wishes = Vec::new();
        for peer in self.peers.clone() {
            let realms = vec![self.disk.realm];
            self.give(Input::PeerUp(peer, realms), world_ms, &mut wishes);
        }
        wishes
    }

    /// The power goes: the machine and what was not synced are gone.
    /// Gives the number of runs that are lost.
    pub(super) fn crash(&mut self) -> usize {
        self.is_up = false;
        self.machine = SyncMachine::default();
        self.scores = Scores::default();
        self.banned.clear();
        if let Some(witness) = &mut self.witness {
            witness.crash();
        }
        self.disk.crash()
    }

    pub(super) fn tick(&mut self, world_ms: Millis) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let outputs = self.scores.step(score::Input::Tick, self.now(world_ms));
        self.heed(outputs, world_ms, &mut wishes);
        self.give(Input::Tick, world_ms, &mut wishes);
        wishes
    }

    pub(super) fn hear(&mut self, from: PeerId, frame: &[u8], world_ms: Millis) -> Vec<Wish> {
        let mut wishes = Vec::new();
        if self.banned.contains(&from) {
            return wishes;
        }
        let traffic = score::Input::Traffic(from, frame.len() as u64);
        let outputs = self.scores.step(traffic, self.now(world_ms));
        if outputs.is_empty() {
            self.give(Input::Frame(from, frame), world_ms, &mut wishes);
        } else {
            self.note(from, Deed::Flood);
            self.heed(outputs, world_ms, &mut wishes);
        }
        wishes
    }

    /// The author writes.
    pub(super) fn write(&mut self, people: &[Did], world_ms: Millis) -> Vec<Wish> {
        if self.disk.log.is_empty() {
            return Vec::new();
        }
        // The author's clock may be days off; it orders nothing.
        let wall_ms = world_ms + self.skew_ms;
        let run = next_run(
            &self.disk,
            &self.author,
            self.last,
            wall_ms,
            people,
            &mut self.grants,
            &mut self.random,
        );
        self.last = Last::of(&run);
        self.publish(&run, world_ms)
    }

    /// The witness does what is due; gives what went wrong.
    pub(super) fn witness(&mut self, world_ms: Millis) -> Result<Vec<Wish>, String> {
        let now = self.now(world_ms);
        let Some(witness) = &mut self.witness else { return Ok(Vec::new()) };
        // Its calendar is wrong by less than what others bear.
        let now_ms = world_ms + self.skew_ms % (SKEW_MS_MAX / 2);
        let realm = self.disk.realm;
        let said = witness.look(realm, &self.disk.log, now, now_ms);
        let said = said.map_err(|error| error.chain())?;
        Ok(said.iter().flat_map(|run| self.publish(run, world_ms)).collect())
    }

    /// Takes in what somebody writes here: synced before anybody hears of it.
    pub(super) fn publish(&mut self, run: &Run, world_ms: Millis) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let outcome = self.disk.admit(run);
        assert!(
            matches!(outcome, pluto_p2p::sync::RunOutcome::New(_)),
            "own run refused: {outcome:?}"
        );
        self.disk.sync();
        let bytes: Arc<[u8]> = run.encode().into();
        let realm = self.disk.realm;
        self.give(Input::Changed(realm, Some(bytes)), world_ms, &mut wishes);
        wishes
    }

    fn give(&mut self, input: Input<'_>, world_ms: Millis, wishes: &mut Vec<Wish>) {
        let now = self.now(world_ms);
        let outputs = self.machine.step(input, now, &mut self.random, &self.disk.events);
        for output in outputs {
            match output {
                Output::Send(to, frame) => wishes.push(Wish::Send(to, frame)),
                Output::Apply(ticket, runs) => {
                    let outcomes =
                        runs.iter().map(|incoming| self.disk.admit(&incoming.run)).collect();
                    self.give(Input::Applied(ticket, outcomes), world_ms, wishes);
                }
                Output::Did(peer, deed) => {
                    self.note(peer, deed);
                    let outputs = self.scores.step(score::Input::Did(peer, deed), now);
                    self.heed(outputs, world_ms, wishes);
                }
                Output::Fork(_, proof) => {
                    let key = self.disk.key_of(&proof.author());
                    let holds = key.map(|key| proof.verify(key, &Zip215Verifier));
                    assert_eq!(holds, Some(Ok(())), "a proof that does not hold");
                    self.forks.insert((proof.author(), proof.seq()));
                }
                Output::Fault(_, peer, _) => drop(self.faults.insert(peer)),
                Output::Ended(_, _, outcome, _) => *self.outcomes.entry(outcome).or_default() += 1,
            }
        }
        let (pulls, served) = self.machine.under_way();
        assert!(pulls <= PULLS_PER_REALM_MAX && served <= SERVED_MAX, "{pulls}, {served}");
    }

    fn note(&mut self, peer: PeerId, deed: Deed) {
        self.accused.entry(peer).or_default().insert(deed);
    }

    fn heed(&mut self, outputs: Vec<score::Output>, world_ms: Millis, wishes: &mut Vec<Wish>) {
        for output in outputs {
            match output {
                score::Output::ShutOut(peer, _) => {
                    self.banned.insert(peer);
                    self.ever_banned.insert(peer);
                    self.give(Input::PeerDown(peer), world_ms, wishes);
                }
                score::Output::LetIn(peer) => {
                    self.banned.remove(&peer);
                    let realms = vec![self.disk.realm];
                    self.give(Input::PeerUp(peer, realms), world_ms, wishes);
                }
                score::Output::Drop(_) => {}
            }
        }
    }

    /// A number of its own, for whoever steers the world.
    pub(super) fn draw(&mut self) -> u64 {
        self.random.next()
    }
}
