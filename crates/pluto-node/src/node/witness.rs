//! The node as a witness: inputs and outputs of [`pluto_p2p::finality::Witness`], which has the rules.
//!
//! Looked at once a second, for each realm in which the identity is a witness in force, or once by hand:
//! what the fold shows goes in, and what comes out is done at once, with the turn of the author in hand
//! from the draft to the signature. The memory is on the disk before a word leaves.

mod memory;
mod seat;
mod seen;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::PoisonError;

use pluto_core::payload::RoundVote;
use pluto_core::{Digest, EventId, RealmId};
use pluto_engines::finality::is_chained;
use pluto_error::{Error, Result};
use pluto_nervous_system::{Draft, Snapshot};
use pluto_p2p::Millis;
use pluto_p2p::finality::{Input, Output, Witness, WitnessSet};

use super::author::checkpoint::{check, draft_over};
use super::{Author, Node};
use crate::error::NodeError;
use seen::{Seen, is_wanted};

pub use memory::memory_path;
pub(in crate::node) use seat::NodeSeat;
pub use seat::{SKEW_MS_MAX, Seat};

/// Words that follow from each other when one signs by hand: both of a round, and of one before it.
const WORDS_BY_HAND: usize = 4;

/// An identity of this node that signs by itself wherever it is a witness.
#[derive(Default)]
pub struct Witnessing {
    realms: BTreeMap<RealmId, Realm>,
    /// Realms where it signs nothing, with the state root at which that was seen: they are not loaded
    /// to see it again.
    passed: BTreeMap<RealmId, Digest>,
}

/// The machine of one realm.
struct Realm {
    machine: Witness,
    /// Words that went in.
    fed: BTreeSet<EventId>,
    /// The number of events and the border when it was last asked whether a checkpoint is wanted.
    looked: Option<(u64, Digest)>,
    /// The checkpoint that is being proposed, and behind what its event stands.
    draft: Option<(Digest, Draft)>,
    /// The last word that was said here.
    said: Option<RoundVote>,
    /// Why the last proposal was not signed.
    refused: Option<Error>,
}

impl Witnessing {
    /// Does what is due in every realm, at `now` of a clock that only goes on; what fails is tried again.
    pub fn look(&mut self, node: &Node, author: &Author<'_>, now: Millis) {
        for (realm, outline) in node.system().outlines() {
            if self.passed.get(&realm) == Some(&outline.root) {
                continue;
            }
            let seat = NodeSeat::new(node, author, realm, None);
            let turn = node.turn_of(author.did());
            let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = self.look_at(&seat, realm, now) {
                // A new machine begins with what is on the disk.
                self.realms.remove(&realm);
                tracing::warn!(realm = %realm.short(), %error, "no checkpoint is signed now");
            }
        }
    }

    /// Does what is due in one realm.
    ///
    /// # Errors
    /// When the memory cannot be kept, or an event cannot be written.
    pub fn look_at(&mut self, seat: &dyn Seat, realm: RealmId, now: Millis) -> Result<()> {
        let Some(snapshot) = seat.system().version(realm)? else { return Ok(()) };
        let set = set_of(&snapshot);
        let Some(set) = set.filter(|set| set.contains(&seat.did())) else {
            self.realms.remove(&realm);
            self.passed.insert(realm, snapshot.roots().state);
            return Ok(());
        };
        self.passed.remove(&realm);
        let memory = seat.load()?;
        let fits = |known: &Realm| *known.machine.set() == set && *known.machine.memory() == memory;
        if !self.realms.get(&realm).is_some_and(fits) {
            let last = seat.system().ask(realm, Seen::of)?.border;
            let machine = Witness::new(seat.did(), set, memory, last, now);
            self.realms.insert(realm, Realm::new(machine));
        }
        self.realms.get_mut(&realm).map_or(Ok(()), |one| one.look(seat, realm, now))
    }

    /// Says by hand what is due in a realm, or if there is nothing, or `proposes`, proposes in a round of
    /// its own; gives the last word said.
    ///
    /// # Errors
    /// `NOD-0008` for who is no witness; `NOD-0025` when there is nothing to be said, or what is there
    /// does not come out; else as [`Witnessing::look_at`].
    pub fn by_hand(seat: &dyn Seat, realm: RealmId, proposes: bool) -> Result<RoundVote> {
        let mut one = Self::default();
        one.look_at(seat, realm, 0)?;
        let refused = |why| Error::from(NodeError::bad_checkpoint(Digest::ZERO, why));
        let hand = one.realms.remove(&realm);
        let mut hand = hand.ok_or_else(|| refused("the author is no witness"))?;
        hand.go_on(seat, realm)?;
        let proposer = |hand: &Realm, said: &RoundVote| hand.machine.set().proposer(said.round);
        let proposed = |said: &RoundVote| proposer(&hand, said) == Some(seat.did());
        let is_idle = hand.said.is_none() && hand.refused.is_none();
        if is_idle || (proposes && !hand.said.as_ref().is_some_and(proposed)) {
            let at = At { seat, realm, seen: seat.system().ask(realm, Seen::of)?, now: 0 };
            hand.give(&at, Input::Propose)?;
            hand.go_on(seat, realm)?;
        }
        let nothing = || refused("nothing is to be said now");
        hand.said.ok_or_else(|| hand.refused.unwrap_or_else(nothing))
    }
}

/// Who signs in a realm that declares witnesses; nobody where two chains are final.
pub(in crate::node) fn set_of(snapshot: &Snapshot) -> Option<WitnessSet> {
    if !is_chained(snapshot) || snapshot.rival().is_some() {
        return None;
    }
    let set = match snapshot.border() {
        Some(border) => {
            WitnessSet::new(border.quorum.witnesses.iter().copied(), border.quorum.threshold)
        }
        None => WitnessSet::new([snapshot.rules()?.creator], 1),
    };
    set.ok()
}

/// What a step needs besides the machine.
struct At<'a> {
    seat: &'a dyn Seat,
    realm: RealmId,
    seen: Seen,
    now: Millis,
}

impl Realm {
    fn new(machine: Witness) -> Self {
        let (fed, looked, draft) = (BTreeSet::new(), None, None);
        Self { machine, fed, looked, draft, said: None, refused: None }
    }

    fn look(&mut self, seat: &dyn Seat, realm: RealmId, now: Millis) -> Result<()> {
        let at = At { seat, realm, seen: seat.system().ask(realm, Seen::of)?, now };
        if at.seen.border.as_ref() != self.machine.last_final()
            && let Some(border) = &at.seen.border
        {
            self.give(&at, Input::Final(border.clone()))?;
            self.fed.clear();
        }
        for (witness, vote, event) in at.seen.words() {
            if self.fed.insert(event) {
                self.give(&at, Input::Signed(witness, vote, event))?;
            }
        }
        let now = (at.seen.size, at.seen.last);
        if self.looked.replace(now) != Some(now) && is_wanted(seat.system(), &at.seen)? {
            self.give(&at, Input::Wanted)?;
        }
        self.give(&at, Input::Tick)
    }

    /// Looks until nothing more is said.
    fn go_on(&mut self, seat: &dyn Seat, realm: RealmId) -> Result<()> {
        for _ in 0..WORDS_BY_HAND {
            let before = self.said.clone();
            self.look(seat, realm, 0)?;
            if self.said == before {
                break;
            }
        }
        Ok(())
    }

    fn give(&mut self, at: &At<'_>, input: Input) -> Result<()> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.machine.step(input, at.now)? {
                inputs.extend(self.answer(at, output)?);
            }
        }
        // What was drafted and not signed stands behind what may be old the next time.
        self.draft = None;
        Ok(())
    }

    fn answer(&mut self, at: &At<'_>, output: Output) -> Result<Option<Input>> {
        match output {
            Output::Draft { number } => {
                let (did, system) = (at.seat.did(), at.seat.system());
                let drafted = draft_over(system, at.realm, did, at.seen.last, at.seat.now_ms());
                match drafted {
                    Ok((mut chained, draft)) => {
                        chained.checkpoint.number = number;
                        self.draft = Some((chained.hash(), draft));
                        Ok(Some(Input::Drafted(chained)))
                    }
                    Err(error) => {
                        tracing::debug!(%error, number, "no checkpoint can be made");
                        Ok(Some(Input::NoDraft))
                    }
                }
            }
            Output::Check(chained) => {
                let checkpoint = chained.hash();
                let gone = || NodeError::bad_checkpoint(checkpoint, "nobody signed it here").into();
                let candidate = at.seen.candidate(checkpoint).ok_or_else(gone);
                let holds = candidate
                    .and_then(|one| check(at.seat.system(), at.realm, one, at.seat.now_ms()));
                let holds = holds.map_err(|error| {
                    let number = chained.checkpoint.number;
                    tracing::warn!(realm = %at.realm.short(), number, %error, "not signed");
                    self.refused = Some(error);
                });
                Ok(Some(Input::Checked(checkpoint, holds.is_ok())))
            }
            Output::Remember(memory) => {
                at.seat.store(&memory)?;
                Ok(Some(Input::Remembered(memory)))
            }
            Output::Sign(vote) => {
                let drafted = self.draft.take().filter(|(one, _)| *one == vote.chained.hash());
                self.sign(at, vote, drafted.map(|(_, draft)| draft))?;
                Ok(None)
            }
            Output::Contradiction { witness, .. } => {
                tracing::warn!(realm = %at.realm.short(), %witness, "a witness contradicts itself");
                Ok(None)
            }
        }
    }

    fn sign(&mut self, at: &At<'_>, vote: RoundVote, draft: Option<Draft>) -> Result<()> {
        let now = || at.seat.system().draft(at.realm, at.seat.did());
        at.seat.submit(&vote, draft.map_or_else(now, Ok)?)?;
        let (realm, round, commits) = (at.realm.short(), vote.round, vote.commits);
        tracing::info!(%realm, round, commits, "a checkpoint is signed");
        self.said = Some(vote);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
