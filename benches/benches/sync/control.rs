//! What it costs two nodes to find out what one of them lacks: bytes of control, without the events.
//!
//! A realm of a million events by a thousand authors, of whom the busiest writes thirty times as much as
//! the quietest. One node has all of it, the other lacks the newest; the exchange is the real one, byte
//! for byte. Beside it stand the plain vector (author, number and hash of every chain end, 73 bytes) and
//! what the exchange would cost if it always took the list of tuples. Counts do not depend on the
//! machine; the time is that of both nodes together.

use std::collections::VecDeque;
use std::time::Instant;

use pluto_benches::{say, size};
use pluto_core::event::payload_hash;
use pluto_core::{Did, Event, EventId, Header, Kind, Namespace, RealmId, Run, Signature};
use pluto_p2p::head::ChainEnd;
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::message::Message;
use pluto_p2p::store::EventStore;
use pluto_p2p::sync::{Input, Output, RunOutcome, SyncMachine};
use pluto_p2p::{PeerId, Random, Seeded};

use super::ranges::Common;

const REALM: RealmId = RealmId([0x11; 32]);
const VECTOR_ROW: usize = 33 + 8 + 32;
const PEERS: [PeerId; 2] = [PeerId([1; 32]), PeerId([2; 32])];

pub(crate) fn random_id(random: &mut Seeded) -> [u8; 32] {
    let mut id = [0; 32];
    id.chunks_mut(8).for_each(|part| part.copy_from_slice(&random.next().to_be_bytes()));
    id
}

/// The last event of every author: of what came before, only its place is known.
fn base(authors: u64, events: u64) -> Vec<ChainEnd> {
    let mut random = Seeded(1);
    let author = |random: &mut Seeded| Did { namespace: Namespace::Person, id: random_id(random) };
    (0..authors)
        .map(|_| {
            let seq = events / authors;
            ChainEnd { author: author(&mut random), seq, id: EventId(random_id(&mut random)) }
        })
        .collect()
}

/// The rank of an author who writes: the square of a uniform number, so rank r writes like 1/√r.
fn writer(authors: usize, random: &mut Seeded) -> usize {
    let uniform = random.next() % 1_000_000;
    usize::try_from(uniform * uniform / 1_000_000).unwrap() * authors / 1_000_000
}

/// The newest events, each after the one before.
fn newest(count: usize, ends: &[ChainEnd]) -> Vec<Run> {
    let mut random = Seeded(2);
    let mut ends = ends.to_vec();
    let mut last = (ends.first().unwrap().id, 1_000_000);
    (0..count)
        .map(|_| {
            let at = writer(ends.len(), &mut random);
            let end = ends.get_mut(at).unwrap();
            let header = Header {
                realm: REALM,
                author: end.author,
                key_ref: EventId([5; 32]),
                author_seq: end.seq + 1,
                prev: Some(end.id),
                parents: last.0.into(),
                lamport: last.1 + 1,
                wall_ms: 0,
                kind: Kind::RecordPut.number(),
                payload_version: 1,
                payload_len: 5,
                payload_hash: payload_hash(b"hello"),
            };
            let payload = Some(b"hello".as_slice().into());
            let event = Event { id: header.id(), header, payload };
            (end.seq, end.id) = (end.seq + 1, event.id);
            last = (event.id, last.1 + 1);
            Run { signature: Signature([0; 64]), events: vec![event] }
        })
        .collect()
}

/// What it took.
pub(crate) struct Cost {
    pub(crate) control: usize,
    pub(crate) frames: usize,
    pub(crate) milliseconds: u128,
}

/// The second store fetches from the first until both are equal.
fn exchange(stores: &mut [MemoryEvents; 2]) -> Cost {
    let mut machines = [SyncMachine::default(), SyncMachine::default()];
    let mut random = Seeded(3);
    let mut cost = Cost { control: 0, frames: 0, milliseconds: 0 };
    let started = Instant::now();
    let mut queue = VecDeque::new();
    for (at, machine) in machines.iter_mut().enumerate() {
        let [peer] = [*PEERS.get(1 - at).unwrap()];
        let up = Input::PeerUp(peer, vec![REALM]);
        machine.step(up, 0, &mut random, stores.get(at).unwrap());
    }
    let [_, asking] = &mut machines;
    queue.extend(asking.step(Input::Tick, 1, &mut random, &stores[1]).into_iter().map(|o| (1, o)));
    while let Some((at, output)) = queue.pop_front() {
        let (machine, to) = (&mut machines, 1 - at);
        let outputs = match output {
            Output::Send(_, frame) => {
                let runs = match Message::from_frame(&frame).unwrap() {
                    Message::Page { runs, .. } => runs.iter().map(|run| run.len()).sum(),
                    _ => 0,
                };
                cost.control += frame.len() - runs;
                cost.frames += 1;
                let peer = *PEERS.get(at).unwrap();
                let frame = Input::Frame(peer, &frame);
                let outputs = machine[to].step(frame, 1, &mut random, &stores[to]);
                outputs.into_iter().map(|output| (to, output)).collect::<Vec<_>>()
            }
            Output::Apply(ticket, runs) => {
                let outcomes = runs.iter().map(|incoming| {
                    let new = stores[at].insert(&incoming.run);
                    RunOutcome::New(u32::try_from(new).unwrap())
                });
                let applied = Input::Applied(ticket, outcomes.collect());
                let outputs = machine[at].step(applied, 1, &mut random, &stores[at]);
                outputs.into_iter().map(|output| (at, output)).collect()
            }
            _ => Vec::new(),
        };
        queue.extend(outputs);
    }
    cost.milliseconds = started.elapsed().as_millis();
    cost
}

pub(crate) fn run() {
    let common = Common::new(u64::try_from(size(1_000_000, 20_000)).unwrap());
    for authors in [1_000, 100_000] {
        let authors = u64::try_from(size(authors, 200)).unwrap();
        let ends = base(authors, 1_000_000.max(authors));
        say(&format!("sync: {authors} authors, plain vector {} B\n", ends.len() * VECTOR_ROW));
        for lag in [0, 10, 100, 1_000, 10_000, 100_000] {
            let lag = size(lag, lag.min(1_000));
            let runs = newest(lag, &ends);
            let mut stores = [MemoryEvents::default(), MemoryEvents::default()];
            for store in &mut stores {
                ends.iter().for_each(|end| store.insert_pruned(REALM, *end));
            }
            for run in &runs {
                stores[0].insert(run);
            }
            let cost = exchange(&mut stores);
            let [full, late] = [0, 1].map(|at: usize| stores[at].summary(REALM).unwrap());
            assert_eq!(full, late, "both have the same events in the end");
            say(&format!(
                "  lag {lag:>7}: {:>9} B of control in {:>4} frames, {} ms\n",
                cost.control, cost.frames, cost.milliseconds
            ));
            let peer = common.reconcile(&runs);
            say(&format!(
                "      negentropy {:>9} B            in {:>4} frames, {} ms\n",
                peer.control, peer.frames, peer.milliseconds
            ));
            check(authors, lag, cost.control);
        }
    }
}

/// The goals for a million events by a thousand authors.
fn check(authors: u64, lag: usize, control: usize) {
    let goals = [(0, 400), (100, 15_000), (10_000, 160_000)];
    let goal = goals.into_iter().find(|(at, _)| authors == 1_000 && *at == lag);
    if let Some((_, most)) = goal {
        assert!(control <= most, "lag {lag}: {control} B, the goal is {most}");
    }
}
