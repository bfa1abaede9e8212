//! Blobs come whole from whoever has them, whatever others send.

use std::collections::VecDeque;

use pluto_core::Canonical;
use proptest::prelude::*;

use super::*;

const A: PeerId = PeerId([1; 32]);
const B: PeerId = PeerId([2; 32]);
const BLOB: BlobId = BlobId([9; 32]);

/// What a peer says to everything.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Honest,
    Lies,
    Absent,
    Busy,
    Silent,
}

/// A blob of so many chunks and its peers; chunk n is the byte n.
struct World {
    machine: BlobMachine,
    manners: BTreeMap<PeerId, Manner>,
    kept: Vec<u16>,
    chunks: u16,
    now: Millis,
    out: Vec<Output>,
}

impl World {
    fn new(chunks: u16, manners: &[(PeerId, Manner)]) -> Self {
        let (machine, manners) = (BlobMachine::default(), manners.iter().copied().collect());
        Self { machine, manners, kept: Vec::new(), chunks, now: 0, out: Vec::new() }
    }

    /// Lets everything happen that follows from an input; gives how the blob ended, if it did.
    fn give(&mut self, input: Input) -> Option<Outcome> {
        let mut inputs = VecDeque::from([input]);
        let mut ended = None;
        while let Some(input) = inputs.pop_front() {
            for output in self.machine.step(input, self.now) {
                self.out.push(output.clone());
                match output {
                    Output::Ask(peer, id, part) => {
                        let heard = self.heard(peer, part);
                        inputs.push_back(Input::Answered(peer, id, part, heard));
                    }
                    Output::Check(id, part, bytes, manifest) => {
                        assert_eq!(manifest.is_some(), part > 0);
                        let checked = self.check(part, &bytes);
                        inputs.push_back(Input::Checked(id, part, checked));
                    }
                    Output::Finish(id, _) => {
                        assert_eq!(self.kept.len(), usize::from(self.chunks));
                        inputs.push_back(Input::Checked(id, 0, Checked::Whole));
                    }
                    Output::Did(..) => {}
                    Output::Ended(_, outcome) => ended = Some(outcome),
                }
            }
            assert!(self.out.len() < 10_000, "it asks for ever");
        }
        ended
    }

    fn heard(&self, peer: PeerId, part: u16) -> Heard {
        match self.manners[&peer] {
            Manner::Honest => Heard::Part(part.to_be_bytes().as_slice().into()),
            Manner::Lies => Heard::Part([0xff].as_slice().into()),
            Manner::Absent => Heard::Absent,
            Manner::Busy => Heard::Busy,
            Manner::Silent => Heard::Silent,
        }
    }

    fn check(&mut self, part: u16, bytes: &[u8]) -> Checked {
        if bytes != part.to_be_bytes() {
            return Checked::Wrong;
        }
        if part == 0 {
            let missing = (1..=self.chunks).filter(|part| !self.kept.contains(part)).collect();
            return Checked::Plan(Plan { bytes: u64::from(self.chunks), missing });
        }
        self.kept.push(part);
        Checked::Kept
    }

    /// Both peers are there, and the blob is wanted.
    fn begin(&mut self) -> Option<Outcome> {
        for peer in self.manners.keys().copied().collect::<Vec<_>>() {
            self.give(Input::PeerUp(peer));
        }
        self.give(Input::Want(BLOB, u64::MAX))
    }

    /// Goes on until it ends, for at most an hour.
    fn wait(&mut self) -> Option<Outcome> {
        (0..3_600).find_map(|_| {
            self.now += 1_000;
            self.give(Input::Tick)
        })
    }

    fn deeds(&self, peer: PeerId) -> Vec<Deed> {
        let deed = |output: &Output| match output {
            Output::Did(who, deed) if *who == peer => Some(*deed),
            _ => None,
        };
        self.out.iter().filter_map(deed).collect()
    }
}

#[test]
fn a_blob_comes_from_who_is_honest_whatever_others_do() {
    for other in [Manner::Honest, Manner::Lies, Manner::Absent, Manner::Busy, Manner::Silent] {
        let mut world = World::new(20, &[(A, other), (B, Manner::Honest)]);
        let ended = world.begin().or_else(|| world.wait());
        assert_eq!(ended, Some(Outcome::Here));
        let lies = world.deeds(A).iter().filter(|deed| **deed == Deed::Garbage).count();
        assert!(if other == Manner::Lies { (1..=2).contains(&lies) } else { lies == 0 });
        assert!(world.deeds(B).is_empty());
        assert_eq!(world.machine.wanted().count(), 0);
    }
}

#[test]
fn several_peers_are_asked_and_none_for_much_at_once() {
    let mut machine = BlobMachine::default();
    for n in 1..=9 {
        machine.step(Input::PeerUp(PeerId([n; 32])), 0);
    }
    let first = machine.step(Input::Want(BLOB, 100), 0);
    let [Output::Ask(peer, BLOB, 0)] = first[..] else { panic!("{first:?}") };
    let manifest: Arc<[u8]> = [0].as_slice().into();
    machine.step(Input::Answered(peer, BLOB, 0, Heard::Part(manifest)), 0);
    let plan = Plan { bytes: 50, missing: (1..=50).collect() };
    let asked = machine.step(Input::Checked(BLOB, 0, Checked::Plan(plan)), 0);
    assert_eq!(asked.len(), PARTS_IN_FLIGHT_MAX);
    let mut of: BTreeMap<PeerId, usize> = BTreeMap::new();
    for output in &asked {
        let Output::Ask(peer, ..) = output else { panic!("{output:?}") };
        *of.entry(*peer).or_default() += 1;
    }
    assert!(of.len() > 4 && of.values().all(|count| *count <= PARTS_OF_PEER_MAX), "{of:?}");
}

#[test]
fn a_cut_costs_what_was_on_its_way() {
    let mut world = World::new(40, &[(A, Manner::Busy)]);
    assert_eq!(world.begin(), None);
    world.kept = (1..=30).collect();
    world.give(Input::PeerDown(A));
    world.manners.insert(A, Manner::Honest);
    let ended = world.give(Input::PeerUp(A)).or_else(|| world.wait());
    assert_eq!(ended, Some(Outcome::Here));
    let asked = |output: &&Output| matches!(output, Output::Ask(_, _, 1..=30));
    assert_eq!(world.out.iter().filter(asked).count(), 0, "what was kept is not asked for");
}

#[test]
fn a_part_goes_to_another_peer_when_one_is_gone() {
    let mut machine = BlobMachine::default();
    machine.step(Input::PeerUp(A), 0);
    assert_eq!(machine.step(Input::Want(BLOB, 9), 0), [Output::Ask(A, BLOB, 0)]);
    assert_eq!(machine.step(Input::PeerUp(B), 1), []);
    assert_eq!(machine.step(Input::PeerDown(A), 2), [Output::Ask(B, BLOB, 0)]);
    let late = Heard::Part([1].as_slice().into());
    assert_eq!(machine.step(Input::Answered(A, BLOB, 0, late), 3), [], "too late to count");
}

#[test]
fn what_is_too_large_or_nowhere_is_wanted_no_more() {
    let mut world = World::new(40, &[(A, Manner::Honest)]);
    world.give(Input::PeerUp(A));
    assert_eq!(world.give(Input::Want(BLOB, 39)), Some(Outcome::TooLarge));
    let mut world = World::new(1, &[(A, Manner::Absent), (B, Manner::Lies)]);
    assert_eq!(world.begin(), None);
    assert_eq!(world.wait(), Some(Outcome::Nowhere));
    for n in 0..=WANTED_MAX {
        let ended = world.give(Input::Want(BlobId([n as u8; 32]), 1));
        assert_eq!(ended.is_some(), n == WANTED_MAX);
    }
}

proptest! {
    #[test]
    fn messages_have_one_encoding(bytes: Vec<u8>, id: [u8; 32], part: u16) {
        if let Ok(message) = PartMessage::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
        let ask = AskPart { blob: BlobId(id), part };
        prop_assert_eq!(ask.encode().len(), ASK_BYTES);
        prop_assert_eq!(AskPart::decode(&ask.encode()).unwrap(), ask);
    }
}
