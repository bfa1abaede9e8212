//! Ten nodes, cut into two halves that wrote ten thousand events apart: how long until all have one root.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use pluto_benches::{say, size};
use pluto_core::{Canonical as _, Run};
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::store::EventStore;
use pluto_p2p::sync::{Input, Output, RunOutcome, SyncMachine};
use pluto_p2p::{PeerId, Seeded};

use super::nodes::{Peer, realm_of};
use super::world::Source64;

const NODES: usize = 10;
/// Number of the message that begins a round (`docs/formats/sync.md`).
const OPEN: u8 = 1;

pub(crate) fn run() {
    let events = size(10_000, 400);
    for per_run in [1, 10] {
        let (joins, halves) = diverge(events, per_run);
        let realm = realm_of(&joins);
        let whole = Peer::new();
        whole.take(joins.iter().chain(halves.iter().flatten()));
        let root = whole.root(realm);
        let peers: Vec<Peer> = (0..NODES).map(|_| Peer::new()).collect();
        for (number, peer) in peers.iter().enumerate() {
            peer.take(joins.iter().chain(&halves[number % 2]));
        }
        let begun = Instant::now();
        let mut addresses: Vec<String> = Vec::new();
        for peer in &peers {
            // Each dials the three before it; the halves alternate.
            let met = addresses.iter().rev().take(3).cloned().collect();
            addresses.extend(peer.go_online(met, realm).into_iter().take(1));
        }
        peers.iter().for_each(|peer| peer.wait_for(realm, root));
        let took = begun.elapsed();
        let (rounds, bytes) = rounds(&joins, &halves);
        say(&format!(
            "{NODES} nodes, two halves with {} events each, {per_run} under each signature: one root \
             after {:.1} s; without admission at most {rounds} rounds of a node, {bytes} B in all\n",
            events / 2,
            took.as_secs_f64()
        ));
    }
}

type Runs = Vec<Arc<[u8]>>;

/// Everybody joins, and then two halves write apart.
fn diverge(events: usize, per_run: usize) -> (Runs, [Runs; 2]) {
    let (_, joins) = Source64::new(per_run);
    let halves = [0, 1].map(|half| {
        let (mut source, _) = Source64::new(per_run);
        // Other authors write on each side: nobody signs twice for one place.
        let runs = (0..).map(|_| source.next_run_of(|member| member % 2 == half));
        runs.take(events / 2 / per_run).map(|run| run.encode().into()).collect()
    });
    (joins.iter().map(|run| run.encode().into()).collect(), halves)
}

/// The same with the machines alone: most rounds that one of them began, and bytes of all frames.
fn rounds(joins: &Runs, halves: &[Runs; 2]) -> (usize, usize) {
    let realm = realm_of(joins);
    let decode = |run: &Arc<[u8]>| Run::decode(run).unwrap();
    let peers: Vec<PeerId> = (1..=10).map(|n| PeerId([n; 32])).collect();
    let mut nodes: Vec<(SyncMachine, MemoryEvents)> = Vec::new();
    for number in 0..NODES {
        let mut events = MemoryEvents::default();
        for run in joins.iter().chain(&halves[number % 2]) {
            events.insert(&decode(run));
        }
        nodes.push((SyncMachine::default(), events));
    }
    let mut random = Seeded(5);
    for (at, (machine, events)) in nodes.iter_mut().enumerate() {
        for met in (0..NODES).filter(|other| at.abs_diff(*other) <= 3 && at != *other) {
            machine.step(Input::PeerUp(peers[met], vec![realm]), 0, &mut random, events);
        }
    }
    let (mut begun, mut bytes) = (vec![0; NODES], 0);
    for tick in 1..100_000 {
        let roots: Vec<_> = nodes.iter().map(|(_, events)| events.summary(realm)).collect();
        if roots.windows(2).all(|pair| pair[0] == pair[1]) {
            break;
        }
        let now = 100 * tick;
        let mut queue = VecDeque::new();
        for (at, (machine, events)) in nodes.iter_mut().enumerate() {
            let outputs = machine.step(Input::Tick, now, &mut random, events);
            queue.extend(outputs.into_iter().map(|output| (at, output)));
        }
        while let Some((at, output)) = queue.pop_front() {
            let (to, outputs) = match output {
                Output::Send(to, frame) => {
                    bytes += frame.len();
                    begun[at] += usize::from(frame[1] == OPEN);
                    let to = peers.iter().position(|peer| *peer == to).unwrap();
                    let (machine, events) = &mut nodes[to];
                    let heard = Input::Frame(peers[at], &frame);
                    (to, machine.step(heard, now, &mut random, events))
                }
                Output::Apply(ticket, runs) => {
                    let (machine, events) = &mut nodes[at];
                    let new = |new: usize| match u32::try_from(new).unwrap() {
                        0 => RunOutcome::Known,
                        new => RunOutcome::New(new),
                    };
                    let outcomes = runs.iter().map(|one| new(events.insert(&one.run))).collect();
                    let applied = Input::Applied(ticket, outcomes);
                    (at, machine.step(applied, now, &mut random, events))
                }
                _ => continue,
            };
            queue.extend(outputs.into_iter().map(|output| (to, output)));
        }
    }
    (begun.into_iter().max().unwrap_or(0), bytes)
}
