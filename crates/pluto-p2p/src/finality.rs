//! The witness: what it signs, and when a checkpoint is final.
//!
//! A cosignature is an event of kind `CheckpointSigned` by a witness. Which checkpoint is final is not
//! decided here: the fold says it of the set of events (ADR 0017), and [`Input::Final`] tells it.
//!
//! Rules of a witness, each of which the others can check from its chain of events:
//!
//! 1. It signs each number once, and numbers only go up. Its memory is written before the signature
//!    leaves: [`Output::Remember`] comes first, and [`Output::Sign`] only after [`Input::Remembered`].
//! 2. The checkpoint of a number is proposed by the witness whose turn it is; a number whose witness is
//!    silent is passed over after [`TURN_MS`]. Numbers may have gaps.
//! 3. It signs only what extends the last final checkpoint and everything it signed that may still become
//!    final. A checkpoint cannot any more when as many witnesses as the threshold have signed later
//!    numbers without having signed it: fewer could still sign it late, if the liars are among them.
//!
//! With n witnesses, a threshold of t and fewer than 2t − n liars, two final checkpoints never contradict
//! each other: of two sets of t witnesses one honest witness is in both, and by rule 3 it signed the later
//! one only because it extends the earlier one.
//!
//! Liveness has a price: where witnesses are split over two checkpoints so that neither has, nor was
//! passed over by, as many as the threshold, nobody may give way, and the realm waits.
//!
//! Another witness set begins with another machine: the memory goes on.

mod border;
mod set;

use std::collections::{BTreeMap, BTreeSet};

use pluto_core::payload::CheckpointSigned;
use pluto_core::{Canonical, Did, Digest, EventId};

use crate::error::P2pError;
use crate::peer::Millis;

pub use border::{Input, Memory, Output, SIGNED_MAX, WITNESS_FORMAT};
pub use set::{WITNESSES_MAX, WitnessSet};

pluto_core::domains! {
    CHECKPOINT = "pluto cosigned checkpoint v1";
}

/// How long a witness is given to propose the checkpoint of its number.
pub const TURN_MS: u64 = 20_000;
/// How far ahead of its turn a number may be, and numbers of which votes are kept.
pub const NUMBERS_MAX: u64 = 1_024;
/// How long nothing is proposed after a final checkpoint.
pub const REST_MS: u64 = 5_000;

/// The hash of a checkpoint: two signatures belong together when it is the same.
#[must_use]
pub fn checkpoint_digest(checkpoint: &CheckpointSigned) -> Digest {
    CHECKPOINT.hash(&checkpoint.encode())
}

/// What a witness signed under one number.
#[derive(Clone, Debug)]
struct Vote {
    digest: Digest,
    event: EventId,
}

/// The votes on one number.
#[derive(Clone, Debug, Default)]
struct Ballot {
    votes: BTreeMap<Did, Vote>,
    checkpoints: BTreeMap<Digest, CheckpointSigned>,
    /// What was asked to be checked, and what it was to extend.
    asked: BTreeMap<Digest, Option<CheckpointSigned>>,
}

/// Finality of one realm; a witness when the node is one.
#[derive(Clone, Debug)]
pub struct Witness {
    own: Option<Did>,
    set: WitnessSet,
    memory: Memory,
    /// On its way to the disk; nothing else is signed meanwhile.
    remembering: Option<CheckpointSigned>,
    last_final: Option<CheckpointSigned>,
    ballots: BTreeMap<u64, Ballot>,
    /// The number whose turn it is, and since when.
    turn: (u64, Millis),
    /// The number of the draft that is being made, and what was to be extended then.
    drafting: Option<(u64, Option<CheckpointSigned>)>,
    is_wanted: bool,
    rests_until: Millis,
}

impl Witness {
    /// Finality of a realm. `own` is the identity that signs here, if it is a witness; `memory` and
    /// `last_final` are what was there when the node stopped.
    #[must_use]
    pub fn new(
        own: Option<Did>,
        set: WitnessSet,
        memory: Memory,
        last_final: Option<CheckpointSigned>,
        now: Millis,
    ) -> Self {
        let number = last_final.as_ref().map_or(1, |last| last.number.saturating_add(1));
        Self {
            own,
            set,
            memory,
            remembering: None,
            last_final,
            ballots: BTreeMap::new(),
            turn: (number, now),
            drafting: None,
            is_wanted: false,
            rests_until: 0,
        }
    }

    /// The last final checkpoint.
    #[must_use]
    pub const fn last_final(&self) -> Option<&CheckpointSigned> {
        self.last_final.as_ref()
    }

    /// What it signed, as it stands on the disk or is on its way there.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The witness set in force.
    #[must_use]
    pub const fn set(&self) -> &WitnessSet {
        &self.set
    }

    /// Takes one input and says what is to be done, in order.
    ///
    /// # Errors
    /// `P2P-0007` for a draft that may not be signed any more.
    pub fn step(&mut self, input: Input, now: Millis) -> Result<Vec<Output>, P2pError> {
        let mut out = Vec::new();
        match input {
            Input::Tick => self.tick(now, &mut out),
            Input::Wanted if !self.is_wanted => {
                self.is_wanted = true;
                self.turn.1 = now;
            }
            Input::Wanted => {}
            Input::Signed(witness, checkpoint, event) => {
                self.signed(witness, checkpoint, event, now, &mut out);
            }
            Input::Drafted(checkpoint) => {
                // Something else may have been signed, or become final, since it was asked.
                if self.drafting.take() == Some((checkpoint.number, self.must_extend())) {
                    self.remember(checkpoint, &mut out)?;
                }
            }
            Input::NoDraft => self.drafting = None,
            Input::Checked(digest, holds) => {
                if let Some(checkpoint) = self.checked(&digest).filter(|_| holds) {
                    // A number that was passed over meanwhile is not signed any more.
                    let _ = self.remember(checkpoint, &mut out);
                }
            }
            Input::Remembered(number) => {
                let ready = self.remembering.take_if(|waiting| waiting.number == number);
                if let Some(checkpoint) = ready {
                    out.push(Output::Sign(checkpoint));
                }
            }
            Input::Final(checkpoint) => self.end(checkpoint, now),
        }
        Ok(out)
    }

    fn is_witness(&self) -> bool {
        self.own.is_some_and(|own| self.set.contains(&own))
    }

    fn last_signed(&self) -> u64 {
        self.memory.signed.last().map_or(0, |signed| signed.number)
    }

    fn last_number(&self) -> u64 {
        self.last_final.as_ref().map_or(0, |last| last.number)
    }

    fn tick(&mut self, now: Millis, out: &mut Vec<Output>) {
        if !self.is_wanted || now < self.rests_until {
            return;
        }
        let (number, since) = self.turn;
        let goes_on = self.ballots.get(&number).is_some_and(|ballot| !ballot.votes.is_empty());
        let patience = if goes_on { TURN_MS.saturating_mul(2) } else { TURN_MS };
        if now.saturating_sub(since) >= patience {
            self.turn = (number.saturating_add(1), now);
        }
        self.propose(out);
    }

    /// Asks for a draft when it is this witness's turn.
    fn propose(&mut self, out: &mut Vec<Output>) {
        let (number, _) = self.turn;
        let is_own = self.own.is_some() && self.set.proposer(number) == self.own;
        let signed = self.last_signed();
        let is_free = self.drafting.is_none() && self.remembering.is_none();
        if is_own && is_free && number > signed {
            let extends = self.must_extend();
            self.drafting = Some((number, extends.clone()));
            out.push(Output::Draft { number, extends, prefers: self.newest() });
        }
    }

    /// The newest that others signed: whoever extends it need not wait for it to be given up.
    fn newest(&self) -> Option<CheckpointSigned> {
        let newest = self.ballots.values().rev().find_map(|ballot| {
            let votes =
                |digest: &Digest| ballot.votes.values().filter(|v| v.digest == *digest).count();
            ballot.checkpoints.iter().max_by_key(|(digest, _)| votes(digest))
        });
        newest.map(|(_, checkpoint)| checkpoint.clone())
    }

    /// What the next signature must extend: what was signed last, as long as that may still become
    /// final; at least the last final one.
    fn must_extend(&self) -> Option<CheckpointSigned> {
        // What was signed under a number extends all that was signed before and was alive then, so the
        // newest that is alive stands for all.
        let mut locks = self.memory.signed.iter().rev();
        let lock = locks.find(|own| own.number > self.last_number() && !self.is_dead(own));
        lock.or(self.last_final.as_ref()).cloned()
    }

    /// Whether too many witnesses signed later numbers without having signed this checkpoint.
    fn is_dead(&self, checkpoint: &CheckpointSigned) -> bool {
        let digest = checkpoint_digest(checkpoint);
        let own = self.ballots.get(&checkpoint.number);
        let signed = |witness: &Did| {
            own.and_then(|ballot| ballot.votes.get(witness)).is_some_and(|v| v.digest == digest)
        };
        let later = self.ballots.range(checkpoint.number.saturating_add(1)..);
        let passed: BTreeSet<&Did> =
            later.flat_map(|(_, ballot)| ballot.votes.keys()).filter(|one| !signed(one)).collect();
        passed.len() >= self.set.threshold()
    }

    fn signed(
        &mut self,
        witness: Did,
        checkpoint: CheckpointSigned,
        event: EventId,
        now: Millis,
        out: &mut Vec<Output>,
    ) {
        let number = checkpoint.number;
        let last = self.last_number();
        let furthest = self.turn.0.max(last).saturating_add(NUMBERS_MAX);
        if !self.set.contains(&witness) || number > furthest {
            return;
        }
        let digest = checkpoint_digest(&checkpoint);
        if number <= last {
            let rival = self.last_final.as_ref().filter(|fixed| {
                fixed.number == number && fixed.size == checkpoint.size && **fixed != checkpoint
            });
            if rival.is_some_and(|fixed| fixed.event_set_root == checkpoint.event_set_root) {
                out.push(Output::Differs { witness, checkpoint });
            }
            return;
        }
        let mut later = self.ballots.range(number.saturating_add(1)..);
        let later = later.find_map(|(_, ballot)| ballot.votes.get(&witness)).map(|v| v.event);
        let ballot = self.ballots.entry(number).or_default();
        match ballot.votes.get(&witness) {
            Some(vote) if vote.digest == digest => return,
            Some(vote) => {
                let events = [vote.event, event];
                out.push(Output::Contradiction { witness, events });
                return;
            }
            None => {}
        }
        if let Some(later) = later {
            out.push(Output::Contradiction { witness, events: [event, later] });
            return;
        }
        ballot.votes.insert(witness, Vote { digest, event });
        ballot.checkpoints.insert(digest, checkpoint.clone());
        if number > self.turn.0 && self.set.proposer(number) == Some(witness) {
            self.turn = (number, now);
        }
        if self.ballots.len() > usize::try_from(NUMBERS_MAX).unwrap_or(usize::MAX) {
            self.ballots.pop_first();
        }
        self.consider(witness, &checkpoint, event, out);
    }

    /// Asks to have a proposal checked that may be signed.
    fn consider(
        &mut self,
        witness: Did,
        checkpoint: &CheckpointSigned,
        event: EventId,
        out: &mut Vec<Output>,
    ) {
        let number = checkpoint.number;
        let signed = self.last_signed();
        let is_proposal = self.set.proposer(number) == Some(witness);
        if !self.is_witness() || !is_proposal || number <= signed.max(self.last_number()) {
            return;
        }
        let time = self.last_final.as_ref().map_or(0, |last| last.time_ms);
        if checkpoint.time_ms < time {
            return;
        }
        let extends = self.must_extend();
        let digest = checkpoint_digest(checkpoint);
        if let Some(ballot) = self.ballots.get_mut(&number)
            && ballot.asked.insert(digest, extends.clone()).is_none()
        {
            out.push(Output::Check { checkpoint: checkpoint.clone(), extends, event });
        }
    }

    fn checked(&self, digest: &Digest) -> Option<CheckpointSigned> {
        let ballot = self.ballots.values().find(|ballot| ballot.asked.contains_key(digest))?;
        let is_same = ballot.asked.get(digest) == Some(&self.must_extend());
        ballot.checkpoints.get(digest).filter(|_| is_same).cloned()
    }

    fn remember(
        &mut self,
        checkpoint: CheckpointSigned,
        out: &mut Vec<Output>,
    ) -> Result<(), P2pError> {
        self.forget();
        if self.remembering.is_some() {
            let signed = self.last_signed();
            return Err(P2pError::WitnessRefuses { number: checkpoint.number, signed });
        }
        self.memory.sign(checkpoint.clone(), self.last_number())?;
        self.remembering = Some(checkpoint);
        out.push(Output::Remember(self.memory.clone()));
        Ok(())
    }

    /// Forgets what was signed and cannot become final any more, but for the last number.
    fn forget(&mut self) {
        let (last, newest) = (self.last_number(), self.last_signed());
        let mut signed = std::mem::take(&mut self.memory.signed);
        signed.retain(|own| own.number == newest || (own.number > last && !self.is_dead(own)));
        self.memory.signed = signed;
    }

    fn end(&mut self, checkpoint: CheckpointSigned, now: Millis) {
        let number = checkpoint.number;
        if number <= self.last_number() {
            return;
        }
        self.ballots = self.ballots.split_off(&number.saturating_add(1));
        self.last_final = Some(checkpoint);
        self.is_wanted = false;
        self.rests_until = now.saturating_add(REST_MS);
        if self.turn.0 <= number {
            self.turn = (number.saturating_add(1), now);
        }
    }
}

#[cfg(test)]
mod tests;
