//! The witness: what it signs, and when.
//!
//! Between two borders witnesses agree on one checkpoint, which extends the last final one, in rounds, as
//! Tendermint does (Buchman, Kwon, Milosevic, "The latest gossip on BFT consensus", 2018). What they say
//! are events of kind `CheckpointSigned`, version 3; which checkpoint is final is not decided here: the
//! fold says it of the set of events (ADR 0017, 0020), and [`Input::Final`] tells it.
//!
//! 1. A round belongs to one witness, in turn; it proposes a checkpoint by preparing it. A round that
//!    leads nowhere is passed over after [`TURN_MS`].
//! 2. *Prepare*, the first word: a witness prepares one checkpoint in a round, and never goes back to an
//!    earlier round. Its roots must come out here.
//! 3. *Commit*, the second word: a witness commits what as many as the threshold have prepared in a round,
//!    if it prepared nothing else there and nothing later. From then on it is *locked* on that checkpoint.
//! 4. Who is locked prepares nothing else, unless as many as the threshold prepared the other one in a
//!    later round than that of the lock.
//! 5. Who proposes takes up what was prepared by as many as the threshold in the latest round, if there
//!    is anything.
//! 6. Its memory is written before a word leaves: [`Output::Remember`] comes first, and [`Output::Sign`]
//!    only after [`Input::Remembered`]. What it is locked on stands in its own events: a commit that was
//!    remembered and never left locks nobody, because nobody can count it.
//!
//! With n witnesses, a threshold of t and fewer than 2t − n liars two final checkpoints never contradict
//! each other, and t honest ones that hear each other within a turn make one final (ADR 0020).
//!
//! Another witness set begins with another machine: the memory goes on.

mod ballots;
mod border;
mod set;

use std::collections::BTreeSet;

use pluto_core::payload::{ChainedCheckpoint, RoundVote};
use pluto_core::{Did, Digest, EventId};

use crate::error::P2pError;
use crate::peer::Millis;

use ballots::Ballots;
pub use ballots::{ROUNDS_MAX, WORDS_MAX};
pub use border::{Input, Memory, Output, WITNESS_FORMAT};
pub use set::{WITNESSES_MAX, WitnessSet};

/// How long a round is given.
pub const TURN_MS: u64 = 20_000;
/// How far ahead of its turn a round may be that is heeded.
pub const AHEAD_MAX: u64 = 1_024;
/// How far beyond the number of the last final checkpoint a round may be, as in the fold.
const GAP_MAX: u64 = u32::MAX as u64;
/// How long nothing is proposed after a final checkpoint.
pub const REST_MS: u64 = 5_000;

/// One witness of a realm, behind one border after the other.
#[derive(Clone, Debug)]
pub struct Witness {
    own: Did,
    set: WitnessSet,
    memory: Memory,
    /// On its way to the disk, or into the log; nothing else is said meanwhile.
    pending: Option<RoundVote>,
    /// The last final checkpoint.
    last_final: Option<ChainedCheckpoint>,
    /// What is said of those that extend it.
    ballots: Ballots,
    /// Those whose roots came out here, and those that were asked about.
    sound: BTreeSet<Digest>,
    asked: BTreeSet<Digest>,
    /// The round whose turn it is, and since when.
    turn: (u64, Millis),
    is_drafting: bool,
    is_wanted: bool,
    rests_until: Millis,
}

impl Witness {
    /// A witness; `memory` and `last_final` are what was there when the node stopped.
    #[must_use]
    pub fn new(
        own: Did,
        set: WitnessSet,
        memory: Memory,
        last_final: Option<ChainedCheckpoint>,
        now: Millis,
    ) -> Self {
        let round = first_round(last_final.as_ref(), &memory);
        Self {
            own,
            set,
            memory,
            pending: None,
            last_final,
            ballots: Ballots::default(),
            sound: BTreeSet::new(),
            asked: BTreeSet::new(),
            turn: (round, now),
            is_drafting: false,
            is_wanted: false,
            rests_until: 0,
        }
    }

    /// The last final checkpoint.
    #[must_use]
    pub const fn last_final(&self) -> Option<&ChainedCheckpoint> {
        self.last_final.as_ref()
    }

    /// What it said last, as it stands on the disk or is on its way there.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The witness set in force.
    #[must_use]
    pub const fn set(&self) -> &WitnessSet {
        &self.set
    }

    /// The round whose turn it is.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.turn.0
    }

    /// Takes one input and says what is to be done, in order.
    ///
    /// # Errors
    /// `P2P-0007` for a draft that may not be signed any more.
    pub fn step(&mut self, input: Input, now: Millis) -> Result<Vec<Output>, P2pError> {
        let mut out = Vec::new();
        // Not before everything that is known was heard: what it is locked on may come last.
        let listens = matches!(input, Input::Signed(..) | Input::Final(_) | Input::Wanted);
        match input {
            Input::Tick => self.tick(now, &mut out),
            Input::Propose => self.jump(now, &mut out),
            Input::Wanted if !self.is_wanted => {
                self.is_wanted = true;
                self.turn.1 = now;
            }
            Input::Wanted => {}
            Input::Signed(witness, vote, event) => self.hear(witness, vote, event, now, &mut out),
            Input::Drafted(chained) => self.drafted(chained, &mut out)?,
            Input::NoDraft => self.is_drafting = false,
            Input::Checked(checkpoint, holds) => {
                if holds && self.asked.contains(&checkpoint) {
                    self.sound.insert(checkpoint);
                }
            }
            Input::Remembered(memory) => {
                let said = self.pending.as_ref().filter(|_| memory == self.memory);
                out.extend(said.cloned().map(Output::Sign));
            }
            Input::Final(checkpoint) => self.end(checkpoint, now),
        }
        if !listens {
            self.speak(&mut out);
        }
        Ok(out)
    }

    /// Payload hash of the last final checkpoint: what the next one extends.
    fn ground(&self) -> Digest {
        self.last_final.as_ref().map_or(Digest::ZERO, ChainedCheckpoint::hash)
    }

    fn is_free(&self) -> bool {
        self.pending.is_none() && !self.is_drafting && self.set.contains(&self.own)
    }

    fn tick(&mut self, now: Millis, out: &mut Vec<Output>) {
        if !self.is_wanted || now < self.rests_until {
            return;
        }
        let (round, since) = self.turn;
        if now.saturating_sub(since) >= TURN_MS {
            self.turn = (round.saturating_add(1), now);
            // What was refused once is looked at again: clocks differ, and events arrive.
            self.asked.clone_from(&self.sound);
        }
        self.propose(out);
    }

    /// Takes the next round that is its own, at once.
    fn jump(&mut self, now: Millis, out: &mut Vec<Output>) {
        let said = self.memory.round.saturating_add(1);
        let heard = self.ballots.last().min(self.turn.0.saturating_add(AHEAD_MAX));
        let from = said.max(self.turn.0).max(heard.saturating_add(1));
        let mut rounds = from..from.saturating_add(self.set.len() as u64);
        if let Some(own) = rounds.find(|round| self.set.proposer(*round) == Some(self.own)) {
            self.turn = (own, now);
            self.propose(out);
        }
    }

    /// Proposes when it is this witness's turn: what was prepared already, or a draft.
    fn propose(&mut self, out: &mut Vec<Output>) {
        let (round, _) = self.turn;
        let is_own = self.set.proposer(round) == Some(self.own);
        if !is_own || !self.is_free() || round <= self.memory.round {
            return;
        }
        match self.ballots.best(&self.set, self.own) {
            Some(best) => self.try_to_say(best, round, false, out),
            None => {
                self.is_drafting = true;
                out.push(Output::Draft { number: round });
            }
        }
    }

    fn drafted(
        &mut self,
        chained: ChainedCheckpoint,
        out: &mut Vec<Output>,
    ) -> Result<(), P2pError> {
        self.is_drafting = false;
        let (number, said) = (chained.checkpoint.number, self.memory.round);
        if number <= said {
            return Err(P2pError::WitnessRefuses { number, signed: said });
        }
        // Something may have become final, or been prepared, since it was asked.
        let fits = chained.extends == self.ground() && number == self.turn.0;
        if fits && self.ballots.best(&self.set, self.own).is_none() && self.is_free() {
            self.sound.insert(chained.hash());
            self.ballots.know(&chained);
            self.say(chained.hash(), number, false, out);
        }
        Ok(())
    }

    fn hear(
        &mut self,
        witness: Did,
        vote: RoundVote,
        event: EventId,
        now: Millis,
        out: &mut Vec<Output>,
    ) {
        let last = self.last_final.as_ref().map_or(0, |last| last.checkpoint.number);
        let is_far = vote.round > last.saturating_add(GAP_MAX);
        if is_far || !self.set.contains(&witness) || vote.chained.extends != self.ground() {
            return;
        }
        if self.pending.as_ref() == Some(&vote) && witness == self.own {
            self.pending = None;
        }
        let (round, proposes) = (vote.round, self.set.proposer(vote.round) == Some(witness));
        if let Some(first) = self.ballots.take(witness, vote, event) {
            out.push(Output::Contradiction { witness, events: [first, event] });
        }
        // A round that its own witness opened, or one that somebody honest must have reached.
        let twice = self.set.threshold().saturating_mul(2);
        let liars = twice.saturating_sub(self.set.len().saturating_add(1));
        let opened = proposes && round <= self.turn.0.saturating_add(AHEAD_MAX);
        let reached = self.ballots.reached(liars).max(if opened { round } else { 0 });
        if reached > self.turn.0 {
            self.turn = (reached, now);
        }
    }

    /// Says what is due: a commit before a word about something new.
    fn speak(&mut self, out: &mut Vec<Output>) {
        if !self.is_free() {
            return;
        }
        if let Some((round, checkpoint)) = self.due_commit() {
            self.try_to_say(checkpoint, round, true, out);
        } else if let Some((round, checkpoint)) = self.due_prepare() {
            self.try_to_say(checkpoint, round, false, out);
        }
    }

    /// Says it if its roots came out here, else asks whether they do.
    fn try_to_say(&mut self, checkpoint: Digest, round: u64, commits: bool, out: &mut Vec<Output>) {
        if self.sound.contains(&checkpoint) {
            self.say(checkpoint, round, commits, out);
        } else if let Some(chained) = self.ballots.value(&checkpoint)
            && self.asked.insert(checkpoint)
        {
            out.push(Output::Check(chained.clone()));
        }
    }

    /// Whether it was asked about, and did not come out.
    fn is_refused(&self, checkpoint: &Digest) -> bool {
        self.asked.contains(checkpoint) && !self.sound.contains(checkpoint)
    }

    /// What as many as the threshold prepared, in the latest round of which nothing later was said here.
    fn due_commit(&self) -> Option<(u64, Digest)> {
        let prepared = self.ballots.prepared(&self.set);
        let (round, checkpoint) = prepared.filter(|(_, one)| !self.is_refused(one))?;
        let Memory { round: said, commits } = self.memory;
        let own = self.ballots.own(self.own, round);
        let is_open = round > said || (round == said && !commits);
        (is_open && own.is_none_or(|own| own == checkpoint)).then_some((round, checkpoint))
    }

    /// What the witness of a round proposed, in the latest round in which it may be prepared.
    fn due_prepare(&self) -> Option<(u64, Digest)> {
        let ahead = self.turn.0.saturating_add(AHEAD_MAX);
        let from = self.memory.round.saturating_add(1);
        let mut proposals = self.ballots.proposals(&self.set, from..=ahead);
        proposals.find(|(_, checkpoint)| {
            !self.is_refused(checkpoint)
                && self.ballots.may_prepare(&self.set, self.own, *checkpoint)
        })
    }

    fn say(&mut self, checkpoint: Digest, round: u64, commits: bool, out: &mut Vec<Output>) {
        let Some(chained) = self.ballots.value(&checkpoint).cloned() else { return };
        if self.memory.sign(round, commits).is_ok() {
            self.pending = Some(RoundVote { chained, round, commits });
            out.push(Output::Remember(self.memory));
        }
    }

    fn end(&mut self, checkpoint: ChainedCheckpoint, now: Millis) {
        let last = self.last_final.as_ref().map_or(0, |last| last.checkpoint.number);
        if checkpoint.checkpoint.number <= last {
            return;
        }
        let round = first_round(Some(&checkpoint), &self.memory);
        self.turn = (round.max(self.ballots.committed(&self.set).saturating_add(1)), now);
        self.last_final = Some(checkpoint);
        self.ballots = Ballots::default();
        self.sound.clear();
        self.asked.clear();
        self.pending = None;
        self.is_drafting = false;
        self.is_wanted = false;
        self.rests_until = now.saturating_add(REST_MS);
    }
}

/// The first round behind a border of which nothing was said here.
fn first_round(last: Option<&ChainedCheckpoint>, memory: &Memory) -> u64 {
    let number = last.map_or(0, |last| last.checkpoint.number);
    number.max(memory.round).saturating_add(1)
}

#[cfg(test)]
mod tests;
