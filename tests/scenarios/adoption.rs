//! A node that joins after payloads were erased takes over a footing: only one that the witnesses signed and
//! its own log bears out.

use std::ops::ControlFlow;

use pluto_core::hash::Domain;
use pluto_core::traits::BlobStore as _;
use pluto_core::{Canonical, Did, Digest, EventId, Kind, LogPosition, RealmId, Run, Verdict};
use pluto_decision::epoch::{Epoch, Sealed, verify};
use pluto_decision::realm_footing::RealmFooting;
use pluto_decision::witnessing::Witnessing;
use pluto_engines::finality::WitnessSet;
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::event_sourcing::{FootingStore as _, Quorum, RealmView, SignedBorder};
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_node::node::Node;
use pluto_realm::archive::{ArchiveChange, Seal};
use pluto_storage::{LogOptions, Store};
use pluto_tests::{
    HOUR_MS, MemoryNode, OPENED_MS, Office, Shuffle, Store as Shared, Writer, person,
};
use tempfile::TempDir;

use super::bundles::witnessed::{Story, story};
use super::erasure::{records, runs_of as logged};
use super::finality::{honest_story, one_by_one, seen};

const SEAL_BYTES: usize = 32;

/// The office after an epoch up to checkpoint 5 was sealed and the first grant in it erased.
fn erased() -> Story {
    let mut story = story();
    let realm = story.office.realm();
    let (epoch, signed) = story.office.node.epoch(realm, None, Vec::new()).unwrap();
    let manifest = story.office.node.blobs.put(&epoch.encode()).unwrap();
    let seal = Seal {
        number: 1,
        end: signed.size,
        checkpoint: signed.number,
        log_root: signed.log_root,
        manifest,
        blobs: Vec::new(),
    };
    let payload = ArchiveChange::Seal(seal).encode();
    let (_, verdict) =
        story.office.write(&story.staff.owner, Kind::ArchiveChange, &payload).unwrap();
    assert_eq!(verdict, Verdict::Effective);
    let events = story.office.runs.iter().flat_map(|run| &run.events);
    let mut grants =
        events.filter(|event| event.header.kind.known() == Some(Kind::DelegationCreated));
    let grant = grants.next().unwrap().id;
    story.office.node.system().erase(realm, vec![grant], signed.size).unwrap();
    story
}

/// What the office hands to whoever joins.
pub(crate) fn handed() -> RealmFooting {
    let story = erased();
    story.office.node.export_footing(story.office.realm()).unwrap()
}

/// The runs of a node's log as they are now, with holes.
fn runs_of(node: &Node) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut visit = |_: LogPosition, bytes: &[u8]| {
        runs.push(Run::decode(bytes).unwrap());
        ControlFlow::Continue(())
    };
    node.system().log().scan(LogPosition(0), &mut visit).unwrap();
    runs
}

/// An empty node that was sent these runs.
fn joined(runs: &[Run]) -> (Node, TempDir) {
    let (node, dir) = Office::node().unwrap();
    for run in runs {
        node.system().submit(Source::Peer(1), run.encode()).unwrap().wait().unwrap();
    }
    (node, dir)
}

fn reopened(node: Node, dir: &TempDir) -> Node {
    node.stop().unwrap();
    drop(node);
    Node::start(Store::open(dir.path(), LogOptions::default()).unwrap(), &|_| {}).unwrap()
}

/// The footing that a node keeps.
fn kept(dir: &TempDir, realm: RealmId) -> Option<Vec<u8>> {
    std::fs::read(dir.path().join(format!("footings/{realm}.footing"))).ok()
}

fn code<T>(result: Result<T>) -> String {
    result.err().map(|error| error.code().to_string()).unwrap_or_default()
}

#[test]
fn who_joins_after_an_erasure_stands_on_the_footing_and_sees_what_was_signed() {
    let story = erased();
    let realm = story.office.realm();
    let expected = story.office.node.snapshot(realm).unwrap().roots();
    assert_eq!(story.office.node.signed_otherwise(realm).unwrap(), None);
    let (node, dir) = joined(&runs_of(&story.office.node));
    assert_ne!(node.snapshot(realm).unwrap().roots(), expected);
    let border = node.signed_otherwise(realm).unwrap().expect("it says so");
    assert_eq!(border.checkpoint, story.last);

    let file = story.office.node.export_footing(realm).unwrap();
    let adopted = node.adopt_footing(&file).unwrap();
    assert_eq!((adopted.sealed.realm, adopted.position), (realm, border.position));
    assert_eq!(kept(&dir, realm).unwrap(), file.footing);
    let mut node = reopened(node, &dir);
    for _ in 0..2 {
        assert_eq!(node.snapshot(realm).unwrap().roots(), expected);
        assert_eq!(node.signed_otherwise(realm).unwrap(), None);
        node = reopened(node, &dir);
    }
    // It is taken over once, and handed on from here if the manifest is here too.
    node.adopt_footing(&file).unwrap();
    assert_eq!(code(node.export_footing(realm)), "NOD-0003");
    node.blobs.put(&file.manifest).unwrap();
    assert_eq!(node.export_footing(realm).unwrap(), file);
}

#[test]
fn what_comes_after_is_folded_on_both_nodes_alike() {
    let mut story = erased();
    let realm = story.office.realm();
    let (node, dir) = joined(&runs_of(&story.office.node));
    node.adopt_footing(&story.office.node.export_footing(realm).unwrap()).unwrap();
    let node = reopened(node, &dir);
    let before = story.office.runs.len();
    let [a, b, c, _] = &story.others;
    let run = story.office.writer.records(a, 3);
    story.office.submit(run).unwrap();
    story.office.cosign(&[a, b, c], 6, OPENED_MS + 2 * HOUR_MS, story.last).unwrap();
    for run in &story.office.runs[before..] {
        node.system().submit(Source::Peer(1), run.encode()).unwrap().wait().unwrap();
    }
    let of = |node: &Node| {
        let snapshot = node.snapshot(realm).unwrap();
        (snapshot.roots(), snapshot.border().cloned())
    };
    assert_eq!(of(&node), of(&story.office.node));
    assert_eq!(node.signed_otherwise(realm).unwrap(), None);
}

/// A footing with another byte, under a digest that fits.
fn flipped(footing: &[u8], at: usize) -> Vec<u8> {
    let mut content = footing[..footing.len() - SEAL_BYTES].to_vec();
    content[at] ^= 1;
    let digest: Digest = Domain::new("pluto footing v1").hash(&content);
    [content, digest.0.to_vec()].concat()
}

fn chain_of(sealed: &Sealed) -> Vec<SignedBorder> {
    let attested = &sealed.attested;
    let signed = attested.handovers.iter().chain([&attested.last]);
    let of = |one: &pluto_decision::witnessing::Cosigned| SignedBorder {
        hash: one.hash,
        checkpoint: one.checkpoint.clone(),
        by: Quorum { witnesses: one.set.witnesses().to_vec(), threshold: one.set.threshold() },
    };
    signed.map(of).collect()
}

#[test]
fn no_byte_of_a_footing_can_be_another_one() {
    let story = erased();
    let realm = story.office.realm();
    let RealmFooting { manifest, footing } = story.office.node.export_footing(realm).unwrap();
    let chain = chain_of(&verify(&manifest, &Zip215Verifier).unwrap());
    let (node, dir) = joined(&runs_of(&story.office.node));
    for at in 0..footing.len() - SEAL_BYTES {
        match node.system().adopt(realm, &flipped(&footing, at), &chain) {
            Err(error) => {
                let code = error.code().to_string();
                let is_told = ["NRV-0014", "NRV-0009", "NRV-0007"].contains(&&*code);
                assert!(is_told || code.starts_with("COR-"), "byte {at}: {error}");
                assert_eq!(kept(&dir, realm), None, "byte {at}");
            }
            // The run of the proposal is that of the log, whatever the file says.
            Ok(_) => {
                assert_eq!(kept(&dir, realm).as_ref(), Some(&footing), "byte {at}");
                std::fs::remove_file(dir.path().join(format!("footings/{realm}.footing"))).unwrap();
            }
        }
    }
    node.system().adopt(realm, &footing, &chain).unwrap();
}

#[test]
fn another_chain_another_checkpoint_and_another_realm_are_refused() {
    let mut story = erased();
    let realm = story.office.realm();
    let file = story.office.node.export_footing(realm).unwrap();
    let chain = chain_of(&verify(&file.manifest, &Zip215Verifier).unwrap());
    assert_eq!(chain.len(), 3);
    let runs = runs_of(&story.office.node);
    let (node, dir) = joined(&runs);
    let refused = |chain: &[SignedBorder], realm: RealmId| {
        code(node.system().adopt(realm, &file.footing, chain))
    };
    assert_eq!(refused(&[], realm), "NRV-0014");
    assert_eq!(refused(&chain[1..], realm), "NRV-0014", "who decides first");
    assert_eq!(refused(&chain[..2], realm), "NRV-0014", "another checkpoint");
    assert_eq!(refused(&[&chain[..1], &chain[2..]].concat(), realm), "NRV-0014");
    let mut beside = chain.clone();
    beside[1].hash = Digest([7; 32]);
    assert_eq!(refused(&beside, realm), "NRV-0014", "a handover that is no border");
    assert_eq!(refused(&chain, RealmId([7; 32])), "NRV-0014");

    // Manifests that hold, of a later checkpoint and of a realm whose creator signs alone.
    let [a, b, c, _] = &story.others;
    story.office.cosign(&[a, b, c], 6, OPENED_MS + 2 * HOUR_MS, story.last).unwrap();
    let later = story.office.node.epoch(realm, None, Vec::new()).unwrap().0.encode();
    let alone = super::bundles::story(1).office;
    let alone = alone.node.epoch(alone.realm(), None, Vec::new()).unwrap().0.encode();
    for manifest in [later, alone] {
        verify(&manifest, &Zip215Verifier).unwrap();
        let other = RealmFooting { manifest, ..file.clone() };
        assert_eq!(code(node.adopt_footing(&other)), "NRV-0014");
    }
    // One that does not hold: a signature too few.
    let mut epoch = Epoch::from_bytes(&file.manifest).unwrap();
    let Witnessing::Chain { last, .. } = &mut epoch.witnessing else { panic!() };
    last.cosignatures.pop();
    let other = RealmFooting { manifest: epoch.encode(), ..file.clone() };
    assert_eq!(code(node.adopt_footing(&other)), "DCN-0002");

    // A log that does not have everything yet.
    let (early, dir_early) = joined(&runs[..runs.len() - 6]);
    assert_eq!(code(early.adopt_footing(&file)), "NRV-0007");
    let (empty, dir_empty) = joined(&[]);
    assert_eq!(code(empty.adopt_footing(&file)), "NRV-0007");
    for dir in [&dir, &dir_early, &dir_empty] {
        assert_eq!(kept(dir, realm), None);
    }
    node.adopt_footing(&file).unwrap();
}

/// The chain of witnesses up to the `count`-th border, as a manifest shows it.
fn chain_at(node: &MemoryNode, realm: RealmId, creator: Did, count: usize) -> Vec<SignedBorder> {
    let question = move |view: &RealmView<'_>| {
        let mut by = Quorum { witnesses: vec![creator], threshold: 1 };
        let mut chain = Vec::new();
        for (number, border) in view.borders()[..count].iter().enumerate() {
            if *border.quorum != by || number + 1 == count {
                let checkpoint = view.candidate(&border.checkpoint).unwrap();
                let checkpoint = checkpoint.signed.checkpoint.clone();
                chain.push(SignedBorder { hash: border.checkpoint, checkpoint, by });
            }
            by = (*border.quorum).clone();
        }
        Ok(chain)
    };
    node.system.ask(realm, question).unwrap()
}

/// Somebody new who got the log of `store` in that order takes over its footing; what it comes to then.
fn adopted(store: &Shared, realm: RealmId, chain: &[SignedBorder], order: u64) -> Seen {
    let footing = store.footings.get(realm).unwrap().unwrap();
    let mut holes = logged(store);
    Shuffle(order).shuffle(&mut holes);
    let fresh = Shared::default();
    let node = MemoryNode::open(&fresh, 5_000).unwrap();
    one_by_one(&node, realm, &holes);
    node.write(&holes).unwrap();
    let last = chain.last().unwrap();
    assert_eq!(node.system.adopt(realm, &footing, chain).unwrap(), last.checkpoint.size);
    assert!(fresh.footings.get(realm).unwrap().unwrap() == footing);
    drop(node);
    let bare = Shared { kv: Shared::default().kv, ..fresh };
    seen(&MemoryNode::open(&bare, 5_000).unwrap(), realm)
}

type Seen = (Roots, Vec<(Digest, u64)>, Vec<EventId>);

#[test]
fn a_footing_at_any_border_is_taken_over_whatever_came_first() {
    let honest = honest_story();
    let (realm, creator) = (honest.writer.realm(), person(1).did());
    let (all, again) = (Shared::default(), Shared::default());
    let whole = MemoryNode::open(&all, 5_000).unwrap();
    whole.write(&honest.runs).unwrap();
    let expected = seen(&whole, realm);
    // One node erases border by border, so that each footing is folded from the one before.
    let step = MemoryNode::open(&again, 5_000).unwrap();
    step.write(&honest.runs).unwrap();
    for (count, (_, position)) in (1..).zip(&expected.1) {
        let chain = chain_at(&whole, realm, creator, count);
        let store = Shared::default();
        let node = MemoryNode::open(&store, 5_000).unwrap();
        node.write(&honest.runs).unwrap();
        node.system.erase(realm, records(&node, realm, *position), *position).unwrap();
        assert_eq!(adopted(&store, realm, &chain, count as u64), expected, "border {count}");
        step.system.erase(realm, records(&step, realm, *position), *position).unwrap();
        if step.system.stands_behind(&realm) == *position {
            assert_eq!(adopted(&again, realm, &chain, count as u64), expected, "border {count}");
        }
    }
}

#[test]
fn the_places_of_full_tiles_are_compared_as_well() {
    let (creator, store) = (person(1), Shared::default());
    let node = MemoryNode::open(&store, 100).unwrap();
    let (mut writer, genesis) = Writer::open(&creator);
    let realm = writer.realm();
    let set = WitnessSet::new([creator.did()], None).unwrap();
    let declared = writer.event(&creator, Kind::WitnessesDeclared, &set.encode());
    let mut runs = vec![genesis, creator.sign(vec![declared])];
    let mut extends = Digest::ZERO;
    for number in 1..3 {
        runs.extend((0..4).map(|_| writer.records(&creator, 80)));
        node.write(&runs).unwrap();
        let (_, _, probe) = writer.clone().propose(&creator, number, extends);
        let parents = probe.events[0].header.parents.to_vec();
        let roots = node.system.roots_behind(realm, parents, extends).unwrap();
        let (_, hash, run) = writer.propose_over(&creator, number, extends, roots);
        extends = hash;
        runs.push(run);
        node.write(&runs[runs.len() - 1..]).unwrap();
    }
    let expected = seen(&node, realm);
    let position = expected.1[1].1;
    node.system.erase(realm, records(&node, realm, position), position).unwrap();
    let chain = chain_at(&node, realm, creator.did(), 2);
    assert_eq!(adopted(&store, realm, &chain, 3), expected);
    let footing = store.footings.get(realm).unwrap().unwrap();
    let before = 1 + 3 * 32 + 3 * 8;
    let length = |at: usize| u32::from_be_bytes(footing[at..at + 4].try_into().unwrap()) as usize;
    let places = before + 4 + length(before) + 4;
    assert_eq!(length(places - 4), 512);
    let fresh = Shared { log: store.log.clone(), ..Shared::default() };
    let node = MemoryNode::open(&fresh, 5_000).unwrap();
    for at in (places..places + 512 * 43).step_by(199) {
        let error = node.system.adopt(realm, &flipped(&footing, at), &chain).unwrap_err();
        let code = error.code().to_string();
        assert!(code == "NRV-0014" || code.starts_with("COR-"), "byte {at}: {error}");
        assert_eq!(fresh.footings.get(realm).unwrap(), None);
    }
}
