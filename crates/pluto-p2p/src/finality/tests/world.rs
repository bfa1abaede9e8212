//! Small worlds of witnesses: two to five of them, every threshold that is a majority, links that hold
//! words back, clocks that differ, machines that stop between memory and signature, and liars. A liar is
//! played by two honest machines with one name that do not know of each other (Bano and others, "Twins",
//! 2022): each is believable, and together they say two things in one round.
//!
//! Safety: behind one border one checkpoint is final, wherever one looks. Liveness: once every word
//! arrives, every honest witness sees a further border.

use std::collections::BTreeMap;

use super::*;
use crate::peer::{Random, Seeded};

/// Rounds within which a healed world has a further border.
const PATIENCE_ROUNDS: u64 = 24;
const STEP_MS: u64 = 500;

#[derive(Clone)]
struct Machine {
    own: Did,
    witness: Witness,
    disk: Memory,
    /// What it said, in order.
    said: Vec<RoundVote>,
    /// What it heard, its own words too.
    heard: Vec<(Did, RoundVote, EventId)>,
    /// How many words of each machine it heard.
    from: Vec<usize>,
    commits: BTreeMap<(Digest, u64, Digest), BTreeSet<Did>>,
    finals: Vec<ChainedCheckpoint>,
    skew_ms: u64,
    /// Whether it stops before the next word leaves.
    stops: bool,
}

#[derive(Clone)]
struct World {
    set: WitnessSet,
    machines: Vec<Machine>,
    honest: usize,
    now: Millis,
    drafts: u64,
    /// What is final behind each border, anywhere.
    decided: BTreeMap<Digest, Digest>,
}

impl World {
    fn new(count: usize, threshold: usize, liars: usize) -> Self {
        let set = WitnessSet::new((1..=count).map(did), threshold).unwrap();
        let honest = count - liars;
        let names = set.witnesses().iter().enumerate();
        let names = names.flat_map(|(at, own)| vec![*own; 1 + usize::from(at >= honest)]);
        let names: Vec<Did> = names.collect();
        let all = names.len();
        let machine = |own: Did| Machine {
            own,
            witness: Witness::new(own, set.clone(), Memory::default(), None, 0),
            disk: Memory::default(),
            said: Vec::new(),
            heard: Vec::new(),
            from: vec![0; all],
            commits: BTreeMap::new(),
            finals: Vec::new(),
            skew_ms: 0,
            stops: false,
        };
        let machines = names.into_iter().map(machine).collect();
        Self { set, machines, honest, now: 0, drafts: 0, decided: BTreeMap::new() }
    }

    fn give(&mut self, at: usize, input: Input) {
        let now = self.now + self.machines[at].skew_ms;
        let Ok(outputs) = self.machines[at].witness.step(input, now) else { return };
        for output in outputs {
            let machine = &mut self.machines[at];
            match output {
                Output::Draft { number } => {
                    self.drafts += 1;
                    let ground = machine.finals.last().map_or(Digest::ZERO, |one| one.hash());
                    let drafted = checkpoint(number, self.drafts, ground);
                    self.give(at, Input::Drafted(drafted));
                }
                Output::Check(one) => self.give(at, Input::Checked(one.hash(), true)),
                Output::Remember(memory) => {
                    assert!(memory > machine.disk, "a word is said twice");
                    machine.disk = memory;
                    match std::mem::take(&mut machine.stops) {
                        true => self.restart(at),
                        false => self.give(at, Input::Remembered(memory)),
                    }
                }
                Output::Sign(vote) => {
                    machine.said.push(vote);
                    self.hear(at, at);
                }
                Output::Contradiction { witness, .. } => {
                    let honest = self.set.witnesses().iter().take(self.honest);
                    assert!(honest.into_iter().all(|one| *one != witness), "nobody lies there");
                }
            }
        }
    }

    /// The next word of one machine reaches another, if there is one.
    fn hear(&mut self, from: usize, at: usize) -> bool {
        let next = self.machines[at].from[from];
        let Some(vote) = self.machines[from].said.get(next).cloned() else { return false };
        let who = self.machines[from].own;
        let machine = &mut self.machines[at];
        machine.from[from] += 1;
        let event = EventId(vote.chained.hash().0);
        machine.heard.push((who, vote.clone(), event));
        if vote.commits {
            let place = (vote.chained.extends, vote.round, vote.chained.hash());
            machine.commits.entry(place).or_default().insert(who);
        }
        self.give(at, Input::Signed(who, vote, event));
        self.settle(at);
        true
    }

    /// What the fold does: a checkpoint with enough commits in one round is a border.
    fn settle(&mut self, at: usize) {
        let machine = &mut self.machines[at];
        let ground = machine.finals.last().map_or(Digest::ZERO, |one| one.hash());
        let behind = machine.commits.iter().filter(|((extends, ..), _)| *extends == ground);
        let mut full = behind.filter(|(_, who)| who.len() >= self.set.threshold());
        let Some(((_, _, hash), _)) = full.next() else { return };
        let hash = *hash;
        let mut heard = machine.heard.iter().map(|(_, vote, _)| &vote.chained);
        let one = heard.find(|one| one.hash() == hash).unwrap().clone();
        machine.finals.push(one.clone());
        if at < self.honest {
            let before = self.decided.insert(ground, hash);
            assert!(before.is_none_or(|before| before == hash), "two chains are final");
        }
        self.give(at, Input::Final(one));
        self.replay(at);
        self.settle(at);
    }

    /// What was heard before is heard again by a machine that may need it now.
    fn replay(&mut self, at: usize) {
        for (who, vote, event) in self.machines[at].heard.clone() {
            self.give(at, Input::Signed(who, vote, event));
        }
        self.give(at, Input::Wanted);
    }

    fn restart(&mut self, at: usize) {
        let now = self.now + self.machines[at].skew_ms;
        let machine = &mut self.machines[at];
        let last = machine.finals.last().cloned();
        machine.witness = Witness::new(machine.own, self.set.clone(), machine.disk, last, now);
        self.replay(at);
    }

    fn tick(&mut self, at: usize) {
        self.give(at, Input::Wanted);
        self.give(at, Input::Tick);
    }

    /// Every word arrives from now on; the liars fall silent.
    fn heals(&mut self) {
        let goal = self.machines.iter().map(|one| one.finals.len()).max().unwrap() + 1;
        let end = self.now + PATIENCE_ROUNDS * TURN_MS;
        while self.machines[..self.honest].iter().any(|one| one.finals.len() < goal) {
            self.now += STEP_MS;
            for at in 0..self.honest {
                self.tick(at);
                for from in 0..self.machines.len() {
                    while self.hear(from, at) {}
                }
            }
            assert!(self.now < end, "no further border: {:?}", self.trouble());
        }
    }

    fn trouble(&self) -> Vec<String> {
        let one = |one: &Machine| {
            let words: Vec<_> = one.said.iter().rev().take(4).collect();
            let words = words.iter().map(|w| (w.round, w.commits, w.chained.checkpoint.number));
            let words: Vec<_> = words.collect();
            format!("{} final, round {}, {words:?}", one.finals.len(), one.witness.round())
        };
        self.machines.iter().map(one).collect()
    }

    fn storm(&mut self, random: &mut Seeded, steps: usize) {
        let all = self.machines.len();
        let mut below = |bound: usize| (random.next() % bound as u64) as usize;
        for machine in &mut self.machines {
            machine.skew_ms = below(40_000) as u64;
        }
        let mut sides = vec![0; all];
        for _ in 0..steps {
            self.now += below(4_000) as u64;
            if below(30) == 0 {
                sides = (0..all).map(|_| below(3)).collect();
            }
            let (at, from) = (below(all), below(all));
            match below(40) {
                0 => self.restart(at),
                1 => self.machines[at].stops = true,
                2..12 => self.tick(at),
                // Two sides of three hear each other.
                _ if sides[at] == sides[from] || sides[at] + sides[from] == 3 => {
                    self.hear(from, at);
                }
                _ => {}
            }
        }
    }
}

fn sets() -> impl Iterator<Item = (usize, usize)> {
    (1..=5).flat_map(|count| (count / 2 + 1..=count).map(move |threshold| (count, threshold)))
}

#[test]
fn whatever_happened_one_chain_is_final_and_it_goes_on() {
    let mut borders = 0;
    for (count, threshold) in sets() {
        for seed in 0..150 {
            // As many liars as safety bears, and as many honest ones as the threshold.
            let most = (2 * threshold - count - 1).min(count - threshold);
            let mut random = Seeded(seed * 1_000 + (count * 10 + threshold) as u64);
            let mut world = World::new(count, threshold, seed as usize % (most + 1));
            world.storm(&mut random, 400);
            borders += world.decided.len();
            world.heals();
        }
    }
    assert!(borders > 2_000, "{borders}");
}

#[test]
fn with_as_many_liars_as_safety_bears_no_two_chains_are_final() {
    for (count, threshold) in sets() {
        for seed in 0..100 {
            let mut random = Seeded(seed * 7_919 + (count * 10 + threshold) as u64);
            let mut world = World::new(count, threshold, 2 * threshold - count - 1);
            world.storm(&mut random, 500);
        }
    }
}

/// Plays every course of so many happenings, and heals each.
fn every(world: &World, depth: usize, played: &mut usize) {
    *played += 1;
    world.clone().heals();
    if depth == 0 {
        return;
    }
    let all = world.machines.len();
    for at in 0..all {
        let mut next = world.clone();
        next.now += TURN_MS;
        next.tick(at);
        every(&next, depth - 1, played);
        let mut next = world.clone();
        next.machines[at].stops = true;
        next.now += TURN_MS;
        next.tick(at);
        every(&next, depth - 1, played);
        for from in (0..all).filter(|from| *from != at) {
            let mut next = world.clone();
            if next.hear(from, at) {
                every(&next, depth - 1, played);
            }
        }
    }
}

#[test]
fn every_short_course_of_two_and_three_witnesses_goes_on() {
    let mut played = 0;
    every(&World::new(2, 2, 0), 5, &mut played);
    every(&World::new(3, 2, 0), 3, &mut played);
    every(&World::new(3, 3, 0), 3, &mut played);
    assert!(played > 2_000, "{played}");
}
