//! A witness on a simulated node: the machine and the driver of the product, over a fold in memory of what
//! is on the node's disk. Its memory and its own events outlive a crash, the fold does not.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use pluto_core::payload::RoundVote;
use pluto_core::{Canonical, Did, Digest, Kind, RealmId, Run};
use pluto_engines::finality::WitnessSet;
use pluto_error::Result;
use pluto_nervous_system::{Composer, Draft, NervousSystem};
use pluto_node::node::{Seat, Witnessing};
use pluto_p2p::Millis;
use pluto_p2p::finality::Memory;

use crate::node::{MemoryNode, Store};
use crate::people::{Person, Writer, person};

/// The first of the people who do nothing but witness.
const FIRST: u8 = 60;

/// A border: its number, the checkpoint, the place it ends, and the log root up to there.
pub(super) type Border = (u64, Digest, u64, Digest);

/// Declares witnesses, as many as there are people, and closes the first border.
pub(super) fn declare(
    writer: &mut Writer,
    owner: &Person,
    count: usize,
    threshold: usize,
) -> (Vec<Person>, Vec<Run>) {
    let numbers = (FIRST..).take(count);
    let people: Vec<Person> = numbers.map(person).collect();
    let mut runs: Vec<Run> = people.iter().map(|one| writer.join(one)).collect();
    if let Ok(set) = WitnessSet::new(people.iter().map(Person::did), Some(threshold)) {
        let event = writer.event(owner, Kind::WitnessesDeclared, &set.encode());
        runs.push(owner.sign(vec![event]));
        runs.push(writer.propose(owner, 1, Digest::ZERO).2);
    }
    (people, runs)
}

/// What runs on a node that witnesses.
pub(super) struct Witness {
    pub(super) author: Person,
    memory: Mutex<Memory>,
    folded: Option<MemoryNode>,
    /// Runs of the node's log that the fold has.
    taken: usize,
    witnessing: Witnessing,
}

/// The witness at work, for one look.
struct Place<'a> {
    author: &'a Person,
    realm: RealmId,
    memory: &'a Mutex<Memory>,
    folded: &'a MemoryNode,
    now_ms: u64,
    said: RefCell<Vec<Run>>,
}

impl Seat for Place<'_> {
    fn did(&self) -> Did {
        self.author.did()
    }

    fn system(&self) -> &NervousSystem {
        &self.folded.system
    }

    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn load(&self) -> Result<Memory> {
        Ok(*self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn store(&self, memory: &Memory) -> Result<()> {
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = *memory;
        Ok(())
    }

    fn submit(&self, vote: &RoundVote, draft: Draft) -> Result<()> {
        let mut composer = Composer::resume(self.realm, self.did(), draft);
        let run = self.author.sign(vec![composer.vote(self.did(), vote, self.now_ms)]);
        self.folded.write(std::slice::from_ref(&run))?;
        self.said.borrow_mut().push(run);
        Ok(())
    }
}

impl Witness {
    pub(super) fn new(author: Person) -> Self {
        Self {
            author,
            memory: Mutex::default(),
            folded: None,
            taken: 0,
            witnessing: Witnessing::default(),
        }
    }

    /// The fold goes, and with it what the machine knows; the memory stays.
    pub(super) fn crash(&mut self) {
        self.folded = None;
        self.taken = 0;
        self.witnessing = Witnessing::default();
    }

    /// Does what is due over a log; gives the runs that it wrote.
    pub(super) fn look(
        &mut self,
        realm: RealmId,
        log: &[Run],
        now: Millis,
        now_ms: u64,
    ) -> Result<Vec<Run>> {
        let folded = match self.folded.take() {
            Some(folded) => folded,
            None => MemoryNode::open(&Store::default(), 5_000)?,
        };
        let folded = &*self.folded.insert(folded);
        folded.write(log.get(self.taken..).unwrap_or_default())?;
        self.taken = log.len();
        let Self { author, memory, witnessing, .. } = self;
        let said = RefCell::default();
        let place = Place { author, realm, memory, folded, now_ms, said };
        // As long as it does not know itself to have joined, it is nobody there.
        let joined = |draft: Draft| draft.tip.is_some();
        if folded.system.draft(realm, place.did()).is_ok_and(joined) {
            witnessing.look_at(&place, realm, now)?;
        }
        Ok(place.said.into_inner())
    }

    /// The borders that it sees, and whether two chains are final.
    pub(super) fn borders(&self, realm: RealmId) -> Result<(Vec<Border>, bool)> {
        let Some(folded) = &self.folded else { return Ok((Vec::new(), false)) };
        borders(folded, realm)
    }
}

/// The borders of a fold, and whether two chains are final.
pub(super) fn borders(folded: &MemoryNode, realm: RealmId) -> Result<(Vec<Border>, bool)> {
    if folded.system.snapshot(realm).is_none() {
        return Ok((Vec::new(), false));
    }
    folded.system.ask(realm, |view| {
        let border = |one: &pluto_nervous_system::event_sourcing::Border| {
            let log = view.log_root_at(one.position)?;
            Ok((one.number, one.checkpoint, one.position, log))
        };
        let borders = view.borders().iter().map(border).collect::<Result<Vec<_>>>()?;
        Ok((borders, view.rival().is_some()))
    })
}
