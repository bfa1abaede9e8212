//! Two realms with three witnesses each, of whom two must sign: what one shows the other rests on who had
//! to sign, from its genesis on.

use std::collections::BTreeSet;

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, RoundVote, vote_of};
use pluto_core::{Canonical, Component, Digest, EventId, Kind, RealmId, Run, Verdict, VoidReason};
use pluto_decision::bundle::{Party, Place, Shown};
use pluto_decision::realm_proof::{RealmProof, RealmProofs};
use pluto_decision::witnessing::{Link, Witnessing};
use pluto_engines::finality::WitnessSet;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::{Node, Version};
use pluto_realm::final_state::{Claim, FinalState, HandoverRecord, PROOF_BYTES_MAX, handover};
use pluto_realm::gateway::{
    CrossingEvaluated, CrossingOpened, confirmation, entry, entry_key, exit, exit_key,
};
use pluto_realm::hierarchy::{LINEAGE_KEY, RealmLifecycle, child_key, lineage};
use pluto_tests::{OPENED_MS, Office, Person, Shuffle, Writer, person};
use tempfile::TempDir;

use super::{EFFECTIVE, rules};

/// A realm, its creator and its witnesses, by the numbers of persons.
struct Side {
    writer: Writer,
    owner: u8,
    witnesses: [u8; 3],
    runs: Vec<Run>,
    number: u64,
    last: Digest,
}

/// A node with two realms that declared witnesses, and who goes from one to the other.
struct Two {
    node: Node,
    _dir: TempDir,
    a: Side,
    b: Side,
    traveller: u8,
}

impl Side {
    /// The creator signs that three others take over.
    fn open(node: &Node, owner: u8, traveller: u8) -> Self {
        let witnesses = [1, 2, 3].map(|more| owner + more);
        let (mut writer, genesis) = Writer::open(&person(owner));
        let join = |one: &u8| writer.join(&person(*one));
        let joined: Vec<Run> = witnesses.iter().chain([&traveller]).map(join).collect();
        let (runs, last) = (Vec::new(), Digest::ZERO);
        let mut side = Self { writer, owner, witnesses, runs, number: 0, last };
        [genesis].into_iter().chain(joined).for_each(|run| {
            side.submit(node, run);
        });
        side.hand_over(node, [0, 1, 2]);
        side
    }

    fn id(&self) -> RealmId {
        self.writer.realm()
    }

    fn witness(&self, place: usize) -> Person {
        person(self.witnesses[place])
    }

    fn submit(&mut self, node: &Node, run: Run) -> Verdict {
        let receipt = node.system().submit(Source::Local, run.encode()).unwrap().wait().unwrap();
        self.runs.push(run);
        receipt.events.last().unwrap().verdict
    }

    fn say(
        &mut self,
        node: &Node,
        who: u8,
        kind: Kind,
        said: &impl Canonical,
    ) -> (EventId, Verdict) {
        let who = person(who);
        let event = self.writer.event(&who, kind, &said.encode());
        (event.id, self.submit(node, who.sign(vec![event])))
    }

    /// Declares these of the witnesses; whoever signed before signs that.
    fn hand_over(&mut self, node: &Node, who: [usize; 3]) {
        let set = WitnessSet::new(who.map(|one| self.witness(one).did()), Some(2)).unwrap();
        assert_eq!(self.say(node, self.owner, Kind::WitnessesDeclared, &set).1, EFFECTIVE);
        if self.number > 0 {
            return self.agree(node, [0, 1]);
        }
        let chained = self.next(node);
        let run = self.writer.cosign(&person(self.owner), &chained);
        self.submit(node, run);
        self.moved(node, &chained);
    }

    fn next(&self, node: &Node) -> ChainedCheckpoint {
        let roots = node.snapshot(self.id()).unwrap().roots();
        let number = self.number + 1;
        let checkpoint = CheckpointSigned {
            number,
            time_ms: OPENED_MS + 1_000 * number,
            size: roots.position,
            event_set_root: self.writer.event_set_root(),
            log_root: roots.log,
            state_root: roots.state,
        };
        ChainedCheckpoint { checkpoint, extends: self.last }
    }

    /// Witnesses prepare what is there, and commit it.
    fn agree(&mut self, node: &Node, who: [usize; 2]) {
        let chained = self.next(node);
        let signers = who.map(|one| self.witness(one));
        for commits in [false, true] {
            for signer in &signers {
                let vote = RoundVote { chained: chained.clone(), round: self.number + 1, commits };
                let run = self.writer.vote(signer, &vote);
                self.submit(node, run);
            }
        }
        self.moved(node, &chained);
    }

    fn moved(&mut self, node: &Node, chained: &ChainedCheckpoint) {
        (self.number, self.last) = (self.number + 1, chained.hash());
        let border = node.snapshot(self.id()).unwrap().border().unwrap().checkpoint;
        assert_eq!(border, self.last, "the checkpoint is final");
    }

    fn prove(&self, node: &Node, places: impl IntoIterator<Item = Place>) -> Vec<u8> {
        let places: BTreeSet<Place> = places.into_iter().collect();
        node.realm_proof(self.id(), None, &places).unwrap().proof
    }
}

fn two() -> Two {
    let (node, dir) = Office::node().unwrap();
    let (a, b) = (Side::open(&node, 40, 60), Side::open(&node, 50, 60));
    Two { node, _dir: dir, a, b, traveller: 60 }
}

impl Two {
    fn leave(&mut self) -> EventId {
        let opened = CrossingOpened { to: self.b.id(), expires_ms: OPENED_MS + 1_000_000 };
        let (id, said) = self.a.say(&self.node, self.traveller, Kind::CrossingOpened, &opened);
        assert_eq!(said, EFFECTIVE);
        id
    }

    /// The crossing as the last border of A has it.
    fn shown(&self, crossing: EventId) -> CrossingEvaluated {
        let exit = exit(&*self.node.snapshot(self.a.id()).unwrap(), &crossing).unwrap();
        let proof = self.a.prove(&self.node, [(Component::Gateway, exit_key(&crossing))]);
        CrossingEvaluated::Enter { from: self.a.id(), crossing, exit, proof }
    }

    fn enter(&mut self, said: &CrossingEvaluated) -> Verdict {
        self.b.say(&self.node, self.traveller, Kind::CrossingEvaluated, said).1
    }

    fn known(&self) -> Option<HandoverRecord> {
        handover(&*self.node.snapshot(self.b.id()).unwrap(), &self.a.id())
    }
}

/// A crossing out of a realm with witnesses, with its proof.
struct Left {
    two: Two,
    crossing: EventId,
    proof: RealmProof,
}

fn left() -> Left {
    let mut two = two();
    let crossing = two.leave();
    two.a.agree(&two.node, [0, 2]);
    let CrossingEvaluated::Enter { proof, .. } = two.shown(crossing) else { panic!() };
    Left { two, crossing, proof: RealmProof::decode(&proof).unwrap() }
}

/// The proof of a realm with witnesses for another: the same each time.
pub(crate) fn shown() -> RealmProof {
    left().proof
}

impl Left {
    fn with(&self, proof: &RealmProof) -> CrossingEvaluated {
        let exit = exit(&*self.two.node.snapshot(self.two.a.id()).unwrap(), &self.crossing);
        let (from, crossing, exit) = (self.two.a.id(), self.crossing, exit.unwrap());
        CrossingEvaluated::Enter { from, crossing, exit, proof: proof.encode() }
    }

    /// What B says to the proof with another chain, as the parties of it would make it.
    #[track_caller]
    fn refused(&mut self, change: impl FnOnce(&Two, &mut Vec<Link>, &mut Link)) {
        let mut forged = self.proof.clone();
        let Witnessing::Chain { handovers, last } = &mut forged.witnessing else { panic!() };
        change(&self.two, handovers, last);
        self.with_parties(&mut forged);
        assert_ne!(forged, self.proof);
        let said = self.with(&forged);
        assert_eq!(self.two.enter(&said), Verdict::Void(VoidReason::InvalidProof));
        assert_eq!(self.two.known(), None);
    }

    /// The parties that the signatures need, and no other.
    fn with_parties(&self, proof: &mut RealmProof) {
        let Two { a, b, .. } = &self.two;
        proof.parties.truncate(1);
        for author in proof.witnessing.all_shown().map(|shown| shown.event.header.author) {
            let mut events = a.runs.iter().chain(&b.runs).flat_map(|run| &run.events);
            let first = events.find(|event| event.header.author == author).unwrap();
            let party = Party::alone(first.clone());
            if !proof.parties.contains(&party) {
                proof.parties.push(party);
            }
        }
    }
}

impl Side {
    /// `signers` sign a checkpoint in place of those who did.
    fn link(&self, old: &Link, signers: &[&Person], checkpoint: &ChainedCheckpoint) -> Link {
        let sign = |who: &&Person| {
            let run = self.writer.clone().cosign(who, checkpoint);
            Shown::of(&run, 0).unwrap()
        };
        let mut cosignatures: Vec<Shown> = signers.iter().map(sign).collect();
        cosignatures.sort_by_key(|shown| shown.event.header.author);
        Link { cosignatures, state: old.state.clone() }
    }
}

fn signed_in(link: &Link) -> ChainedCheckpoint {
    vote_of(&link.cosignatures[0].event).unwrap().chained
}

#[test]
fn a_member_crosses_between_realms_with_witnesses() {
    let mut two = two();
    let crossing = two.leave();
    let places = BTreeSet::from([(Component::Gateway, exit_key(&crossing))]);
    let early = two.node.realm_proof(two.a.id(), None, &places).err().unwrap();
    assert_eq!(early.code().to_string(), "NOD-0026", "nobody has signed it");
    two.a.agree(&two.node, [0, 1]);
    let said = two.shown(crossing);
    assert_eq!(two.enter(&said), EFFECTIVE);
    let there = two.node.snapshot(two.b.id()).unwrap();
    let receipt = entry(&*there, &crossing).unwrap();
    assert_eq!((receipt.party, receipt.from), (person(two.traveller).did(), two.a.id()));
    assert_eq!(two.known().unwrap().number, 1);
    assert_eq!(two.enter(&said), Verdict::Void(VoidReason::AlreadyExists));
    // And back: A is shown what the witnesses of B signed.
    two.b.agree(&two.node, [1, 2]);
    let proof = two.b.prove(&two.node, [(Component::Gateway, entry_key(&crossing))]);
    let confirm = CrossingEvaluated::Confirm { crossing, entry: receipt, proof };
    let said = two.a.say(&two.node, two.traveller, Kind::CrossingEvaluated, &confirm).1;
    assert_eq!(said, EFFECTIVE);
    let here = two.node.snapshot(two.a.id()).unwrap();
    assert_eq!(confirmation(&*here, &crossing), Some(receipt));
}

#[test]
fn a_child_inherits_from_a_parent_with_witnesses() {
    let mut two = two();
    let (above, below) = (two.a.owner, two.b.owner);
    let (a, b) = (two.a.id(), two.b.id());
    let declared = RealmLifecycle::Rules(rules(10));
    assert_eq!(two.a.say(&two.node, above, Kind::RealmLifecycle, &declared).1, EFFECTIVE);
    let adopted = RealmLifecycle::Adopt(b);
    assert_eq!(two.a.say(&two.node, above, Kind::RealmLifecycle, &adopted).1, EFFECTIVE);
    two.a.agree(&two.node, [0, 1]);
    let show = |two: &Two| {
        let places = [child_key(&b).to_vec(), LINEAGE_KEY.to_vec()];
        let proof = two.a.prove(&two.node, places.map(|key| (Component::Realm, key)));
        let lineage = lineage(&*two.node.snapshot(a).unwrap());
        RealmLifecycle::Inherit { parent: a, lineage, proof }
    };
    let first = show(&two);
    assert_eq!(two.b.say(&two.node, below, Kind::RealmLifecycle, &first).1, EFFECTIVE);
    assert_eq!(lineage(&*two.node.snapshot(b).unwrap()).rules, rules(10));
    let stricter = RealmLifecycle::Rules(rules(20));
    assert_eq!(two.a.say(&two.node, above, Kind::RealmLifecycle, &stricter).1, EFFECTIVE);
    two.a.agree(&two.node, [1, 2]);
    let second = show(&two);
    assert_eq!(two.b.say(&two.node, below, Kind::RealmLifecycle, &second).1, EFFECTIVE);
    assert_eq!(lineage(&*two.node.snapshot(b).unwrap()).rules, rules(20));
    // The old state is a final one, and not the newest that the child knows.
    for old in [first, second] {
        let said = two.b.say(&two.node, below, Kind::RealmLifecycle, &old).1;
        assert_eq!(said, Verdict::Void(VoidReason::NotMonotone));
    }
}

#[test]
fn one_signature_too_few_or_a_strangers_is_refused() {
    let mut left = left();
    left.refused(|_, _, last| drop(last.cosignatures.pop()));
    left.refused(|_, _, last| last.cosignatures.clear());
    left.refused(|_, links, _| links[0].cosignatures.clear());
    left.refused(|_, _, last| last.cosignatures[1] = last.cosignatures[0].clone());
    for stranger in [40, 51, 60] {
        left.refused(|two, _, last| {
            let signers = [&two.a.witness(0), &person(stranger)];
            *last = two.a.link(last, &signers, &signed_in(last));
        });
        // Under the name of a witness.
        left.refused(|two, _, last| {
            let signed = two.a.link(last, &[&person(stranger)], &signed_in(last));
            last.cosignatures[0].signature = signed.cosignatures[0].signature;
        });
    }
    // What was only prepared is signed by nobody.
    left.refused(|two, _, last| {
        let vote = RoundVote { chained: signed_in(last), round: 9, commits: false };
        let shown = [0, 1].map(|one| {
            Shown::of(&two.a.writer.clone().vote(&two.a.witness(one), &vote), 0).unwrap()
        });
        last.cosignatures = shown.to_vec();
        last.cosignatures.sort_by_key(|shown| shown.event.header.author);
    });
    let said = left.with(&left.proof);
    assert_eq!(left.two.enter(&said), EFFECTIVE, "the proof itself is good");
}

#[test]
fn a_set_that_nobody_handed_over_to_is_refused() {
    let mut left = left();
    left.refused(|_, links, _| links.clear());
    left.refused(|_, links, last| links.push(last.clone()));
    left.refused(|_, links, _| links.push(links[0].clone()));
    // The creator goes on alone: under the root another set is named.
    left.refused(|two, links, last| {
        links.clear();
        *last = two.a.link(last, &[&person(two.a.owner)], &signed_in(last));
    });
    // A set of strangers, in the state and in the signatures.
    left.refused(|two, links, last| {
        let strangers = [1, 2].map(|more| person(50 + more));
        let set = WitnessSet::new(strangers.iter().map(Person::did), Some(2)).unwrap().encode();
        links[0].state.entries[1].value = Some(set.clone());
        last.state.entries[0].value = Some(set);
        *last = two.a.link(last, &[&strangers[0], &strangers[1]], &signed_in(last));
    });
}

#[test]
fn another_checkpoints_state_is_refused() {
    let mut left = left();
    left.refused(|two, _, last| {
        let mut other = signed_in(last);
        other.checkpoint.state_root.0[0] ^= 1;
        *last = two.a.link(last, &[&two.a.witness(0), &two.a.witness(1)], &other);
    });
    left.refused(|_, links, last| last.state = links[0].state.clone());
    left.refused(|_, links, last| std::mem::swap(&mut links[0], last));
    // The claims under the root of now, which nobody has signed.
    let now = left.two.node.snapshot(left.two.a.id()).unwrap();
    let place = (Component::Gateway, exit_key(&left.crossing));
    let (parties, witnessing) = (left.proof.parties.clone(), left.proof.witnessing.clone());
    let forged = RealmProof::of(parties, witnessing, &Version(&now), [place]);
    let said = left.with(&forged);
    assert_eq!(left.two.enter(&said), Verdict::Void(VoidReason::InvalidProof));
    // Entries that are not claimed, and a realm that is another one.
    let mut more = left.proof.clone();
    let place = more.state.entries[0].clone();
    more.state.entries.insert(0, pluto_decision::bundle::Entry { key: Vec::new(), ..place });
    let said = left.with(&more);
    assert_eq!(left.two.enter(&said), Verdict::Void(VoidReason::InvalidProof));
}

#[test]
fn who_has_handed_over_shows_nothing_to_who_knows_it() {
    let mut two = two();
    let first = two.leave();
    two.a.agree(&two.node, [0, 1]);
    let old = two.shown(first);
    // The first realm is left by witnesses again, after one of them was replaced by the creator.
    two.a.witnesses[2] = two.a.owner;
    let second = two.leave();
    two.a.hand_over(&two.node, [0, 1, 2]);
    two.a.agree(&two.node, [1, 2]);
    let newer = two.shown(second);
    assert_eq!(two.enter(&newer), EFFECTIVE);
    assert_eq!(two.known().unwrap().number, 2);
    // What the old set signed is refused, and good when it is shown under the new one.
    assert_eq!(two.enter(&old), Verdict::Void(VoidReason::NotMonotone));
    let again = two.shown(first);
    assert_eq!(two.enter(&again), EFFECTIVE);
    // The creator alone, on a log as if it had never declared anybody.
    assert_eq!(two.enter(&alone(&two)), Verdict::Void(VoidReason::NotMonotone));
}

/// The creator of A writes another log, in which it declared nobody.
fn alone(two: &Two) -> CrossingEvaluated {
    let (node, _dir) = Office::node().unwrap();
    let owner = person(two.a.owner);
    let (writer, genesis) = Writer::open(&owner);
    let (runs, last) = (Vec::new(), Digest::ZERO);
    let mut fork = Side { writer, owner: two.a.owner, witnesses: [0; 3], runs, number: 0, last };
    assert_eq!(fork.id(), two.a.id());
    let joined = fork.writer.join(&person(two.traveller));
    for run in [genesis, joined] {
        fork.submit(&node, run);
    }
    let signed = fork.next(&node).checkpoint;
    assert_eq!(fork.say(&node, fork.owner, Kind::CheckpointSigned, &signed).1, EFFECTIVE);
    let opened = CrossingOpened { to: two.b.id(), expires_ms: OPENED_MS + 1_000_000 };
    let crossing = fork.say(&node, two.traveller, Kind::CrossingOpened, &opened).0;
    let state = node.snapshot(fork.id()).unwrap();
    fork.number += 1;
    let signed = fork.next(&node).checkpoint;
    let event = fork.writer.event(&owner, Kind::CheckpointSigned, &signed.encode());
    let run = owner.sign(vec![event]);
    let witnessing = Witnessing::Creator(Shown::of(&run, 0).unwrap());
    let party = Party::alone(fork.runs[0].events[0].clone());
    let (key, exit) = (exit_key(&crossing), exit(&*state, &crossing).unwrap());
    let place = (Component::Gateway, key.clone());
    let proof = RealmProof::of(vec![party], witnessing, &Version(&state), [place]).encode();
    let claim = Claim { component: Component::Gateway, key: &key, value: &exit.encode() };
    assert!(RealmProofs.prove(fork.id(), &[claim], &proof).is_some(), "the forgery is a good one");
    CrossingEvaluated::Enter { from: fork.id(), crossing, exit, proof }
}

/// Where a byte is another one, nothing is shown; and a proof is as small as the bounds say.
#[test]
fn every_byte_of_a_proof_by_witnesses_counts() {
    let left = left();
    let bytes = left.proof.encode();
    let key = exit_key(&left.crossing);
    let exit = exit(&*left.two.node.snapshot(left.two.a.id()).unwrap(), &left.crossing).unwrap();
    let value = exit.encode();
    let claim = [Claim { component: Component::Gateway, key: &key, value: &value }];
    let a = left.two.a.id();
    let shown = RealmProofs.prove(a, &claim, &bytes).unwrap();
    assert_eq!((shown.number, shown.handovers.len()), (2, 1));
    assert_eq!(RealmProof::decode(&bytes).as_ref(), Ok(&left.proof));
    for at in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[at] ^= 1 << (at % 8);
        assert_eq!(RealmProofs.prove(a, &claim, &forged), None, "byte {at}");
    }
    assert_eq!(RealmProofs.prove(left.two.b.id(), &claim, &bytes), None);
    assert_eq!(RealmProofs.prove(a, &[], &bytes), None);
}

/// Any parts of two good proofs of one realm, put together: only the proofs themselves are good.
#[test]
fn parts_of_good_proofs_make_no_other_good_one() {
    let mut left = left();
    left.two.a.hand_over(&left.two.node, [0, 1, 2]);
    left.two.a.witnesses[2] = left.two.a.owner;
    left.two.a.hand_over(&left.two.node, [0, 1, 2]);
    let CrossingEvaluated::Enter { proof, .. } = left.two.shown(left.crossing) else { panic!() };
    let later = RealmProof::decode(&proof).unwrap();
    let links = |proof: &RealmProof| {
        let Witnessing::Chain { handovers, last } = proof.witnessing.clone() else { panic!() };
        handovers.into_iter().chain([last]).collect::<Vec<Link>>()
    };
    let all: Vec<Link> = links(&left.proof).into_iter().chain(links(&later)).collect();
    let good = [left.proof.encode(), later.encode()];
    let claim = |proof: &RealmProof| proof.state.entries[0].clone();
    let entry = claim(&left.proof);
    let value = entry.value.unwrap();
    let claims = [Claim { component: entry.component, key: &entry.key, value: &value }];
    for seed in 0..2_000 {
        let mut random = Shuffle(seed);
        let mut pick = |count: usize| (random.next() % count as u64) as usize;
        let mut made = if pick(2) == 0 { left.proof.clone() } else { later.clone() };
        let handovers = (0..pick(4)).map(|_| all[pick(all.len())].clone()).collect();
        let mut last = all[pick(all.len())].clone();
        if pick(4) == 0 {
            last.state = all[pick(all.len())].state.clone();
        }
        made.witnessing = Witnessing::Chain { handovers, last };
        left.with_parties(&mut made);
        let bytes = made.encode();
        let holds = RealmProofs.prove(left.two.a.id(), &claims, &bytes).is_some();
        assert!(!holds || same(&made, &left.proof) || same(&made, &later), "seed {seed}");
    }
    assert!(
        good.iter().all(|proof| { RealmProofs.prove(left.two.a.id(), &claims, proof).is_some() })
    );
}

/// Whether they differ by the order of parties alone.
fn same(one: &RealmProof, other: &RealmProof) -> bool {
    one.witnessing == other.witnessing && one.state == other.state
}

/// How long a proof gets with each handover: what the bounds of `docs/bounds.md` rest on.
#[test]
fn a_realm_may_hand_over_often() {
    let mut two = two();
    let crossing = two.leave();
    let (turns, mut before) = ([43, 42, 40], 40);
    let mut lengths = Vec::new();
    for round in 0..8 {
        // All of four but one; two of those who sign were in the set before.
        let out = turns[round % 3];
        let mut rest: Vec<u8> = turns.into_iter().filter(|one| *one != out).collect();
        rest.sort_by_key(|one| *one == before);
        two.a.witnesses = [41, rest[0], rest[1]];
        two.a.hand_over(&two.node, [0, 1, 2]);
        before = out;
        let CrossingEvaluated::Enter { proof, .. } = two.shown(crossing) else { panic!() };
        lengths.push(proof.len());
    }
    assert!(lengths.is_sorted_by(|one, more| one < more), "each round hands over: {lengths:?}");
    assert!(lengths.iter().all(|length| *length <= PROOF_BYTES_MAX), "{lengths:?}");
}
