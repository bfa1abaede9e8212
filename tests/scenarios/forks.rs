//! Forks are proven, freeze their authors and are forgiven: alike on every node.

use pluto_core::state::{IdentityRecord, read};
use pluto_core::traits::StateView;
use pluto_core::trust::{Dimension, NEWCOMER_PPM};
use pluto_core::{Canonical, Component, Did, EventId, Kind, Run, Verdict, VoidReason};
use pluto_decision::forks::{FreezeLifted, freeze_key, frozen, proven_key};
use pluto_engines::trust::{day, value_ppm};
use pluto_identity::{IdentitySecret, KeyRotated, sign_run};
use pluto_p2p::equivocation::{Equivocation, SignedHeader};
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

use VoidReason::*;

/// A realm of alice with bob and carol, in which bob has forked; `writer` has seen both branches.
struct Forked {
    alice: Person,
    bob: Person,
    carol: Person,
    writer: Writer,
    runs: Vec<Run>,
    proof: Equivocation,
}

fn forked() -> Forked {
    let [alice, bob, carol] = [1, 2, 3].map(person);
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join(&bob), writer.join(&carol), writer.records(&bob, 2)];
    let mut branch = writer.clone();
    let (one, two) = (writer.records(&bob, 3), branch.attest(&bob, carol.did(), 5));
    writer.merge(&branch);
    let proof = Equivocation::between(&one, &two).unwrap();
    runs.extend([one, two]);
    Forked { alice, bob, carol, writer, runs, proof }
}

impl Forked {
    fn write(&mut self, who: fn(&Self) -> &Person, kind: Kind, payload: &[u8]) -> EventId {
        let event = self.writer.event_of(who(self).did(), kind, payload);
        let run = who(self).sign(vec![event]);
        self.push(run)
    }

    fn push(&mut self, run: Run) -> EventId {
        let id = run.events[0].id;
        self.runs.push(run);
        id
    }

    fn report(&mut self, proof: &Equivocation) -> EventId {
        self.write(|world| &world.carol, Kind::EquivocationProven, &proof.encode())
    }

    fn lift(&mut self, who: fn(&Self) -> &Person, proof: EventId) -> EventId {
        let subject = self.bob.did();
        let payload = FreezeLifted { subject, proof }.encode();
        self.write(who, Kind::FreezeLifted, &payload)
    }

    /// A record by bob.
    fn note(&mut self) -> EventId {
        let run = self.writer.records(&self.bob, 1);
        self.push(run)
    }

    fn node(&self) -> MemoryNode {
        let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
        node.write(&self.runs).unwrap();
        node
    }
}

fn verdict(node: &MemoryNode, writer: &Writer, id: EventId) -> Verdict {
    let end = node.roots(writer.realm()).unwrap().position;
    let places = node.system.ask(writer.realm(), move |view| view.places(0..end)).unwrap();
    places.iter().find(|place| place.id == id).unwrap().verdict
}

fn values(view: &dyn StateView, who: Did) -> [u32; 6] {
    Dimension::ALL.map(|dimension| value_ppm(view, who, dimension, day(view)))
}

#[test]
fn a_proven_fork_freezes_its_author_until_an_administrator_lifts_it() {
    let mut world = forked();
    let proof = world.proof.clone();
    let reported = world.report(&proof);
    let again = world.report(&proof);
    let late = world.note();
    let own = world.lift(|world| &world.bob, reported);
    let member = world.lift(|world| &world.carol, reported);
    let other = world.lift(|world| &world.alice, again);
    let before = world.node();
    let lifted = world.lift(|world| &world.alice, reported);
    let free = world.note();
    let after_lift = world.report(&proof);

    let snapshot = before.system.snapshot(world.writer.realm()).unwrap();
    let bob = world.bob.did();
    assert_eq!(frozen(&*snapshot, bob).map(|freeze| freeze.event), Some(reported));
    let n = NEWCOMER_PPM;
    assert_eq!(values(&*snapshot, bob), [n, n, n, n, 9_091, 9_091]);
    assert_eq!(values(&*snapshot, world.carol.did())[4..], [n; 2]);

    let node = world.node();
    let says = |id| verdict(&node, &world.writer, id);
    for run in &world.runs[..6] {
        assert!(run.events.iter().all(|event| says(event.id).is_effective()), "before the proof");
    }
    assert_eq!(says(reported), Verdict::Effective);
    assert_eq!(says(again), Verdict::Void(AlreadyExists));
    assert_eq!([late, own].map(says), [Verdict::Void(AuthorFrozen); 2]);
    assert_eq!(says(member), Verdict::Void(NotAllowed));
    assert_eq!(says(other), Verdict::Void(NotFound), "names no proof that froze");
    assert_eq!([lifted, free].map(says), [Verdict::Effective; 2]);
    assert_eq!(says(after_lift), Verdict::Void(AlreadyExists), "a place is proven once");
    let snapshot = node.system.snapshot(world.writer.realm()).unwrap();
    assert_eq!(frozen(&*snapshot, bob), None);
    assert!(snapshot.get(Component::Event, &proven_key(bob, proof.seq())).is_some());
    assert_eq!(values(&*snapshot, bob)[4..], [9_091; 2], "trust is not given back");
}

#[test]
fn every_order_of_arrival_freezes_alike() {
    let mut world = forked();
    let proof = world.proof.clone();
    let reported = world.report(&proof);
    world.note();
    world.lift(|world| &world.alice, reported);
    world.note();
    let expected = world.node().roots(world.writer.realm());
    let mut random = Shuffle(11);
    for interval in [1, 3, 5_000] {
        for _ in 0..4 {
            let mut shuffled = world.runs.clone();
            random.shuffle(&mut shuffled);
            let node = MemoryNode::open(&Store::default(), interval).unwrap();
            node.write(&shuffled).unwrap();
            assert_eq!(node.roots(world.writer.realm()), expected, "interval {interval}");
        }
        let store = Store::default();
        for part in world.runs.chunks(2) {
            let node = MemoryNode::open(&store, interval).unwrap();
            node.write(part).unwrap();
            node.system.stop().unwrap();
        }
        let node = MemoryNode::open(&store, interval).unwrap();
        assert_eq!(node.roots(world.writer.realm()), expected, "restarts, interval {interval}");
    }
}

/// The proof with one part changed, in order again.
fn changed(proof: &Equivocation, change: impl Fn(&mut SignedHeader)) -> Equivocation {
    let mut forged = proof.clone();
    change(&mut forged.second);
    if forged.first.header.id() > forged.second.header.id() {
        std::mem::swap(&mut forged.first, &mut forged.second);
    }
    forged
}

#[test]
fn forged_proofs_freeze_nobody() {
    let mut world = forked();
    let proof = world.proof.clone();
    let twice = Equivocation { first: proof.first.clone(), second: proof.first.clone() };
    let turned = Equivocation { first: proof.second.clone(), second: proof.first.clone() };
    let stranger = person(9).did();
    let mut cases = vec![
        (twice, MalformedPayload, "one event twice"),
        (turned, MalformedPayload, "not in order"),
        (changed(&proof, |one| one.header.author = stranger), MalformedPayload, "two authors"),
        (changed(&proof, |one| one.header.realm.0[0] ^= 1), MalformedPayload, "two realms"),
        (changed(&proof, |one| one.header.author_seq += 1), MalformedPayload, "two places"),
        (changed(&proof, |one| one.header.key_ref.0[0] ^= 1), MalformedPayload, "two keys"),
        (changed(&proof, |one| one.header.prev = Some(EventId([1; 32]))), InvalidProof, "prev"),
        (changed(&proof, |one| one.header.wall_ms += 1), InvalidProof, "never signed"),
        (changed(&proof, |one| one.signature.0[0] ^= 1), InvalidProof, "signature"),
        (changed(&proof, |one| one.header.lamport += 99), NotMonotone, "before the fork"),
    ];
    let both = |change: fn(&mut SignedHeader)| {
        let mut forged = changed(&proof, change);
        let whole = &mut [&mut forged.first, &mut forged.second];
        // Whichever of the two was changed already stays as it is.
        let before = [proof.first.clone(), proof.second.clone()];
        for one in whole.iter_mut().filter(|one| before.contains(one)) {
            change(one);
        }
        if forged.first.header.id() > forged.second.header.id() {
            std::mem::swap(&mut forged.first, &mut forged.second);
        }
        forged
    };
    cases.extend([
        (both(|one| one.header.realm.0[0] ^= 1), InvalidProof, "another realm"),
        (both(|one| one.header.author.id[0] ^= 1), UnknownSubject, "nobody here"),
        (both(|one| one.header.key_ref.0[0] ^= 1), KeyInactive, "another key"),
    ]);
    let carol = world.carol.did();
    let mut framed = both(|_| {});
    for one in [&mut framed.first, &mut framed.second] {
        one.header.author = carol;
        one.header.key_ref = world.runs[2].events[0].id;
    }
    if framed.first.header.id() > framed.second.header.id() {
        std::mem::swap(&mut framed.first, &mut framed.second);
    }
    cases.push((framed, InvalidProof, "signatures of somebody else"));
    let cases: Vec<_> = cases
        .into_iter()
        .map(|(forged, reason, what)| (world.report(&forged), reason, what))
        .collect();
    let node = world.node();
    for (id, reason, what) in cases {
        assert_eq!(verdict(&node, &world.writer, id), Verdict::Void(reason), "{what}");
    }
    let snapshot = node.system.snapshot(world.writer.realm()).unwrap();
    assert_eq!(snapshot.entries(Component::Event).iter().count(), 0);
    assert_eq!(values(&*snapshot, world.bob.did()), [NEWCOMER_PPM; 6]);
}

/// From key `key` of `who` to the next one.
fn rotate(writer: &mut Writer, who: &IdentitySecret, key: u32) -> Run {
    let new = who.key_pair_at(key + 1);
    let next = who.next_key_digest_at(key + 1);
    let bare = KeyRotated::unproven(new.public_key(), next);
    let draft = writer.clone().event_of(who.did(), Kind::KeyRotated, &bare);
    let change = KeyRotated::prove(&new, next, &draft).unwrap();
    let event = writer.event_of(who.did(), Kind::KeyRotated, &change.encode());
    sign_run(&who.key_pair_at(key), vec![event]).unwrap()
}

#[test]
fn a_stolen_old_key_cannot_frame_its_owner() {
    let [alice, bob, carol] = [1, 2, 3].map(person);
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join(&bob), writer.join(&carol)];
    let mut thief = writer.clone();
    let at_once = thief.records(&bob, 1);
    let (mut one, mut two) = (thief.clone(), thief.clone());
    let (one, two) = (one.records(&bob, 2), two.attest(&bob, carol.did(), 1));
    let rotation = rotate(&mut writer, &bob.secret, 0);
    let proofs = [
        // The rotation is signed with the old key too, and starts the branch of the later one.
        Equivocation::between(&rotation, &at_once).unwrap(),
        Equivocation::between(&one, &two).unwrap(),
    ];
    runs.push(rotation);
    let mut reports = Vec::new();
    for proof in &proofs {
        let event = writer.event(&carol, Kind::EquivocationProven, &proof.encode());
        reports.push(event.id);
        runs.push(carol.sign(vec![event]));
    }
    let mut owner = person(2);
    owner.turn_to(1);
    let after = writer.records(&owner, 1);
    reports.push(after.events[0].id);
    runs.extend([after, at_once, one, two]);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let says: Vec<Verdict> = reports.iter().map(|id| verdict(&node, &writer, *id)).collect();
    let void = Verdict::Void(KeyInactive);
    assert_eq!(says, [void, void, Verdict::Effective]);
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    assert!(snapshot.get(Component::Event, &freeze_key(bob.did())).is_none());
}

#[test]
fn a_frozen_author_may_change_its_key_and_stays_frozen() {
    let mut world = forked();
    let proof = world.proof.clone();
    let reported = world.report(&proof);
    let secret = person(2).secret;
    let rotation = rotate(&mut world.writer, &secret, 0);
    let rotated = world.push(rotation);
    world.bob.turn_to(1);
    let late = world.note();
    let node = world.node();
    let says = |id| verdict(&node, &world.writer, id);
    assert_eq!([reported, rotated].map(says), [Verdict::Effective; 2]);
    assert_eq!(says(late), Verdict::Void(AuthorFrozen));
    let snapshot = node.system.snapshot(world.writer.realm()).unwrap();
    let key = world.bob.did().to_bytes();
    let record: IdentityRecord = read(&*snapshot, Component::Identity, &key).unwrap();
    assert_eq!((record.frozen, record.key_event), (true, rotated));
}
