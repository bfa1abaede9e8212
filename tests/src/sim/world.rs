//! The world of a simulation: time, links, and what happens to whom.

use std::collections::BTreeMap;

use pluto_core::{Canonical, Did, Digest, Run};
use pluto_p2p::store::{EventStore, Summary};
use pluto_p2p::{Millis, PeerId, Random, Seeded};

use super::coverage::{Coverage, Trouble};
use super::liar::{Liar, Lie};
use super::node::{Node, Wish};
use super::race::{Contest, Order, Race};
use super::seat::{Border, Witness, declare};
use super::writing::{Last, equivocation, has};
use super::{Report, reproduce};
use crate::people::{Person, Writer, person};

/// How long things go wrong.
pub(super) const STORM_MS: u64 = 90_000;
/// How long nodes have, once everything is healed, to become equal.
const CALM_MS: u64 = 1_800_000;
const TICK_MS: u64 = 500;
const DAY_MS: u64 = 86_400_000;
/// The furthest that a clock is wrong, to either side.
const SKEW_MS_MAX: u64 = 10 * DAY_MS;
/// The smallest network.
pub(super) const NODES_MIN: usize = 3;
/// When two begin to act on the same thing, and how often it is looked whether they can.
const RACE_MS: u64 = 20_000;
const RACE_STEP_MS: u64 = 250;
/// How often a witness looks.
const WITNESS_MS: u64 = 1_000;
/// The most witnesses of a network.
const WITNESSES_MAX: usize = 5;
/// The longest a frame is under way.
const LATENCY_MS_MAX: u64 = 400;

pluto_core::domains! {
    TRACE = "pluto simulation trace v1";
}

/// What happens at a moment.
enum Happening {
    Deliver { from: PeerId, to: PeerId, frame: Vec<u8> },
    Tick(usize),
    Lie(usize),
    Write(usize),
    Sync(usize),
    Crash(usize),
    Start(usize),
    Partition,
    Heal,
    Race,
    Witness(usize),
}

/// A network of one seed.
pub struct World {
    pub(super) seed: u64,
    random: Seeded,
    pub(super) now: Millis,
    queue: BTreeMap<(Millis, u64), Happening>,
    numbers: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) liars: Vec<Liar>,
    pub(super) equivocators: Vec<(Person, Option<Last>, Vec<Run>)>,
    people: Vec<Did>,
    /// The side each peer is on; frames between sides are lost.
    sides: BTreeMap<PeerId, u8>,
    is_storm: bool,
    pub(super) trace: Digest,
    pub(super) frames: u64,
    pub(super) crashes: u64,
    pub(super) race: Race,
    pub(super) coverage: Coverage,
    /// Every border that was seen anywhere, by number.
    pub(super) borders: BTreeMap<u64, Border>,
    /// The number of the last one that each witness sees.
    last_borders: BTreeMap<usize, u64>,
    /// The last of them when everything was healed.
    healed_at: u64,
    /// The number of the newest frame that was delivered on each link.
    newest: BTreeMap<(PeerId, PeerId), u64>,
}

fn peer(number: usize) -> PeerId {
    PeerId([u8::try_from(number).unwrap_or(u8::MAX); 32])
}

/// Eight seeds in a row play every contest in every order.
fn contest(seed: u64) -> (Contest, Order) {
    let races = Contest::ALL
        .into_iter()
        .flat_map(|contest| Order::ALL.into_iter().map(move |order| (contest, order)));
    let number = usize::try_from(seed % 8).unwrap_or(0);
    races.skip(number).next().unwrap_or((Contest::Grant, Order::DoneFirst))
}

/// One network in three declares witnesses: eight in a row, so that every contest is among them.
fn is_witnessed(seed: u64) -> bool {
    seed / 8 % 3 == 1
}

/// Two of the nodes that every network has.
fn two(random: &mut Seeded) -> [usize; 2] {
    let [one, step] = [NODES_MIN as u64, NODES_MIN as u64 - 1].map(|below| random.next() % below);
    [one, one + 1 + step].map(|at| usize::try_from(at).unwrap_or(0) % NODES_MIN)
}

/// Gives some nodes a witness each; gives the runs that declare them.
fn witnesses(
    random: &mut Seeded,
    writer: &mut Writer,
    owner: &Person,
    nodes: &mut [Node],
) -> Vec<Run> {
    let most = nodes.len().min(WITNESSES_MAX) as u64;
    let count = 2 + random.next() % (most - 1);
    let threshold = count / 2 + 1 + random.next() % (count - count / 2);
    let [count, threshold] = [count, threshold].map(|number| usize::try_from(number).unwrap_or(2));
    let (people, runs) = declare(writer, owner, count, threshold);
    for (node, author) in nodes.iter_mut().zip(people) {
        node.witness = Some(Witness::new(author));
    }
    runs
}

impl World {
    /// The network of a seed: 3 to 20 honest nodes, up to 4 liars.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Seeded(seed);
        // Small networks more often than large ones.
        let (small, large) = (random.next() % 4, random.next() % 18);
        let more = if seed % 8 == 7 { large } else { small };
        let honest = NODES_MIN + usize::try_from(more).unwrap_or(0);
        let lying = usize::try_from(random.next() % 5).unwrap_or(0);
        let ids: Vec<PeerId> = (1..=honest + lying).map(peer).collect();
        let owner = person(1);
        let (mut writer, genesis) = Writer::open(&owner);
        let realm = writer.realm();
        let nodes: Vec<Node> = (1..=honest)
            .map(|number| {
                let others = ids.iter().copied().filter(|id| *id != peer(number)).collect();
                let author = person(u8::try_from(number).unwrap_or(1));
                // The world begins far enough from zero for a clock that is slow.
                let skew = random.next() % (2 * SKEW_MS_MAX);
                Node::new(peer(number), realm, author, skew, others, random.next())
            })
            .collect();
        let liars: Vec<Liar> = (honest + 1..=honest + lying)
            .map(|number| Liar::new(peer(number), Lie::any(&mut random), realm, random.next()))
            .collect();
        let numbers = (honest + 1..).zip(&liars);
        let equivocators = numbers
            .filter(|(_, liar)| liar.lie == Lie::Equivocator)
            .map(|(number, _)| (person(u8::try_from(number).unwrap_or(1)), None, Vec::new()))
            .collect();
        let people = nodes.iter().map(Node::did).collect();
        let (race, mut prepared) =
            Race::prepare(contest(seed), two(&mut random), &mut writer, &owner);
        let mut nodes: Vec<Node> = nodes;
        if is_witnessed(seed) {
            prepared.extend(witnesses(&mut random, &mut writer, &owner, &mut nodes));
        }
        let mut world = Self {
            seed,
            random,
            now: 0,
            queue: BTreeMap::new(),
            numbers: 0,
            nodes,
            liars,
            equivocators,
            people,
            sides: BTreeMap::new(),
            is_storm: true,
            trace: Digest::ZERO,
            frames: 0,
            crashes: 0,
            race,
            coverage: Coverage::default(),
            borders: BTreeMap::new(),
            last_borders: BTreeMap::new(),
            healed_at: u64::MAX,
            newest: BTreeMap::new(),
        };
        if let Some(first) = world.nodes.first_mut() {
            first.begin_with(&genesis);
            prepared.iter().for_each(|run| first.begin_with(run));
        }
        world.plan();
        world
    }

    /// Puts the clocks of all machines forward, and changes nothing else: no date is to matter to them.
    #[must_use]
    pub fn later_by_days(mut self, days: u64) -> Self {
        self.nodes.iter_mut().for_each(|node| node.clock_ms += days * DAY_MS);
        self
    }

    fn later(&mut self, ms: u64, happening: Happening) {
        self.numbers += 1;
        self.queue.insert((self.now + ms, self.numbers), happening);
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random.next() % bound.max(1)
    }

    /// What goes wrong, and when.
    fn plan(&mut self) {
        for at in 0..self.nodes.len() {
            if self.nodes.get(at).is_some_and(|node| node.witness.is_some()) {
                self.later(WITNESS_MS, Happening::Witness(at));
                self.coverage.met(Trouble::Witnesses);
            }
        }
        self.later(RACE_MS, Happening::Race);
        if self.is_skewed() {
            self.coverage.met(Trouble::Skew);
        }
        let nodes = self.nodes.len();
        for at in 0..nodes {
            let start = self.below(2_000);
            self.later(start, Happening::Start(at));
            let tick = self.below(TICK_MS);
            self.later(tick, Happening::Tick(at));
            for _ in 0..2 + self.below(10) {
                let when = 2_500 + self.below(STORM_MS - 5_000);
                self.later(when, Happening::Write(at));
            }
            for _ in 0..20 {
                let when = self.below(STORM_MS);
                self.later(when, Happening::Sync(at));
            }
            for _ in 0..self.below(3) {
                let when = 3_000 + self.below(STORM_MS - 20_000);
                self.later(when, Happening::Crash(at));
            }
        }
        for at in 0..self.liars.len() {
            for _ in 0..30 {
                let when = 1_000 + self.below(STORM_MS);
                self.later(when, Happening::Lie(at));
            }
        }
        for _ in 0..self.below(4) {
            let when = 2_000 + self.below(STORM_MS / 2);
            self.later(when, Happening::Partition);
            let long = 5_000 + self.below(STORM_MS / 2);
            self.later(when + long, Happening::Heal);
        }
    }

    /// Runs it to the end.
    ///
    /// # Panics
    /// When an invariant breaks.
    #[must_use]
    pub fn run(mut self) -> Report {
        while self.now < STORM_MS {
            self.step();
        }
        self.is_storm = false;
        self.sides.clear();
        for at in 0..self.nodes.len() {
            self.later(0, Happening::Start(at));
        }
        if self.is_witnessed() {
            self.healed_at = self.borders.keys().last().copied().unwrap_or(0);
            // So that there is something that no border covers.
            self.later(1_000, Happening::Write(0));
        }
        let is_done =
            |world: &Self| world.is_equal() && world.race.is_over() && world.has_a_further_border();
        while !(self.now > STORM_MS + 2_000 && is_done(&self)) {
            self.step();
            if self.now > STORM_MS + CALM_MS {
                self.fail("nodes are not equal long after everything was healed");
            }
        }
        self.report()
    }

    #[expect(clippy::panic, reason = "that is how a simulation fails")]
    pub(super) fn fail(&self, why: &str) -> ! {
        let summaries: Vec<Option<Summary>> =
            self.nodes.iter().map(|node| node.disk.events.summary(node.disk.realm)).collect();
        let counts: Vec<u64> =
            summaries.iter().map(|summary| summary.map_or(0, |summary| summary.events)).collect();
        let ends: Vec<_> = self.nodes.iter().map(|node| &node.outcomes).collect();
        let accused: Vec<_> = self.nodes.iter().map(|node| &node.accused).collect();
        panic!(
            "seed {}: {why}, at {} ms; events {counts:?}; ends {ends:?}; accused {accused:?}\n{}",
            self.seed,
            self.now,
            reproduce(self.seed)
        );
    }

    fn is_equal(&self) -> bool {
        let mut roots = self.nodes.iter().map(|node| {
            let summary = node.disk.events.summary(node.disk.realm);
            summary.filter(|_| node.is_up).map(|summary| summary.heads_root)
        });
        let first = roots.next().flatten();
        first.is_some() && roots.all(|root| root == first)
    }

    fn note(&mut self, what: u8, who: &[u8], bytes: &[u8]) {
        let now = self.now.to_be_bytes();
        self.trace = TRACE.hash_parts(&[&self.trace.0, &now, &[what], who, bytes]);
    }

    fn step(&mut self) {
        let Some(((now, number), happening)) = self.queue.pop_first() else {
            self.fail("nothing happens any more");
        };
        self.now = now;
        match happening {
            Happening::Deliver { from, to, frame } => {
                let newest = self.newest.entry((from, to)).or_default();
                if number < *newest {
                    self.coverage.met(Trouble::Reordering);
                }
                *newest = number.max(*newest);
                self.deliver(from, to, &frame);
            }
            Happening::Tick(at) => {
                self.later(TICK_MS, Happening::Tick(at));
                self.with(at, |node, now| if node.is_up { node.tick(now) } else { Vec::new() });
            }
            Happening::Lie(at) => self.lie(at),
            Happening::Write(at) => {
                let people = self.people.clone();
                self.with(at, |node, now| match node.is_up {
                    true => node.write(&people, now),
                    false => Vec::new(),
                });
            }
            Happening::Sync(at) => self.with(at, |node, _| {
                node.disk.sync();
                Vec::new()
            }),
            Happening::Crash(at) => self.crash(at),
            Happening::Start(at) => {
                self.with(at, |node, now| if node.is_up { Vec::new() } else { node.start(now) });
            }
            Happening::Partition => {
                let ids: Vec<PeerId> = self.everybody().collect();
                for id in ids {
                    let side = u8::try_from(self.below(2)).unwrap_or(0);
                    self.sides.insert(id, side);
                }
            }
            Happening::Heal => self.sides.clear(),
            Happening::Race => self.race(),
            Happening::Witness(at) => self.witness(at),
        }
    }

    fn crash(&mut self, at: usize) {
        self.crashes += 1;
        self.coverage.met(Trouble::Crash);
        let mut lost = 0;
        self.with(at, |node, _| {
            lost = node.crash();
            Vec::new()
        });
        if lost > 0 {
            self.coverage.met(Trouble::LostRuns);
        }
        let down = 500 + self.below(15_000);
        self.later(down, Happening::Start(at));
    }

    /// Lets the two act as soon as they can.
    fn race(&mut self) {
        let nodes = &self.nodes;
        let up = |at: usize| nodes.get(at).filter(|node| node.is_up).map(|node| &node.disk);
        let runs = self.race.step(up);
        for (at, run) in runs {
            self.with(at, |node, now| node.publish(&run, now));
        }
        if self.race.is_over() {
            self.coverage.met(Trouble::Race(self.race.contest, self.race.order));
        } else {
            self.later(RACE_STEP_MS, Happening::Race);
        }
    }

    /// Lets a witness do what is due, and holds the borders that it sees against all others.
    fn witness(&mut self, at: usize) {
        self.later(WITNESS_MS, Happening::Witness(at));
        if !self.nodes.get(at).is_some_and(|node| node.is_up) {
            return;
        }
        let mut failed = None;
        self.with(at, |node, now| {
            node.witness(now).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
        });
        if let Some(why) = failed {
            self.fail(&format!("a witness fails: {why}"));
        }
        let Some(node) = self.nodes.get(at) else { return };
        let Some(witness) = &node.witness else { return };
        match witness.borders(node.disk.realm) {
            Ok((borders, is_split)) => {
                let last = borders.last().map_or(0, |(number, ..)| *number);
                self.last_borders.insert(at, last);
                self.compare(&borders, is_split);
            }
            Err(error) => self.fail(&format!("no borders: {}", error.chain())),
        }
    }

    /// Two borders of one number are the same, and so is everything before them.
    pub(super) fn compare(&mut self, borders: &[Border], is_split: bool) {
        if is_split {
            self.fail("two chains are final");
        }
        let mut last = 0;
        for border in borders {
            if border.2 < last {
                self.fail("a border lies before the one before it");
            }
            last = border.2;
            let known = *self.borders.entry(border.0).or_insert(*border);
            if known != *border {
                self.fail(&format!("a border moved: {known:?}, {border:?}"));
            }
        }
        if borders.len() > 1 && self.is_storm {
            self.coverage.met(Trouble::Border);
        }
    }

    pub(super) fn is_witnessed(&self) -> bool {
        self.nodes.iter().any(|node| node.witness.is_some())
    }

    /// Whether every witness sees a border that was not there when everything was healed.
    fn has_a_further_border(&self) -> bool {
        let witnesses = self.nodes.iter().enumerate().filter(|(_, node)| node.witness.is_some());
        let last = |at: usize| self.last_borders.get(&at).copied().unwrap_or(0);
        witnesses.into_iter().all(|(at, _)| last(at) > self.healed_at)
    }

    /// Whether two clocks are more than a day apart.
    fn is_skewed(&self) -> bool {
        let clocks = || self.nodes.iter().map(|node| node.clock_ms);
        clocks().max().unwrap_or(0) - clocks().min().unwrap_or(0) > DAY_MS
    }

    fn everybody(&self) -> impl Iterator<Item = PeerId> + '_ {
        let honest = self.nodes.iter().map(|node| node.id);
        honest.chain(self.liars.iter().map(|liar| liar.id))
    }

    /// Lets a node act, checks what must always hold, and sends what it wishes.
    fn with(&mut self, at: usize, act: impl FnOnce(&mut Node, Millis) -> Vec<Wish>) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(at) else { return };
        let wishes = act(node, now);
        let (id, holds) = (node.id, node.disk.keeps_its_word());
        let draw = node.draw();
        if !holds {
            self.fail("something acknowledged is lost");
        }
        self.note(1, &id.0, &draw.to_be_bytes());
        for Wish::Send(to, frame) in wishes {
            self.send(id, to, frame, 0);
        }
    }

    fn send(&mut self, from: PeerId, to: PeerId, frame: Vec<u8>, delay: u64) {
        let side = |id: &PeerId| self.sides.get(id).copied().unwrap_or(0);
        let (is_cut, storm) = (side(&from) != side(&to), self.is_storm);
        let [one, other] = [from, to].map(|id| self.nodes.iter().position(|node| node.id == id));
        let lost = storm && self.below(50) == 0;
        if is_cut || self.race.cuts(one, other) {
            self.coverage.met(Trouble::Partition);
            return;
        }
        if lost {
            self.coverage.met(Trouble::Loss);
            return;
        }
        let copies = if storm && self.below(30) == 0 { 2 } else { 1 };
        if copies > 1 {
            self.coverage.met(Trouble::Duplication);
        }
        for _ in 0..copies {
            let latency = delay + 1 + self.below(LATENCY_MS_MAX);
            let frame = frame.clone();
            self.later(latency, Happening::Deliver { from, to, frame });
        }
    }

    fn deliver(&mut self, from: PeerId, to: PeerId, frame: &[u8]) {
        self.frames += 1;
        self.note(2, &to.0, frame);
        if let Some(at) = self.nodes.iter().position(|node| node.id == to) {
            self.with(at, |node, now| match node.is_up {
                true => node.hear(from, frame, now),
                false => Vec::new(),
            });
        } else if let Some(liar) = self.liars.iter_mut().find(|liar| liar.id == to)
            && let Some((delay, answer)) = liar.answer(frame)
        {
            let id = liar.id;
            self.send(id, from, answer, delay);
        }
    }

    fn lie(&mut self, at: usize) {
        if self.liars.get(at).is_some_and(|liar| liar.lie == Lie::Equivocator) {
            self.equivocate(at);
            return;
        }
        let honest: Vec<PeerId> = self.nodes.iter().map(|node| node.id).collect();
        for to in honest {
            let Some(liar) = self.liars.get_mut(at) else { return };
            let id = liar.id;
            let lie = liar.lie;
            if let Some(frame) = liar.tick() {
                self.coverage.met(Trouble::Lie(lie));
                self.send(id, to, frame, 0);
            }
        }
    }

    /// An equivocator joins, and then gives two runs for one place to two nodes.
    fn equivocate(&mut self, at: usize) {
        let earlier = self.liars.iter().take(at);
        let number = earlier.filter(|liar| liar.lie == Lie::Equivocator).count();
        let nodes = self.nodes.len() as u64;
        let [one, other] = [0; 2].map(|_| usize::try_from(self.below(nodes)).unwrap_or(0));
        let Some(liar) = self.liars.get_mut(at) else { return };
        let Some((author, last, runs)) = self.equivocators.get_mut(number) else { return };
        let Some(disk) = self.nodes.get(one).map(|node| &node.disk) else { return };
        let id = liar.id;
        let given = match *last {
            None if !disk.log.is_empty() => {
                let mut grants = BTreeMap::new();
                let joins = super::writing::next_run(
                    disk,
                    author,
                    None,
                    1,
                    &self.people,
                    &mut grants,
                    &mut liar.random,
                );
                *last = Last::of(&joins);
                vec![(one, joins.clone()), (other, joins)]
            }
            Some(known) if runs.is_empty() && has(disk, known) => {
                let [left, right] = equivocation(disk, author, known, &mut liar.random);
                *runs = vec![left.clone(), right.clone()];
                self.coverage.met(Trouble::Lie(Lie::Equivocator));
                vec![(one, left), (other, right)]
            }
            // Both are told again now and then, so that both arrive somewhere.
            Some(_) if !runs.is_empty() => {
                [one, other].into_iter().zip(runs.iter().cloned()).collect()
            }
            _ => Vec::new(),
        };
        for (to, run) in given {
            let Some(node) = self.nodes.get(to) else { continue };
            let (realm, to) = (node.disk.realm, node.id);
            let run = Some(run.encode().into());
            let heads_root = Digest::ZERO;
            let announce = pluto_p2p::message::Message::Announce { realm, heads_root, run };
            self.send(id, to, announce.encode(), 0);
        }
    }
}
