//! Witnesses that did not sign, signed something else, or were none any more.

use pluto_core::event::payload_hash;
use pluto_core::payload::{ChainedCheckpoint, vote_of};
use pluto_core::{Canonical, Component};
use pluto_decision::bundle::{Bundle, Check, Party, Shown};
use pluto_decision::witnessing::{Link, Witnessing};
use pluto_engines::finality::WitnessSet;
use pluto_tests::Person;

use super::witnessed::{Story, story};
use super::{refused, report};

struct Forger {
    story: Story,
    bundle: Bundle,
}

impl Forger {
    fn new() -> Self {
        let story = story();
        let bundle = story.office.bundle(story.denied).unwrap();
        assert!(report(&bundle).holds());
        Self { story, bundle }
    }

    /// The check that refuses the bundle with another chain.
    #[track_caller]
    fn refused(&self, change: impl FnOnce(&mut Vec<Link>, &mut Link)) -> Check {
        let mut bundle = self.bundle.clone();
        let Witnessing::Chain { handovers, last } = &mut bundle.witnessing else { panic!() };
        change(handovers, last);
        refused(&with_parties(&self.story, bundle))
    }

    /// `who` signs a checkpoint as if it came next.
    fn sign(&self, who: &Person, checkpoint: &ChainedCheckpoint) -> Shown {
        let run = self.story.office.writer.clone().cosign(who, checkpoint);
        Shown::of(&run, 0).unwrap()
    }

    /// `signers` sign it in place of those who did.
    fn link(&self, old: &Link, signers: &[&Person], checkpoint: &ChainedCheckpoint) -> Link {
        let signed = signers.iter().map(|who| self.sign(who, checkpoint));
        let mut cosignatures: Vec<Shown> = signed.collect();
        cosignatures.sort_by_key(|shown| shown.event.header.author);
        Link { cosignatures, state: old.state.clone() }
    }
}

/// The parties that the signatures need, and no other.
fn with_parties(story: &Story, mut bundle: Bundle) -> Bundle {
    let shown = bundle.witnessing.all_shown().chain([&bundle.decision.shown]);
    let shown = shown.chain(&bundle.evidence);
    let mut parties: Vec<Party> = bundle.parties.iter().take(1).cloned().collect();
    for author in shown.map(|shown| shown.event.header.author) {
        let mut events = story.office.runs.iter().flat_map(|run| &run.events);
        let first = events.find(|event| event.header.author == author).unwrap();
        let party = Party::alone(first.clone());
        if !parties.contains(&party) {
            parties.push(party);
        }
    }
    bundle.parties = parties;
    bundle
}

fn signed_in(link: &Link) -> ChainedCheckpoint {
    vote_of(&link.cosignatures[0].event).unwrap().chained
}

#[test]
fn too_few_sign() {
    let forger = Forger::new();
    let fewer = |_: &mut Vec<Link>, last: &mut Link| drop(last.cosignatures.pop());
    assert_eq!(forger.refused(fewer), Check::Witness);
    let none = |_: &mut Vec<Link>, last: &mut Link| last.cosignatures.clear();
    assert_eq!(forger.refused(none), Check::Witness);
    for at in 0..2 {
        let fewer = |links: &mut Vec<Link>, _: &mut Link| drop(links[at].cosignatures.remove(0));
        assert_eq!(forger.refused(fewer), Check::Witness);
    }
}

#[test]
fn one_witness_signs_twice() {
    let forger = Forger::new();
    let twice = |_: &mut Vec<Link>, last: &mut Link| {
        last.cosignatures[1] = last.cosignatures[0].clone();
    };
    assert_eq!(forger.refused(twice), Check::Witness);
    // In two events of its own.
    let again = |_: &mut Vec<Link>, last: &mut Link| {
        let who = &forger.story.others[0];
        let at = last.cosignatures.iter().position(|one| one.event.header.author == who.did());
        let at = at.unwrap();
        let other = forger.sign(who, &signed_in(last));
        last.cosignatures[(at + 1) % 3] = other;
        last.cosignatures.sort_by_key(|shown| shown.event.header.author);
    };
    assert_eq!(forger.refused(again), Check::Witness);
    let order = |_: &mut Vec<Link>, last: &mut Link| last.cosignatures.swap(0, 1);
    assert_eq!(forger.refused(order), Check::Witness, "one order, one file");
}

#[test]
fn a_stranger_signs() {
    let forger = Forger::new();
    let [a, b, c, d] = &forger.story.others;
    let staff = &forger.story.staff;
    for stranger in [&staff.owner, &staff.approver] {
        let instead = |_: &mut Vec<Link>, last: &mut Link| {
            *last = forger.link(last, &[a, b, stranger], &signed_in(last));
        };
        assert_eq!(forger.refused(instead), Check::Witness);
        let beside = |_: &mut Vec<Link>, last: &mut Link| {
            *last = forger.link(last, &[a, b, c, d, stranger], &signed_in(last));
        };
        assert_eq!(forger.refused(beside), Check::Witness);
    }
    // Under a name that may sign.
    let named = |_: &mut Vec<Link>, last: &mut Link| {
        let signature = forger.sign(&staff.owner, &signed_in(last)).signature;
        last.cosignatures[0].signature = signature;
    };
    assert_eq!(forger.refused(named), Check::Witness);
    // All four may.
    let mut bundle = forger.bundle.clone();
    let Witnessing::Chain { last, .. } = &mut bundle.witnessing else { panic!() };
    *last = forger.link(last, &[a, b, c, d], &signed_in(last));
    let shown = report(&with_parties(&forger.story, bundle)).shown.unwrap();
    assert_eq!(shown.attested.last.to_string(), "4 of 4 witnesses (threshold 3)");
}

#[test]
fn a_handover_is_left_out_or_made_up() {
    let forger = Forger::new();
    for at in 0..2 {
        let without = |links: &mut Vec<Link>, _: &mut Link| drop(links.remove(at));
        assert_eq!(forger.refused(without), Check::Witness);
        let twice = |links: &mut Vec<Link>, _: &mut Link| links.insert(at, links[at].clone());
        assert_eq!(forger.refused(twice), Check::Witness);
    }
    assert_eq!(forger.refused(|links, _| links.clear()), Check::Witness);
    assert_eq!(forger.refused(|links, _| links.swap(0, 1)), Check::Witness);
    assert_eq!(forger.refused(|links, last| links.push(last.clone())), Check::Witness);
    // The creator alone, in a file as if nobody had been declared.
    let Witnessing::Chain { handovers, .. } = &forger.bundle.witnessing else { panic!() };
    let alone = Witnessing::Creator(handovers[0].cosignatures[0].clone());
    let forged = Bundle { witnessing: alone, ..forger.bundle.clone() };
    assert_eq!(refused(&with_parties(&forger.story, forged)), Check::Witness);
}

#[test]
fn those_sign_who_were_replaced() {
    let forger = Forger::new();
    let [a, b, ..] = &forger.story.others;
    // A quorum of the set before the last one: under the last checkpoint another set is named.
    let old = |links: &mut Vec<Link>, last: &mut Link| {
        links.pop();
        *last = forger.link(last, &[&forger.story.staff.owner, a], &signed_in(last));
    };
    assert_eq!(forger.refused(old), Check::Witness);
    // Of those who stay, as many as were enough before.
    let old = |links: &mut Vec<Link>, last: &mut Link| {
        links.pop();
        *last = forger.link(last, &[a, b], &signed_in(last));
    };
    assert_eq!(forger.refused(old), Check::Witness);
    // With the state of then.
    let old = |links: &mut Vec<Link>, last: &mut Link| {
        let then = links.pop().unwrap();
        let state = then.state;
        *last = Link { state, ..forger.link(last, &[a, b], &signed_in(last)) };
    };
    assert_eq!(forger.refused(old), Check::Witness);
    // An older checkpoint behind a newer one.
    let back = |links: &mut Vec<Link>, last: &mut Link| {
        let mut checkpoint = signed_in(last);
        checkpoint.checkpoint.number = signed_in(&links[1]).checkpoint.number;
        *last = forger.link(last, &[a, b, &forger.story.others[2]], &checkpoint);
    };
    assert_eq!(forger.refused(back), Check::Witness);
}

#[test]
fn signatures_under_two_checkpoints() {
    let forger = Forger::new();
    let [a, _, c, d] = &forger.story.others;
    let two = |_: &mut Vec<Link>, last: &mut Link| {
        let mut other = signed_in(last);
        other.checkpoint.time_ms += 1;
        let mixed = forger.link(last, &[a, c], &signed_in(last));
        let strange = forger.sign(d, &other);
        assert_ne!(strange.event.header.payload_hash, payload_hash(&signed_in(last).encode()));
        last.cosignatures = mixed.cosignatures;
        last.cosignatures.push(strange);
        last.cosignatures.sort_by_key(|shown| shown.event.header.author);
    };
    assert_eq!(forger.refused(two), Check::Witness);
}

#[test]
fn a_set_that_is_not_under_the_root() {
    let forger = Forger::new();
    let [a, b, c, d] = &forger.story.others;
    let own = WitnessSet::new([forger.story.staff.owner.did()], None).unwrap().encode();
    for entry in 0..2 {
        let value = |links: &mut Vec<Link>, _: &mut Link| {
            links[1].state.entries[entry].value = Some(own.clone());
        };
        assert_eq!(forger.refused(value), Check::Witness);
        let absent = |links: &mut Vec<Link>, _: &mut Link| {
            links[1].state.entries[entry].value = None;
        };
        assert_eq!(forger.refused(absent), Check::Witness);
        let less = |_: &mut Vec<Link>, last: &mut Link| drop(last.state.entries.remove(entry));
        assert_eq!(forger.refused(less), Check::Witness);
    }
    let swapped = |links: &mut Vec<Link>, last: &mut Link| {
        std::mem::swap(&mut links[1].state, &mut last.state);
    };
    assert_eq!(forger.refused(swapped), Check::Witness);
    // Another root, and the checkpoint that it needs: nobody signed that, but whom the forger knows.
    let root = |_: &mut Vec<Link>, last: &mut Link| {
        last.state.roots.retain(|(component, _)| *component != Component::Realm);
    };
    assert_eq!(forger.refused(root), Check::Witness);
    let place = |_: &mut Vec<Link>, last: &mut Link| last.state.position += 1;
    assert_eq!(forger.refused(place), Check::Witness);
    // Everybody signs roots that are not those of the log: then it is another log.
    let other = |_: &mut Vec<Link>, last: &mut Link| {
        let mut checkpoint = signed_in(last);
        checkpoint.checkpoint.log_root.0[0] ^= 1;
        *last = forger.link(last, &[a, b, c, d], &checkpoint);
    };
    assert_eq!(forger.refused(other), Check::Witness);
}
