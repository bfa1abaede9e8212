//! Declared witnesses in whole nodes: what is final depends on the set of events alone, what a border
//! covers stays where it is, and realms that declare nobody know nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::sync_channel;

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, RoundVote, payload_of, vote_of};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Observed;
use pluto_core::{Canonical, Component, Digest, EventId, Kind, RealmId, Run};
use pluto_engines::finality::{WitnessSet, witnesses};
use pluto_nervous_system::event_sourcing::RealmView;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

const ORDERS: u64 = 24;

/// A realm with a chain of borders, and everything that arrives there.
pub(super) struct Story {
    pub(super) writer: Writer,
    pub(super) runs: Vec<Run>,
    pub(super) borders: Vec<Digest>,
}

pub(super) fn declare(writer: &mut Writer, by: &Person, set: &[&Person]) -> Run {
    let set = WitnessSet::new(set.iter().map(|one| one.did()), None).unwrap();
    let event = writer.event(by, Kind::WitnessesDeclared, &set.encode());
    by.sign(vec![event])
}

/// Persons 1 to 3 witness what person 1 opened, two must sign; person 4 writes on old branches, late and
/// with low Lamport times. Border 3 is implied: nobody but its proposer signed it, and border 4 extends
/// it. Border 5 changes the set to persons 2 and 4, who sign border 6.
pub(super) fn story() -> Story {
    story_by(&mut |_, writer, witness, number, extends| writer.propose(witness, number, extends))
}

/// Who proposes a checkpoint by what was written, as which writer, with its number and what it extends.
type Propose<'a> =
    dyn FnMut(&[Run], &mut Writer, &Person, u64, Digest) -> (ChainedCheckpoint, Digest, Run) + 'a;

/// The same, in which every checkpoint signs the roots that a node comes to.
pub(super) fn honest_story() -> Story {
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    story_by(&mut |runs, writer, witness, number, extends| {
        node.write(runs).unwrap();
        propose_by(&node, writer, witness, number, extends)
    })
}

/// Proposes a checkpoint with the roots that a node comes to, which has everything that the writer knows.
pub(super) fn propose_by(
    node: &MemoryNode,
    writer: &mut Writer,
    witness: &Person,
    number: u64,
    extends: Digest,
) -> (ChainedCheckpoint, Digest, Run) {
    let (_, _, probe) = writer.clone().propose(witness, number, extends);
    let parents = probe.events[0].header.parents.to_vec();
    let roots = node.system.roots_behind(writer.realm(), parents, extends).unwrap();
    writer.propose_over(witness, number, extends, roots)
}

fn story_by(propose: &mut Propose<'_>) -> Story {
    let [a, b, c, d] = [1, 2, 3, 4].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let mut runs = vec![genesis];
    runs.extend([&b, &c, &d].map(|one| root.join(one)));
    let mut late = root.clone();
    runs.push(declare(&mut root, &a, &[&a, &b, &c]));
    runs.push(root.records(&b, 3));
    let (_, first, run) = propose(&runs, &mut root, &a, 1, Digest::ZERO);
    runs.push(run);
    runs.push(late.records(&d, 2));
    let mut borders = vec![first];
    let mut sides = [&a, &b, &c].map(|one| (root.clone(), one));
    runs.extend(sides.iter_mut().map(|(side, one)| side.records(one, 2)));
    let [(one, _), (two, _), (three, _)] = &mut sides;
    let (second, hash, run) = propose(&runs, one, &a, 2, first);
    runs.extend([run, two.cosign(&b, &second)]);
    borders.push(hash);
    runs.push(late.records(&d, 3));
    runs.push(three.records(&c, 2));
    // Nobody sees border 2 here but person 3, who proposes what only border 4 makes final.
    three.merge(one);
    let (_, third, run) = propose(&runs, three, &c, 3, hash);
    runs.push(run);
    borders.push(third);
    two.merge(three);
    runs.push(two.records(&b, 1));
    let (fourth, hash, run) = propose(&runs, two, &b, 5, third);
    runs.extend([run, one.cosign(&a, &fourth)]);
    borders.push(hash);
    one.merge(two);
    runs.push(declare(one, &a, &[&b, &d]));
    runs.push(late.records(&d, 1));
    let (fifth, hash, run) = propose(&runs, one, &a, 6, hash);
    three.merge(one);
    runs.extend([run, three.cosign(&c, &fifth)]);
    borders.push(hash);
    late.merge(one);
    let (sixth, hash, run) = propose(&runs, &mut late, &d, 7, hash);
    runs.extend([run, two.cosign(&b, &sixth), two.records(&b, 2)]);
    borders.push(hash);
    Story { writer: one.clone(), runs, borders }
}

/// What a node says of a realm: roots, and the borders with their places.
pub(super) fn seen(node: &MemoryNode, realm: RealmId) -> (Roots, Vec<(Digest, u64)>, Vec<EventId>) {
    node.system
        .ask(realm, |view| {
            assert_eq!(view.rival(), None);
            let borders = view.borders().iter().map(|one| (one.checkpoint, one.position));
            let order = view.places(0..u64::MAX)?.into_iter().map(|place| place.id);
            Ok((view.roots(), borders.collect(), order.collect()))
        })
        .unwrap()
}

/// Submits one run after the other, each after what came before it was folded.
pub(super) fn one_by_one(node: &MemoryNode, realm: RealmId, runs: &[Run]) {
    for run in runs {
        drop(node.submit(std::slice::from_ref(run)).unwrap());
        let _ = node.system.draft(realm, person(1).did());
    }
}

#[test]
fn any_order_of_arrival_and_any_restart_give_the_same_borders() {
    let Story { writer, runs, borders } = story();
    let realm = writer.realm();
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let expected = seen(&node, realm);
    assert_eq!(expected.1.iter().map(|(hash, _)| *hash).collect::<Vec<_>>(), borders);
    let snapshot = node.system.snapshot(realm).unwrap();
    let last: FinalityRecord = read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap();
    assert_eq!((last.number, last.time_ms), (7, 7_000));
    let mut set = [2, 4].map(|one| person(one).did());
    set.sort();
    assert_eq!(witnesses(&*snapshot).unwrap().witnesses(), set);
    for order in 0..ORDERS {
        let mut shuffled = runs.clone();
        Shuffle(order + 1).shuffle(&mut shuffled);
        let store = Store::default();
        let (early, late) = shuffled.split_at(runs.len() / 2);
        let node = MemoryNode::open(&store, 3).unwrap();
        one_by_one(&node, realm, early);
        drop(node);
        let node = MemoryNode::open(&store, 3).unwrap();
        // What waited for its past is not in the log, and is sent again.
        let again: Vec<_> = early.iter().chain(late).cloned().collect();
        one_by_one(&node, realm, &again);
        node.write(&again).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}");
    }
}

#[test]
fn a_restart_between_any_two_runs_and_a_fold_from_scratch_give_the_same() {
    let Story { writer, runs, .. } = story();
    let realm = writer.realm();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = seen(&whole, realm);
    for (clean, interval) in [(true, 5_000), (false, 1), (false, 5_000)] {
        let store = Store::default();
        for run in &runs {
            let node = MemoryNode::open(&store, interval).unwrap();
            node.write(std::slice::from_ref(run)).unwrap();
            if clean {
                node.system.stop().unwrap();
            }
        }
        let node = MemoryNode::open(&store, interval).unwrap();
        assert_eq!(seen(&node, realm), expected, "clean {clean}, interval {interval}");
        drop(node);
        let bare = Store { log: store.log.clone(), ..Store::default() };
        let node = MemoryNode::open(&bare, 5_000).unwrap();
        assert_eq!(node.recovery.from_checkpoint, 0);
        assert_eq!(seen(&node, realm), expected, "the log alone");
    }
}

/// Follows what was published: the order so far, and the places that a border covers.
#[derive(Default)]
struct Published {
    order: BTreeMap<u64, EventId>,
    reorganised: usize,
}

impl Published {
    fn take(&mut self, batch: &Observed, fixed: u64) {
        if let Some(from) = batch.reorganised_from {
            self.reorganised += 1;
            assert!(from.0 >= fixed, "a reorganisation crosses a border");
            self.order.split_off(&from.0);
        }
        for event in batch.events.iter() {
            assert!(event.position.0 >= fixed, "a place before a border is told twice");
            let again = self.order.insert(event.position.0, event.id);
            assert!(again.is_none(), "a place is told twice without a reorganisation");
        }
    }
}

#[test]
fn a_place_before_a_border_is_never_told_twice() {
    let Story { writer, runs, .. } = story();
    let realm = writer.realm();
    let mut reorganised = 0;
    for order in 0..ORDERS {
        let mut shuffled = runs.clone();
        Shuffle(order + 100).shuffle(&mut shuffled);
        let (sender, receiver) = sync_channel(1_000);
        let publish = move |batch| drop(sender.send(batch));
        let node = MemoryNode::observed(&Store::default(), 5_000, publish).unwrap();
        let (mut published, mut fixed) = (Published::default(), 0);
        for run in shuffled {
            drop(node.submit(std::slice::from_ref(&run)).unwrap());
            let position = node
                .system
                .ask(realm, |view| Ok(view.borders().last().map_or(0, |last| last.position)));
            receiver.try_iter().for_each(|batch| published.take(&batch, fixed));
            fixed = position.unwrap_or(fixed);
        }
        node.write(&runs).unwrap();
        receiver.try_iter().for_each(|batch| published.take(&batch, fixed));
        let (roots, _, placed) = seen(&node, realm);
        assert_eq!(published.order.into_values().collect::<Vec<_>>(), placed);
        assert_eq!(roots.position, placed.len() as u64);
        reorganised += published.reorganised;
    }
    assert!(reorganised > 0);
}

#[test]
fn a_border_tells_what_moved() {
    let [a, b, c] = [1, 2, 3].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let joined = [&b, &c].map(|one| root.join(one));
    let mut late = root.clone();
    let declared = declare(&mut root, &a, &[&a, &b]);
    let (_, first, proposed) = root.propose(&a, 1, Digest::ZERO);
    let (sender, receiver) = sync_channel(1_000);
    let publish = move |batch| drop(sender.send(batch));
    let node = MemoryNode::observed(&Store::default(), 5_000, publish).unwrap();
    node.write(&[genesis, joined[0].clone(), joined[1].clone(), declared, proposed]).unwrap();
    // Without the late events of person 3 in its past: they go behind it.
    node.write(&[late.records(&c, 2)]).unwrap();
    let (second, _, proposed) = root.propose(&a, 2, first);
    node.write(&[proposed]).unwrap();
    let before = receiver.try_iter().count();
    assert!(before > 0);
    node.write(&[root.cosign(&b, &second)]).unwrap();
    let batches: Vec<Observed> = receiver.try_iter().collect();
    let batch = batches.last().unwrap();
    // Genesis, two who joined, declaration, first proposal.
    let border = node.system.snapshot(root.realm()).unwrap().border().unwrap().clone();
    assert_eq!((border.position, border.number), (5, 2));
    let facts: Vec<_> = batch.events.iter().flat_map(|event| &event.facts).collect();
    let reorg: Vec<_> = facts.iter().filter(|fact| fact.kind == Kind::ReorgDetected).collect();
    let from = batch.reorganised_from.unwrap();
    assert!(from.0 >= 4, "the first border stands");
    assert_eq!(reorg.len(), 1);
    assert_eq!(
        reorg[0].text,
        format!(
            "{} events from position {} on, with the border of checkpoint 2 at position 5, \
             were folded again",
            batch.events.len(),
            from.0
        )
    );
}

#[test]
fn the_roots_of_a_proposal_are_those_of_exactly_its_past() {
    let Story { writer, runs, .. } = story();
    let realm = writer.realm();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let borders = seen(&whole, realm).1;
    for restarts in [false, true] {
        let (store, mut compared) = (Store::default(), 0);
        let mut node = MemoryNode::open(&store, 5_000).unwrap();
        for (at, run) in runs.iter().enumerate() {
            node.write(std::slice::from_ref(run)).unwrap();
            let Ok(signed) = vote_of(&run.events[0]).map(|vote| vote.chained) else { continue };
            if restarts {
                node.system.stop().unwrap();
                node = MemoryNode::open(&store, 5_000).unwrap();
            }
            let before = seen(&node, realm);
            let parents = run.events[0].header.parents.to_vec();
            let alone = past(&runs[..at], &parents);
            let Ok(roots) = node.system.roots_behind(realm, parents, signed.extends) else {
                continue;
            };
            assert_eq!(seen(&node, realm), before, "nothing stays of it");
            let other = MemoryNode::open(&Store::default(), 5_000).unwrap();
            other.write(&alone).unwrap();
            // What is not final yet counts as a border here, and not there.
            let last = before.1.last().map_or(Digest::ZERO, |(checkpoint, _)| *checkpoint);
            if seen(&other, realm).1 == before.1 && last == signed.extends {
                assert_eq!(other.roots(realm), Some(roots), "run {at}");
                compared += 1;
            }
            let hash = run.events[0].header.payload_hash;
            let border = borders.iter().find(|(checkpoint, _)| *checkpoint == hash);
            let log_root = whole.system.ask(realm, move |view| view.log_root_at(roots.position));
            assert_eq!(border.map(|(_, position)| *position), Some(roots.position), "run {at}");
            assert_eq!(log_root.unwrap(), roots.log, "run {at}: what is signed is what comes");
        }
        assert!(compared >= 2, "{compared}");
    }
}

/// The runs that hold the causal past of some events.
fn past(runs: &[Run], heads: &[EventId]) -> Vec<Run> {
    let mut ids: BTreeSet<EventId> = heads.iter().copied().collect();
    let mut kept = Vec::new();
    for run in runs.iter().rev() {
        if run.events.iter().any(|event| ids.contains(&event.id)) {
            for event in &run.events {
                ids.extend(event.header.parents.iter().copied().chain(event.header.prev));
            }
            kept.push(run.clone());
        }
    }
    kept.reverse();
    kept
}

#[test]
fn two_final_chains_end_the_realm() {
    let [a, b] = [1, 2].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let joined = root.join(&b);
    let mut other = root.clone();
    let declared = declare(&mut root, &a, &[&a, &b]);
    let (_, first, proposed) = root.propose(&a, 1, Digest::ZERO);
    let store = Store::default();
    let node = MemoryNode::open(&store, 1).unwrap();
    node.write(&[genesis, joined, declared, proposed]).unwrap();
    let realm = root.realm();
    assert_eq!(node.system.snapshot(realm).unwrap().border().unwrap().checkpoint, first);
    let (_, rival, proposed) = other.propose(&a, 1, Digest::ZERO);
    node.write(&[proposed]).unwrap();
    let snapshot = node.system.snapshot(realm).unwrap();
    assert_eq!(snapshot.border().unwrap().checkpoint, first, "the border stands");
    assert_eq!(snapshot.rival(), Some(rival));
    for restart in [false, true] {
        let node = if restart { &MemoryNode::open(&store, 1).unwrap() } else { &node };
        let error = node.write(&[root.clone().records(&b, 1)]).unwrap_err();
        assert_eq!(error.code().to_string(), "NRV-0012");
    }
}

#[test]
fn a_payload_that_comes_late_for_a_place_behind_a_border_is_folded_in() {
    let [a, b] = [1, 2].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let realm = root.realm();
    let joined = root.join(&b);
    let records = root.records(&b, 3);
    let declared = declare(&mut root, &a, &[&a]);
    let (_, _, proposed) = root.propose(&a, 1, Digest::ZERO);
    let more = root.records(&b, 2);
    let runs = [genesis, joined, records.clone(), declared, proposed, more];
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = seen(&whole, realm);
    let mut hollow = runs.clone();
    hollow[2].events.iter_mut().for_each(|event| event.payload = None);
    for interval in [1, 5_000] {
        let store = Store::default();
        let node = MemoryNode::open(&store, interval).unwrap();
        node.write(&hollow).unwrap();
        let without = seen(&node, realm);
        assert_eq!((&without.1, &without.2), (&expected.1, &expected.2), "same borders and order");
        assert_ne!(without.0, expected.0, "an event without payload has no effect");
        node.write(std::slice::from_ref(&records)).unwrap();
        assert_eq!(seen(&node, realm), expected, "interval {interval}");
        node.system.stop().unwrap();
        let node = MemoryNode::open(&store, interval).unwrap();
        assert_eq!(seen(&node, realm), expected, "interval {interval}, after a restart");
    }
}

#[test]
fn commits_of_one_round_make_a_border_in_any_order_and_after_any_restart() {
    let [a, b, c] = [1, 2, 3].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let realm = root.realm();
    let mut runs = vec![genesis, root.join(&b), root.join(&c)];
    runs.push(declare(&mut root, &a, &[&a, &b, &c]));
    let (_, first, run) = root.propose(&a, 1, Digest::ZERO);
    runs.extend([run, root.records(&b, 2)]);
    let (chained, hash) = root.checkpoint(2, first);
    let vote = |round, commits| RoundVote { chained: chained.clone(), round, commits };
    for (who, round, commits) in [
        (&a, 2, false),
        (&b, 2, false),
        (&c, 2, false),
        (&a, 2, true),
        (&c, 3, true),
        (&b, 4, false),
    ] {
        runs.push(root.vote(who, &vote(round, commits)));
    }
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let borders =
        |node: &MemoryNode| seen(node, realm).1.iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(borders(&node), [first], "three prepared it, and no two committed in one round");
    runs.push(root.vote(&b, &vote(3, true)));
    runs.push(root.records(&b, 1));
    node.write(&runs).unwrap();
    assert_eq!(borders(&node), [first, hash]);
    let expected = seen(&node, realm);
    for order in 0..6 {
        let mut shuffled = runs.clone();
        Shuffle(order + 7).shuffle(&mut shuffled);
        let store = Store::default();
        let node = MemoryNode::open(&store, 2).unwrap();
        one_by_one(&node, realm, &shuffled);
        node.write(&runs).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}");
        node.system.stop().unwrap();
        let node = MemoryNode::open(&store, 2).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}, after a restart");
    }
}

#[test]
fn a_checkpoint_that_was_forgotten_is_read_again_when_others_sign_it() {
    let [a, b, c] = [1, 2, 3].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let realm = root.realm();
    let mut runs = vec![genesis, root.join(&b), root.join(&c)];
    runs.push(declare(&mut root, &a, &[&a, &b, &c]));
    let (_, first, run) = root.propose(&a, 1, Digest::ZERO);
    runs.push(run);
    let (chained, hash) = root.checkpoint(2, first);
    let vote = |commits| RoundVote { chained: chained.clone(), round: 2, commits };
    runs.push(root.vote(&a, &vote(false)));
    for number in 3..1_100 {
        let (other, _) = root.checkpoint(number, first);
        runs.push(root.vote(&a, &RoundVote { chained: other, round: number, commits: false }));
    }
    for commits in [false, true] {
        runs.extend([&b, &c].map(|who| root.vote(who, &vote(commits))));
    }
    let store = Store::default();
    let node = MemoryNode::open(&store, 100).unwrap();
    node.write(&runs[..runs.len() - 4]).unwrap();
    let known = move |view: &RealmView<'_>| Ok(view.candidate(&hash).is_some());
    assert!(!node.system.ask(realm, known).unwrap(), "it was forgotten");
    drop(node);
    for run in &runs[runs.len() - 4..] {
        let node = MemoryNode::open(&store, 100).unwrap();
        node.write(std::slice::from_ref(run)).unwrap();
        node.system.stop().unwrap();
    }
    let node = MemoryNode::open(&store, 100).unwrap();
    assert_eq!(seen(&node, realm).1.last().map(|border| border.0), Some(hash));
}

fn sign(writer: &mut Writer, witness: &Person, number: u64) -> Run {
    let checkpoint = CheckpointSigned {
        number,
        time_ms: number * 1_000,
        size: 4,
        event_set_root: Digest([1; 32]),
        log_root: Digest([1; 32]),
        state_root: Digest([2; 32]),
    };
    let event = writer.event(witness, Kind::CheckpointSigned, &checkpoint.encode());
    assert!(payload_of::<CheckpointSigned>(&event).is_ok());
    witness.sign(vec![event])
}

#[test]
fn without_a_declaration_the_creator_is_the_only_witness_and_leaves_no_other_trace() {
    let (a, b) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&a);
    let joined = writer.join(&b);
    let runs = [genesis, joined, sign(&mut writer, &b, 1), sign(&mut writer, &a, 1)];
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    node.write(&[sign(&mut writer, &a, 3)]).unwrap();
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    let kept: Vec<_> =
        snapshot.entries(Component::Consensus).iter().map(|(key, _)| key.to_vec()).collect();
    assert_eq!(kept, [FINALITY_KEY.to_vec()]);
    let last: FinalityRecord = read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap();
    assert_eq!(last.number, 1, "no gaps for the creator alone");
    assert_eq!(snapshot.border(), None);
}
