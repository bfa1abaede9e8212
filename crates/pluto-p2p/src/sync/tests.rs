//! Two machines over a perfect line, and one against liars.

mod liars;

use std::collections::VecDeque;

use pluto_core::event::payload_hash;
use pluto_core::payload::PAYLOAD_VERSION;
use pluto_core::{Did, Event, Header, Kind, Namespace, Run, Signature};

use super::*;
use crate::head::ChainEnd;
use crate::memory::MemoryEvents;
use crate::peer::Seeded;

const A: PeerId = PeerId([1; 32]);
const B: PeerId = PeerId([2; 32]);

fn did(number: u32) -> Did {
    let mut id = [9; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Did { namespace: Namespace::Person, id }
}

/// Writes events; clones are branches.
#[derive(Clone)]
pub(crate) struct Pen {
    realm: RealmId,
    heads: Vec<(EventId, u64)>,
    /// Last event, its number, and the key event of what follows.
    tips: BTreeMap<Did, (EventId, u64, EventId)>,
}

impl Pen {
    pub(crate) fn open() -> (Self, Run) {
        let mut pen = Self { realm: RealmId::ZERO, heads: Vec::new(), tips: BTreeMap::new() };
        let run = pen.run(0, 1, Kind::RealmGenesis);
        pen.realm = run.realm().unwrap();
        (pen, run)
    }

    pub(crate) fn run(&mut self, author: u32, count: usize, kind: Kind) -> Run {
        let events = (0..count).map(|_| self.event(did(author), kind)).collect();
        Run { signature: Signature([3; 64]), events }
    }

    fn event(&mut self, author: Did, kind: Kind) -> Event {
        let tip = self.tips.get(&author).copied();
        let payload = self.heads.len().to_be_bytes();
        let mut parents: Vec<EventId> = self.heads.iter().map(|(id, _)| *id).collect();
        parents.sort_unstable();
        let header = Header {
            realm: self.realm,
            author,
            key_ref: tip.map_or(EventId::ZERO, |(_, _, key)| key),
            author_seq: tip.map_or(0, |(_, seq, _)| seq + 1),
            prev: tip.map(|(id, ..)| id),
            lamport: 1 + self.heads.iter().map(|(_, lamport)| *lamport).max().unwrap_or(0),
            parents: parents.into(),
            wall_ms: 0,
            kind: kind.number(),
            payload_version: PAYLOAD_VERSION,
            payload_len: 8,
            payload_hash: payload_hash(&payload),
        };
        let event = Event { id: header.id(), payload: Some(payload.as_slice().into()), header };
        self.heads = vec![(event.id, event.header.lamport)];
        let key = tip.map_or(event.id, |(_, _, key)| key);
        self.tips.insert(author, (event.id, event.header.author_seq, key));
        event
    }
}

/// A node over a perfect line to one other.
struct Node {
    machine: SyncMachine,
    store: MemoryEvents,
    log: Vec<Output>,
}

struct Pair {
    nodes: [Node; 2],
    random: Seeded,
    now: Millis,
    bytes: usize,
    run_bytes: usize,
}

impl Pair {
    fn new(realm: RealmId, runs: [&[Run]; 2]) -> Self {
        let nodes = runs.map(|runs| {
            let mut store = MemoryEvents::default();
            for run in runs {
                store.insert(run);
            }
            Node { machine: SyncMachine::default(), store, log: Vec::new() }
        });
        let mut pair = Self { nodes, random: Seeded(1), now: 0, bytes: 0, run_bytes: 0 };
        pair.give(0, Input::PeerUp(B, vec![realm]));
        pair.give(1, Input::PeerUp(A, vec![realm]));
        pair
    }

    /// Gives an input to one node and carries out everything that follows, on both.
    fn give(&mut self, at: usize, input: Input<'_>) {
        let mut frames = VecDeque::new();
        self.step(at, input, &mut frames);
        while let Some((to, frame)) = frames.pop_front() {
            let from = if to == 0 { B } else { A };
            self.bytes += frame.len();
            if let Ok(Message::Page { runs, .. }) = Message::from_frame(&frame) {
                self.run_bytes += runs.iter().map(|run| run.len()).sum::<usize>();
            }
            self.step(to, Input::Frame(from, &frame), &mut frames);
        }
    }

    fn step(&mut self, at: usize, input: Input<'_>, frames: &mut VecDeque<(usize, Vec<u8>)>) {
        let node = &mut self.nodes[at];
        let outputs = node.machine.step(input, self.now, &mut self.random, &node.store);
        for output in outputs {
            match output {
                Output::Send(_, frame) => frames.push_back((1 - at, frame)),
                Output::Apply(ticket, runs) => {
                    let store = &mut self.nodes[at].store;
                    let outcomes = runs.iter().map(|incoming| admit(store, ticket, incoming));
                    let outcomes = outcomes.collect();
                    self.step(at, Input::Applied(ticket, outcomes), frames);
                }
                other => self.nodes[at].log.push(other),
            }
        }
    }

    fn tick(&mut self, ms: u64) {
        self.now += ms;
        for at in 0..2 {
            self.give(at, Input::Tick);
        }
    }

    fn outcomes(&self, at: usize) -> Vec<Outcome> {
        let ended = self.nodes[at].log.iter().filter_map(|output| match output {
            Output::Ended(_, _, outcome, _) => Some(*outcome),
            _ => None,
        });
        ended.collect()
    }
}

/// What a node that admits answers; panics when a run comes before its past.
fn admit(store: &mut MemoryEvents, ticket: Ticket, incoming: &Incoming) -> RunOutcome {
    for event in &incoming.run.events {
        for link in order::links(event) {
            let inside = incoming.run.events.iter().any(|other| other.id == link);
            assert!(inside || store.has(ticket.realm, &link).unwrap(), "a run before its past");
        }
    }
    match store.insert(&incoming.run) {
        0 => RunOutcome::Known,
        new => RunOutcome::New(u32::try_from(new).unwrap()),
    }
}

fn converge(pair: &mut Pair, realm: RealmId) {
    for _ in 0..20 {
        pair.tick(INTERVAL_MS);
    }
    let [a, b] = [0, 1].map(|at| pair.nodes[at].store.summary(realm));
    assert_eq!(a, b);
    let bad = |output: &&Output| matches!(output, Output::Did(_, deed) if *deed != Deed::Useful);
    for node in &pair.nodes {
        assert_eq!(node.log.iter().find(bad), None);
        assert_eq!(node.machine.under_way().0, 0);
    }
}

#[test]
fn equal_sets_cost_two_small_messages() {
    let (pen, genesis) = Pen::open();
    let both = [genesis];
    let mut pair = Pair::new(pen.realm, [&both, &both]);
    pair.now = 1;
    pair.give(0, Input::Tick);
    assert_eq!(pair.outcomes(0), [Outcome::Equal]);
    assert!(pair.bytes <= 400, "{} bytes", pair.bytes);
}

#[test]
fn an_empty_node_gets_everything() {
    let (mut pen, genesis) = Pen::open();
    let mut runs = vec![genesis];
    for author in 0..60 {
        runs.push(pen.run(author, 1 + author as usize % 9, Kind::RecordPut));
    }
    let mut pair = Pair::new(pen.realm, [&runs, &[]]);
    converge(&mut pair, pen.realm);
    assert_eq!(pair.outcomes(1).first(), Some(&Outcome::Equal));
}

#[test]
fn both_sides_get_what_they_lack_in_few_bytes() {
    let (mut pen, genesis) = Pen::open();
    let mut shared = vec![genesis];
    shared.extend((0..300).map(|author| pen.run(author, 2, Kind::RecordPut)));
    let (mut left, mut right) = (pen.clone(), pen.clone());
    let mut ours = shared.clone();
    ours.extend((0..5).map(|author| left.run(author, 3, Kind::RecordPut)));
    let mut theirs = shared.clone();
    theirs.extend((100..104).map(|author| right.run(author, 3, Kind::RecordPut)));
    let mut pair = Pair::new(pen.realm, [&ours, &theirs]);
    pair.tick(1);
    // The plain list of one side alone is 300 tuples of 24 bytes.
    let control = pair.bytes - pair.run_bytes;
    assert!(control < 300 * 24, "{control} bytes of control");
    converge(&mut pair, pen.realm);
}

#[test]
fn a_fork_is_synced_on_both_sides_and_shown() {
    for (left, right) in [(1, 1), (30, 1), (1, 30), (30, 25), (200, 3)] {
        let (mut pen, genesis) = Pen::open();
        let mut shared = vec![genesis, pen.run(1, 1, Kind::IdentityBootstrapped)];
        shared.extend((0..40).map(|_| pen.run(1, 3, Kind::RecordPut)));
        let mut other = pen.clone();
        let stranger = other.run(7, 1, Kind::IdentityBootstrapped);
        let branch = |pen: &mut Pen, count: usize| {
            (0..count).map(|_| pen.run(1, 2, Kind::RecordPut)).collect::<Vec<_>>()
        };
        let ours = [shared.clone(), branch(&mut pen, left)].concat();
        let theirs = [shared, vec![stranger], branch(&mut other, right)].concat();
        let mut pair = Pair::new(pen.realm, [&ours, &theirs]);
        converge(&mut pair, pen.realm);
        for node in &pair.nodes {
            let shown = node.log.iter().filter(|output| matches!(output, Output::Fork(..)));
            assert_eq!(shown.count(), 1, "{left} and {right}");
        }
    }
}

#[test]
fn an_announced_run_is_taken_without_asking() {
    let (mut pen, genesis) = Pen::open();
    let both = [genesis];
    let mut pair = Pair::new(pen.realm, [&both, &both]);
    pair.tick(1);
    let before = pair.bytes;
    let run = pen.run(0, 1, Kind::DelegationRevoked);
    pair.nodes[0].store.insert(&run);
    let bytes: Arc<[u8]> = run.encode().into();
    pair.give(0, Input::Changed(pen.realm, Some(Arc::clone(&bytes))));
    pair.tick(100);
    let [a, b] = [0, 1].map(|at| pair.nodes[at].store.summary(pen.realm));
    assert_eq!(a, b);
    assert!(pair.bytes - before < bytes.len() + 100);
}

#[test]
fn keys_and_grants_are_handed_on_first() {
    let (mut pen, genesis) = Pen::open();
    let mut fork = pen.clone();
    let records: Vec<Run> = (1..9).map(|author| pen.run(author, 1, Kind::RecordPut)).collect();
    let before = fork.run(20, 1, Kind::RecordPut);
    let grant = fork.run(20, 1, Kind::DelegationCreated);
    let all = [vec![genesis], records, vec![before.clone(), grant.clone()]].concat();
    let incoming = |run: Run| Incoming { bytes: run.encode().into(), run: Arc::new(run) };
    let ordered = order::critical_first(all.into_iter().map(incoming).collect());
    let ids: Vec<EventId> = ordered.iter().map(|one| one.run.events[0].id).collect();
    assert_eq!(ids[1..3], [before.events[0].id, grant.events[0].id]);
}

#[test]
fn equal_sets_with_unequal_states_are_a_fault_unless_payloads_are_absent() {
    let (mut pen, genesis) = Pen::open();
    let run = pen.run(0, 2, Kind::RecordPut);
    let mut hollow = run.clone();
    hollow.events[1].payload = None;
    let both = [genesis.clone(), run.clone()];
    let mut pair = Pair::new(pen.realm, [&both, &both]);
    pair.nodes[0].store.set_state(pen.realm, Digest([1; 32]));
    pair.tick(1);
    let fault =
        |output: &Output| matches!(output, Output::Fault(_, _, P2pError::StatesDiffer { .. }));
    assert!(pair.nodes.iter().all(|node| node.log.iter().any(fault)));

    let mut pair = Pair::new(pen.realm, [&[genesis, hollow], &both]);
    pair.nodes[0].store.set_state(pen.realm, Digest([1; 32]));
    let ids = pair.nodes[0].store.absent(pen.realm).copied().collect();
    pair.give(0, Input::Hollow(pen.realm, ids));
    pair.tick(1);
    assert!(!pair.nodes.iter().any(|node| node.log.iter().any(fault)));
    assert_eq!(pair.nodes[0].store.absent(pen.realm).count(), 0, "the payload was fetched");
}

#[test]
fn what_a_peer_has_no_more_is_no_lie() {
    let (mut pen, genesis) = Pen::open();
    let mut runs = vec![genesis.clone()];
    runs.extend((0..10).map(|_| pen.run(1, 1, Kind::RecordPut)));
    let mut pair = Pair::new(pen.realm, [&runs, &[genesis]]);
    pair.nodes[0].store.prune(pen.realm, &runs[3].events[0].id);
    pair.tick(1);
    assert_eq!(pair.outcomes(1), [Outcome::Partial]);
    assert!(!pair.nodes[1].log.iter().any(|o| matches!(o, Output::Did(_, Deed::Stale))));
}

#[test]
fn a_cut_costs_what_was_under_way_and_no_more() {
    let (mut pen, genesis) = Pen::open();
    let mut runs = vec![genesis];
    runs.extend((0..120).map(|n| pen.run(n % 7, 100, Kind::RecordPut)));
    let mut pair = Pair::new(pen.realm, [&runs, &[]]);
    let mut frames = VecDeque::new();
    let mut kept = 0;
    for cut in 1..60 {
        // The line breaks after ever more frames.
        pair.now += 1;
        pair.step(1, Input::PeerDown(A), &mut frames);
        pair.step(1, Input::PeerUp(A, vec![pen.realm]), &mut frames);
        pair.step(1, Input::Tick, &mut frames);
        for _ in 0..cut {
            let Some((to, frame)) = frames.pop_front() else { break };
            pair.step(to, Input::Frame(if to == 0 { B } else { A }, &frame), &mut frames);
        }
        frames.clear();
        let events = pair.nodes[1].store.summary(pen.realm).map_or(0, |summary| summary.events);
        assert!(events >= kept);
        kept = events;
    }
    assert_eq!(pair.nodes[0].store.summary(pen.realm), pair.nodes[1].store.summary(pen.realm));
}

#[test]
fn a_realm_that_is_not_shared_is_not_admitted_to() {
    let (pen, genesis) = Pen::open();
    let both = [genesis];
    let mut pair = Pair::new(pen.realm, [&both, &both]);
    pair.give(0, Input::PeerUp(B, Vec::new()));
    pair.tick(1);
    assert_eq!(pair.outcomes(1), [Outcome::Refused]);
    let end = ChainEnd { author: did(0), seq: 0, id: EventId::ZERO };
    pair.nodes[0].store.insert_pruned(RealmId([8; 32]), end);
    pair.give(1, Input::PeerUp(A, vec![RealmId([8; 32])]));
    pair.tick(1);
    assert_eq!(pair.outcomes(1), [Outcome::Refused, Outcome::Refused]);
}
