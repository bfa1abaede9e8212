//! Realms beside each other on real nodes: what one shows the other rests on proofs and signatures, and
//! every byte of them counts.

pub(crate) mod witnessed;

use pluto_core::payload::CheckpointSigned;
use pluto_core::{
    Canonical, Component, Digest, Event, EventId, Kind, RealmId, Run, Verdict, VoidReason,
};
use pluto_decision::bundle::{Party, Place, Shown};
use pluto_decision::realm_proof::{PROOF_ALONE_BYTES_MAX, RealmProof, RealmProofs};
use pluto_decision::witnessing::Witnessing;
use pluto_engines::finality::WitnessSet;
use pluto_node::node::Version;
use pluto_realm::final_state::{Claim, FinalCheckpoint, FinalState};
use pluto_realm::gateway::{CrossingEvaluated, CrossingOpened, entry, exit, exit_key};
use pluto_realm::hierarchy::{
    ADOPTED, LINEAGE_KEY, Level, Lineage, RealmLifecycle, child_key, lineage,
};
use pluto_realm::lattice::{AtLeast, AtMost};
use pluto_realm::quota::{Resource, account_now};
use pluto_realm::{Limit, RuleSet, active_member};
use pluto_tests::{MemoryNode, Person, Store, Writer, person};

const EFFECTIVE: Verdict = Verdict::Effective;

/// One realm, its creator, and its checkpoints.
struct Side {
    writer: Writer,
    creator: u8,
    genesis: Event,
    number: u64,
}

/// A node with two realms.
struct Two {
    node: MemoryNode,
    a: Side,
    b: Side,
}

fn open(node: &MemoryNode, creator: u8) -> Side {
    let (writer, run) = Writer::open(&person(creator));
    let genesis = run.events[0].clone();
    node.write(&[run]).unwrap();
    Side { writer, creator, genesis, number: 0 }
}

impl Side {
    fn id(&self) -> RealmId {
        self.writer.realm()
    }

    fn say(
        &mut self,
        node: &MemoryNode,
        who: &Person,
        kind: Kind,
        said: &impl Canonical,
    ) -> (EventId, Verdict) {
        let event = self.writer.event(who, kind, &said.encode());
        let id = event.id;
        let receipts = node.write(&[who.sign(vec![event])]).unwrap();
        (id, receipts[0].events[0].verdict)
    }

    /// The creator signs what is there, and shows these entries under it.
    fn show(&mut self, node: &MemoryNode, places: &[Place]) -> RealmProof {
        let snapshot = node.system.snapshot(self.id()).unwrap();
        let roots = snapshot.roots();
        self.number += 1;
        let creator = person(self.creator);
        let signed = CheckpointSigned {
            number: self.number,
            time_ms: 1_000 * self.number,
            size: roots.position,
            event_set_root: Digest::ZERO,
            log_root: roots.log,
            state_root: roots.state,
        };
        let event = self.writer.event(&creator, Kind::CheckpointSigned, &signed.encode());
        let run: Run = creator.sign(vec![event]);
        node.write(std::slice::from_ref(&run)).unwrap();
        let witnessing = Witnessing::Creator(Shown::of(&run, 0).unwrap());
        let parties = vec![Party::alone(self.genesis.clone())];
        RealmProof::of(parties, witnessing, &Version(&snapshot), places.to_vec())
    }
}

fn two() -> Two {
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    let (a, b) = (open(&node, 1), open(&node, 2));
    Two { node, a, b }
}

fn places(child: RealmId) -> Vec<Place> {
    vec![(Component::Realm, child_key(&child).to_vec()), (Component::Realm, LINEAGE_KEY.to_vec())]
}

fn rules(min_trust: u32) -> RuleSet {
    RuleSet { min_trust: AtLeast(min_trust), ..RuleSet::default() }
}

/// A declares rules and adopts B; B shows it.
fn family() -> (Two, Lineage, RealmProof) {
    let mut two = two();
    let (a, child) = (person(two.a.creator), two.b.id());
    let declared = RealmLifecycle::Rules(rules(10));
    assert_eq!(two.a.say(&two.node, &a, Kind::RealmLifecycle, &declared).1, EFFECTIVE);
    let adopted = RealmLifecycle::Adopt(child);
    assert_eq!(two.a.say(&two.node, &a, Kind::RealmLifecycle, &adopted).1, EFFECTIVE);
    let above = lineage(&*two.node.system.snapshot(two.a.id()).unwrap());
    let proof = two.a.show(&two.node, &places(child));
    (two, above, proof)
}

/// A parent's proof for its child: the same each time.
pub(crate) fn shown() -> RealmProof {
    family().2
}

#[test]
fn a_child_lives_by_what_its_parent_signed() {
    let (mut two, above, proof) = family();
    let b = person(two.b.creator);
    let proof = proof.encode();
    assert!(proof.len() <= PROOF_ALONE_BYTES_MAX, "{}", proof.len());
    let inherit = RealmLifecycle::Inherit { parent: two.a.id(), lineage: above, proof };
    assert_eq!(two.b.say(&two.node, &b, Kind::RealmLifecycle, &inherit).1, EFFECTIVE);
    let weaker = RealmLifecycle::Rules(rules(9));
    let refused = two.b.say(&two.node, &b, Kind::RealmLifecycle, &weaker).1;
    assert_eq!(refused, Verdict::Void(VoidReason::ExceedsParent));
    let now = lineage(&*two.node.system.snapshot(two.b.id()).unwrap());
    assert_eq!(now, Lineage { level: Level::Virtual, rules: rules(10) });
}

#[test]
fn every_byte_of_a_proof_counts() {
    let (two, above, proof) = family();
    let (key, value) = (child_key(&two.b.id()), above.encode());
    let claims = [
        Claim { component: Component::Realm, key: &key, value: &ADOPTED },
        Claim { component: Component::Realm, key: LINEAGE_KEY, value: &value },
    ];
    let bytes = proof.encode();
    assert_eq!(RealmProof::decode(&bytes).as_ref(), Ok(&proof));
    let shown = FinalCheckpoint { number: 1, handovers: Vec::new() };
    assert_eq!(RealmProofs.prove(two.a.id(), &claims, &bytes), Some(shown));
    for at in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[at] ^= 1 << (at % 8);
        assert_eq!(RealmProofs.prove(two.a.id(), &claims, &forged), None, "byte {at}");
    }
    assert_eq!(RealmProofs.prove(two.b.id(), &claims, &bytes), None);
    assert_eq!(RealmProofs.prove(two.a.id(), &claims[..1], &bytes), None);
    let other = Lineage { rules: rules(9), ..above }.encode();
    let looser = [claims[0], Claim { value: &other, ..claims[1] }];
    assert_eq!(RealmProofs.prove(two.a.id(), &looser, &bytes), None);
}

#[test]
fn where_witnesses_are_declared_the_creator_alone_shows_nothing() {
    let (mut two, above, _) = family();
    let (a, member) = (person(two.a.creator), person(3));
    let joined = two.a.writer.join(&member);
    two.node.write(&[joined]).unwrap();
    let set = WitnessSet::new([a.did(), member.did()], None).unwrap();
    assert_eq!(two.a.say(&two.node, &a, Kind::WitnessesDeclared, &set).1, EFFECTIVE);
    let (_, _, run) = two.a.writer.propose(&a, 9, Digest::ZERO);
    two.node.write(&[run]).unwrap();
    let (b, child) = (person(two.b.creator), two.b.id());
    let proof = two.a.show(&two.node, &places(child)).encode();
    let inherit = RealmLifecycle::Inherit { parent: two.a.id(), lineage: above, proof };
    let said = two.b.say(&two.node, &b, Kind::RealmLifecycle, &inherit).1;
    assert_eq!(said, Verdict::Void(VoidReason::InvalidProof));
}

#[test]
fn a_member_crosses_with_a_receipt_on_both_sides() {
    let mut two = two();
    let traveller = person(3);
    for side in [&mut two.a, &mut two.b] {
        side.show(&two.node, &[]);
    }
    let joined = two.a.writer.join(&traveller);
    let known = two.b.writer.join(&traveller);
    two.node.write(&[joined, known]).unwrap();
    let opened = CrossingOpened { to: two.b.id(), expires_ms: 1_000_000 };
    let (crossing, said) = two.a.say(&two.node, &traveller, Kind::CrossingOpened, &opened);
    assert_eq!(said, EFFECTIVE);
    let left = exit(&*two.node.system.snapshot(two.a.id()).unwrap(), &crossing).unwrap();
    let proof = two.a.show(&two.node, &[(Component::Gateway, exit_key(&crossing))]).encode();
    let enter = CrossingEvaluated::Enter { from: two.a.id(), crossing, exit: left, proof };
    let said = two.b.say(&two.node, &traveller, Kind::CrossingEvaluated, &enter).1;
    assert_eq!(said, EFFECTIVE);
    let there = two.node.system.snapshot(two.b.id()).unwrap();
    assert_eq!(entry(&*there, &crossing).unwrap().from, two.a.id());
    assert!(active_member(&*there, traveller.did()).is_some());
}

#[test]
fn quotas_bite_on_a_node_and_a_restart_keeps_the_books() {
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    let mut side = open(&node, 1);
    let creator = person(side.creator);
    let member = person(2);
    let joined = side.writer.join(&member);
    node.write(&[joined]).unwrap();
    let max_events = AtMost(Some(Limit { capacity: 3, per_day: 0 }));
    let limited = RealmLifecycle::Rules(RuleSet { max_events, ..RuleSet::default() });
    assert_eq!(side.say(&node, &creator, Kind::RealmLifecycle, &limited).1, EFFECTIVE);
    let run = side.writer.records(&member, 5);
    let receipts = node.write(&[run]).unwrap();
    let limit = Verdict::Void(VoidReason::LimitReached);
    let verdicts: Vec<_> = receipts[0].events.iter().map(|event| event.verdict).collect();
    assert_eq!(verdicts, [EFFECTIVE, EFFECTIVE, EFFECTIVE, limit, limit]);
    let roots = node.roots(side.id());
    let account = account_now(&*node.system.snapshot(side.id()).unwrap(), member.did());
    let bucket = account.bucket(Resource::Events).unwrap();
    assert_eq!((bucket.granted(), bucket.spent(), account.violations()), (3, 3, 2));
    node.system.stop().unwrap();
    drop(node);
    let again = MemoryNode::open(&store, 5_000).unwrap();
    assert_eq!(again.roots(side.id()), roots);
}
