//! Nobody signs a number twice, whatever happens; final checkpoints never contradict each other; and
//! with a quorum there, there is one.

use std::collections::BTreeMap;

use pluto_core::Namespace;

use super::*;
use crate::peer::{Random, Seeded};

fn did(number: usize) -> Did {
    Did { namespace: Namespace::Guild, id: [u8::try_from(number).unwrap(); 32] }
}

fn set(count: usize) -> WitnessSet {
    WitnessSet::of((1..=count).map(did)).unwrap()
}

fn checkpoint(number: u64, content: u8) -> CheckpointSigned {
    let root = Digest([content; 32]);
    CheckpointSigned {
        number,
        time_ms: 1_000 + number,
        size: number * 10,
        event_set_root: root,
        log_root: root,
        state_root: root,
    }
}

fn event(number: u8) -> EventId {
    EventId([number; 32])
}

#[test]
fn sets_that_cannot_decide_are_refused() {
    assert_eq!((1..=7).map(|n| set(n).threshold()).collect::<Vec<_>>(), [1, 2, 2, 3, 4, 4, 5]);
    assert!(WitnessSet::new([], 0).is_err());
    assert!(WitnessSet::new([did(1), did(2)], 1).is_err());
    assert!(WitnessSet::new([did(1)], 2).is_err());
    assert!(WitnessSet::of((1..=65).map(did)).is_err());
    let bytes = set(4).encode();
    assert_eq!(WitnessSet::decode(&bytes).unwrap(), set(4));
}

#[test]
fn a_signature_leaves_after_the_memory_is_written() {
    let own = set(1).witnesses()[0];
    let mut witness = Witness::new(Some(own), set(1), Memory::default(), None, 0);
    assert!(witness.step(Input::Tick, 0).unwrap().is_empty(), "nothing is wanted");
    witness.step(Input::Wanted, 0).unwrap();
    let [Output::Draft { number: 1, extends: None, prefers: None }] =
        &witness.step(Input::Tick, 1).unwrap()[..]
    else {
        panic!("a draft is asked for");
    };
    let drafted = checkpoint(1, 1);
    let out = witness.step(Input::Drafted(drafted.clone()), 1).unwrap();
    assert_eq!(out, [Output::Remember(Memory { signed: vec![drafted.clone()] })]);
    assert!(witness.step(Input::Remembered(2), 1).unwrap().is_empty());
    assert_eq!(witness.step(Input::Remembered(1), 1).unwrap(), [Output::Sign(drafted.clone())]);
    assert!(witness.step(Input::Remembered(1), 1).unwrap().is_empty(), "once");
    assert!(witness.step(Input::Signed(own, drafted.clone(), event(1)), 2).unwrap().is_empty());
    witness.step(Input::Final(drafted.clone()), 2).unwrap();
    assert_eq!(witness.last_final(), Some(&drafted));
    witness.step(Input::Wanted, 3).unwrap();
    assert!(witness.step(Input::Tick, 3).unwrap().is_empty(), "it rests");
    assert_eq!(witness.step(Input::Tick, 2 + REST_MS).unwrap().len(), 1);
}

#[test]
fn a_witness_that_signs_two_is_shown() {
    let mut seen = Witness::new(None, set(3), Memory::default(), None, 0);
    let [first, second, third] = [0, 1, 2].map(|n| set(3).witnesses()[n]);
    let step = |seen: &mut Witness, who, content, id| {
        seen.step(Input::Signed(who, checkpoint(1, content), event(id)), 0).unwrap()
    };
    assert!(step(&mut seen, first, 1, 1).is_empty());
    let events = [event(1), event(2)];
    assert_eq!(step(&mut seen, first, 2, 2), [Output::Contradiction { witness: first, events }]);
    assert!(step(&mut seen, second, 2, 3).is_empty());
    assert!(step(&mut seen, third, 2, 4).is_empty());
    seen.step(Input::Final(checkpoint(1, 2)), 0).unwrap();
    let stranger = did(99);
    assert!(step(&mut seen, stranger, 2, 5).is_empty());
    // Numbers only go up.
    assert!(seen.step(Input::Signed(first, checkpoint(9, 1), event(6)), 0).unwrap().is_empty());
    let events = [event(7), event(6)];
    assert_eq!(
        seen.step(Input::Signed(first, checkpoint(8, 1), event(7)), 0).unwrap(),
        [Output::Contradiction { witness: first, events }]
    );
}

#[test]
fn a_lock_is_given_up_when_as_many_as_the_threshold_passed_it_over() {
    // Three of four must sign: two of them are spared, of whom one may lie.
    let own = set(4).witnesses()[0];
    let memory = Memory { signed: vec![checkpoint(1, 1)] };
    let mut witness = Witness::new(Some(own), set(4), memory, None, 0);
    witness.step(Input::Signed(own, checkpoint(1, 1), event(1)), 0).unwrap();
    for (at, passing) in (1..4).zip(2u8..) {
        assert_eq!(witness.must_extend(), Some(checkpoint(1, 1)), "{at}");
        let passing = Input::Signed(set(4).witnesses()[at], checkpoint(2, 2), event(passing));
        witness.step(passing, 0).unwrap();
    }
    assert_eq!(witness.must_extend(), None);
}

#[test]
fn what_is_remembered_is_not_signed_again() {
    let mut memory = Memory::default();
    memory.sign(checkpoint(3, 1), 2).unwrap();
    assert!(memory.sign(checkpoint(3, 2), 2).is_err());
    assert!(memory.sign(checkpoint(2, 1), 0).is_err());
    memory.sign(checkpoint(5, 1), 2).unwrap();
    memory.settle(4);
    assert_eq!(memory.signed, [checkpoint(5, 1)]);
    memory.settle(9);
    assert_eq!(memory.signed, [checkpoint(5, 1)], "the last number stays");
    assert!(memory.sign(checkpoint(9, 1), 9).is_err());
}

/// A network of witnesses over lossy links, who crash and come back with what they wrote.
struct World {
    random: Seeded,
    witnesses: Vec<Witness>,
    disks: Vec<Memory>,
    /// Every checkpoint made, with the one it extends.
    made: BTreeMap<Digest, (CheckpointSigned, Option<Digest>)>,
    signed: BTreeMap<(Did, u64), Digest>,
    finals: Vec<CheckpointSigned>,
    /// Who signed what, as each of them saw it: the fold counts, not the machine.
    seen: Vec<BTreeMap<Digest, BTreeSet<Did>>>,
    mail: Vec<(usize, Input)>,
    now: Millis,
    fresh: u8,
    /// Nobody crashes.
    is_calm: bool,
}

impl World {
    fn new(count: usize, seed: u64) -> Self {
        let witness = |n: &Did| Witness::new(Some(*n), set(count), Memory::default(), None, 0);
        Self {
            random: Seeded(seed),
            witnesses: set(count).witnesses().iter().map(witness).collect(),
            disks: vec![Memory::default(); count],
            made: BTreeMap::new(),
            signed: BTreeMap::new(),
            finals: Vec::new(),
            seen: vec![BTreeMap::new(); count],
            mail: Vec::new(),
            now: 0,
            fresh: 0,
            is_calm: false,
        }
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.random.next().is_multiple_of(n)
    }

    fn extends(&self, from: &CheckpointSigned, goal: &Option<CheckpointSigned>) -> bool {
        let Some(goal) = goal.as_ref().map(checkpoint_digest) else { return true };
        let before = |digest: &Digest| self.made.get(digest).and_then(|(_, base)| *base);
        std::iter::successors(Some(checkpoint_digest(from)), before).any(|one| one == goal)
    }

    fn give(&mut self, at: usize, input: Input) {
        let counted = self.counted(at, &input);
        let Ok(outputs) = self.witnesses[at].step(input, self.now) else { return };
        let own = self.witnesses[at].own.unwrap();
        for output in outputs {
            match output {
                Output::Draft { number, extends, prefers } => {
                    let prefers = prefers.filter(|newest| self.extends(newest, &extends));
                    let extends = prefers.or(extends);
                    self.fresh = self.fresh.wrapping_add(1);
                    let drafted = checkpoint(number, self.fresh);
                    let base = extends.as_ref().map(checkpoint_digest);
                    self.made.insert(checkpoint_digest(&drafted), (drafted.clone(), base));
                    self.give(at, Input::Drafted(drafted));
                }
                Output::Check { checkpoint, extends, .. } => {
                    let holds = self.extends(&checkpoint, &extends);
                    self.give(at, Input::Checked(checkpoint_digest(&checkpoint), holds));
                }
                Output::Remember(memory) => {
                    let number = memory.signed.last().unwrap().number;
                    self.disks[at] = memory;
                    // The machine may die here: the signature then never leaves.
                    if self.is_calm || !self.one_in(20) {
                        self.give(at, Input::Remembered(number));
                    } else {
                        self.crash(at);
                    }
                }
                Output::Sign(checkpoint) => {
                    let digest = checkpoint_digest(&checkpoint);
                    let before = self.signed.insert((own, checkpoint.number), digest);
                    assert!(before.is_none(), "a number signed twice");
                    for to in 0..self.witnesses.len() {
                        let vote = Input::Signed(own, checkpoint.clone(), EventId(digest.0));
                        self.mail.push((to, vote));
                    }
                }
                Output::Contradiction { .. } | Output::Differs { .. } => panic!("nobody lies here"),
            }
        }
        if let Some(checkpoint) = counted {
            self.finals.push(checkpoint.clone());
            self.give(at, Input::Final(checkpoint));
        }
    }

    /// What becomes final at a node with that vote.
    fn counted(&mut self, at: usize, input: &Input) -> Option<CheckpointSigned> {
        let Input::Signed(who, checkpoint, _) = input else { return None };
        let signers = self.seen[at].entry(checkpoint_digest(checkpoint)).or_default();
        let is_new = signers.insert(*who);
        let is_final = signers.len() == self.witnesses[at].set.threshold();
        (is_new && is_final).then(|| checkpoint.clone())
    }

    fn crash(&mut self, at: usize) {
        let own = self.witnesses[at].own;
        let last = self.witnesses[at].last_final.clone();
        let set = self.witnesses[at].set.clone();
        let memory = Memory::decode(&self.disks[at].encode()).unwrap();
        self.witnesses[at] = Witness::new(own, set, memory, last, self.now);
        // Votes are events: they are synced again, from the start.
        self.mail.retain(|(to, _)| *to != at);
        let votes: Vec<Input> = self
            .signed
            .iter()
            .filter_map(|((who, _), digest)| {
                let (checkpoint, _) = self.made.get(digest)?;
                Some(Input::Signed(*who, checkpoint.clone(), EventId(digest.0)))
            })
            .collect();
        self.mail.extend(votes.into_iter().map(|vote| (at, vote)));
    }

    /// One in `loss` frames is late.
    fn run(&mut self, steps: u64, loss: u64) {
        for _ in 0..steps {
            self.now += 500;
            for at in 0..self.witnesses.len() {
                self.give(at, Input::Wanted);
                self.give(at, Input::Tick);
            }
            for _ in 0..self.mail.len().min(12) {
                let at = usize::try_from(self.random.next()).unwrap() % self.mail.len();
                // Lost for now: what is an event arrives in the end.
                if self.one_in(loss) {
                    continue;
                }
                // The events of one author arrive in the order of their chain.
                let key = |(to, input): &(usize, Input)| match input {
                    Input::Signed(who, ..) => (*to, Some(*who)),
                    _ => (*to, None),
                };
                let wanted = key(&self.mail[at]);
                let first = self.mail.iter().position(|mail| key(mail) == wanted).unwrap();
                let (to, input) = self.mail.remove(first);
                self.give(to, input);
            }
            if !self.is_calm && self.one_in(40) {
                let at = usize::try_from(self.random.next()).unwrap() % self.witnesses.len();
                self.crash(at);
            }
        }
    }
}

/// What became final in a world, which never contradicts itself.
fn finals_of(mut world: World, loss: u64) -> usize {
    world.run(900, loss);
    let mut finals = std::mem::take(&mut world.finals);
    finals.sort_by_key(|one| one.number);
    for pair in finals.windows(2) {
        assert!(world.extends(&pair[1], &Some(pair[0].clone())), "{pair:?}");
    }
    finals.len()
}

#[test]
fn final_checkpoints_never_contradict_each_other() {
    for seed in 0..60 {
        let count = 1 + usize::try_from(seed % 7).unwrap();
        let finals = finals_of(World::new(count, seed), 3);
        // Two of whom both must sign can each hold on to what the other passed over, for good.
        assert!(count == 2 || finals > 3, "seed {seed}, {count} witnesses: {finals} final");
    }
}

#[test]
fn where_votes_arrive_in_time_final_checkpoints_do_not_end() {
    for seed in 0..14 {
        let count = 1 + usize::try_from(seed % 7).unwrap();
        let world = World { is_calm: true, ..World::new(count, seed) };
        let finals = finals_of(world, u64::MAX);
        assert!(finals > 3, "seed {seed}, {count} witnesses: {finals} final");
    }
}
