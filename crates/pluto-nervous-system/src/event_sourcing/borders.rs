//! Which checkpoints of a realm are final: a function of the set of its events, wherever they stand.
//!
//! 1. A *vote* is a chained checkpoint (version 2 of kind 68) or a word about one in a round (version 3)
//!    by anybody. A checkpoint is known by the payload hash it has in version 2; its *proposal* is a vote
//!    whose ascending parents hash to its event-set root, and it covers the causal past of those parents.
//! 2. Checkpoints form a tree by what they extend. A checkpoint is final when as many committed it in one
//!    round as the quorum says of the last final one above it, and with it everything between the two. A
//!    vote of version 2 is a commit in round 0; what was only prepared counts for nothing here. What lies
//!    between must not cover a declaration of witnesses: who decides is changed by them, so such a
//!    checkpoint is final by its own votes, or nothing that extends it is.
//! 3. The final ones, the *borders*, are a chain: border i ends tier i, which is what it covers and no
//!    border before it. A final checkpoint beside the chain is a *rival*, and the end of both.
//!
//! Votes are taken in order of arrival, one by one. Without rivals that order decides nothing; with one
//! it decides which of two this node had first, and the log gives the same answer at every start.

mod bound;
mod codec;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use pluto_core::payload::{ChainedCheckpoint, RoundVote, heads_root, vote_of};
use pluto_core::{Did, Digest, Event, EventId, Kind};

pub(crate) use codec::{put_borders, read_borders};

/// Most checkpoints between two borders: more than a witness signs beyond the last final one.
const CHAIN_MAX: usize = 1_024;

/// Who decides what is final, and how many of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quorum {
    /// Ascending.
    pub witnesses: Vec<Did>,
    /// How many must sign.
    pub threshold: usize,
}

/// A final checkpoint and the place it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// Its payload hash: what the next one extends.
    pub checkpoint: Digest,
    /// The event that proposed it: what it covers is the causal past of that event's parents.
    pub proposal: EventId,
    /// Its number.
    pub number: u64,
    /// Its realm time in Unix milliseconds.
    pub time_ms: u64,
    /// How many events it and those before it cover: no place before this one moves any more.
    pub position: u64,
    /// The lowest and highest Lamport time of its tier; the first is the higher one for an empty tier.
    pub lamports: (u64, u64),
    /// Who decides what is final behind it.
    pub quorum: Arc<Quorum>,
}

impl Border {
    /// The border of a proposed checkpoint, at no place yet.
    pub(crate) fn of(checkpoint: Digest, proposal: &Event) -> Self {
        let signed = vote_of(proposal).ok().map(|vote| vote.chained.checkpoint);
        let (number, time_ms) = signed.map_or((0, 0), |signed| (signed.number, signed.time_ms));
        let (proposal, quorum) = (proposal.id, Arc::default());
        Self { checkpoint, proposal, number, time_ms, position: 0, lamports: (0, 0), quorum }
    }
}

/// A checkpoint that somebody signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its payload hash.
    pub checkpoint: Digest,
    /// What was signed.
    pub signed: ChainedCheckpoint,
    /// The first event seen that shows what it covers.
    pub proposal: Option<EventId>,
    /// What was said of it, by round.
    pub rounds: BTreeMap<u64, Round>,
}

/// Who said what of a checkpoint in one round, and in which event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The first word: it may be committed.
    pub prepared: BTreeMap<Did, EventId>,
    /// The second word: it counts.
    pub committed: BTreeMap<Did, EventId>,
}

impl Candidate {
    /// The commits of the first round in which there are enough of them.
    #[must_use]
    pub fn deciding(&self, quorum: &Quorum) -> Option<&BTreeMap<Did, EventId>> {
        let enough = |round: &&Round| {
            let who = quorum.witnesses.iter();
            let counted = who.filter(|who| round.committed.contains_key(who)).count();
            quorum.threshold > 0 && counted >= quorum.threshold
        };
        self.rounds.values().find(enough).map(|round| &round.committed)
    }
}

/// A cosignature on its way into the table.
pub(crate) struct Vote {
    witness: Did,
    event: EventId,
    checkpoint: Digest,
    said: RoundVote,
    proposes: bool,
}

impl Vote {
    /// What it is about.
    pub(crate) fn checkpoint(&self) -> Digest {
        self.checkpoint
    }

    /// What it proposes, if it shows what that covers.
    pub(crate) fn proposed(&self) -> Option<&ChainedCheckpoint> {
        self.proposes.then_some(&self.said.chained)
    }

    /// What an event signs, if it does.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let header = &event.header;
        if header.kind != Kind::CheckpointSigned.number() {
            return None;
        }
        let said = vote_of(event).ok()?;
        let parents: Vec<EventId> = header.parents.iter().copied().collect();
        Some(Self {
            witness: header.author,
            event: event.id,
            checkpoint: said.chained.hash(),
            proposes: heads_root(&parents) == said.chained.checkpoint.event_set_root,
            said,
        })
    }
}

/// A checkpoint with enough votes, and what lies between it and the border above.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// How many borders stand above it.
    pub(crate) above: usize,
    /// From the first behind that border to the checkpoint itself.
    pub(crate) path: Vec<Digest>,
}

/// The borders of a realm, and what is signed beyond them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Borders {
    /// Who decides before the first border: the creator.
    pub(crate) root: Arc<Quorum>,
    list: Vec<Border>,
    /// How many borders stand up to the one of that hash.
    numbers: HashMap<Digest, usize>,
    /// In order of arrival.
    candidates: Vec<Candidate>,
    known: HashMap<Digest, usize>,
    /// Who opened them, the oldest first.
    opened: HashMap<Did, VecDeque<Digest>>,
    /// By what they extend.
    children: HashMap<Digest, Vec<Digest>>,
    rival: Option<Digest>,
}

impl Borders {
    /// No border yet, and who decides about the first.
    pub(crate) fn begin(root: Arc<Quorum>) -> Self {
        Self { root, ..Self::default() }
    }

    pub(crate) fn list(&self) -> &[Border] {
        &self.list
    }

    pub(crate) fn last(&self) -> Option<&Border> {
        self.list.last()
    }

    /// Places before this one are out of reach.
    pub(crate) fn position(&self) -> u64 {
        self.last().map_or(0, |last| last.position)
    }

    /// A final checkpoint that contradicts the borders.
    pub(crate) fn rival(&self) -> Option<Digest> {
        self.rival
    }

    /// Whether anything was said in a round.
    pub(crate) fn has_rounds(&self) -> bool {
        self.candidates.iter().any(|one| one.rounds.keys().any(|round| *round > 0))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.candidates.is_empty()
    }

    pub(crate) fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    pub(crate) fn candidate(&self, checkpoint: &Digest) -> Option<&Candidate> {
        self.candidates.get(*self.known.get(checkpoint)?)
    }

    /// Who decides about what extends the first `above` borders.
    pub(crate) fn quorum(&self, above: usize) -> &Quorum {
        let border = above.checked_sub(1).and_then(|last| self.list.get(last));
        border.map_or(&self.root, |border| &border.quorum)
    }

    /// The position behind the first `above` borders.
    pub(crate) fn position_of(&self, above: usize) -> u64 {
        let border = above.checked_sub(1).and_then(|last| self.list.get(last));
        border.map_or(0, |border| border.position)
    }

    /// The places among which an event of that Lamport time may stand, the last tier first; `end` is the
    /// number of events.
    pub(crate) fn tiers_with(&self, lamport: u64, end: u64) -> impl Iterator<Item = Range<u64>> {
        let may_hold = move |number: &usize| {
            let border = self.list.get(*number);
            border.is_none_or(|one| one.lamports.0 <= lamport && lamport <= one.lamports.1)
        };
        let ends = move |number: usize| self.list.get(number).map_or(end, |one| one.position);
        let tiers = (0..=self.list.len()).rev().filter(may_hold);
        tiers.map(move |number| self.position_of(number)..ends(number))
    }

    /// Takes a vote; says whether what extends its checkpoint may be reached only now.
    pub(crate) fn note(&mut self, vote: Vote) -> bool {
        let Vote { witness, event, checkpoint, said, proposes } = vote;
        let RoundVote { chained: signed, round, commits } = said;
        let at = self.known.get(&checkpoint).copied();
        let is_new = at.is_none();
        let mut opens = is_new;
        let at = at.unwrap_or(self.candidates.len());
        if opens {
            self.children.entry(signed.extends).or_default().push(checkpoint);
            self.known.insert(checkpoint, at);
            let rounds = BTreeMap::new();
            self.candidates.push(Candidate { checkpoint, signed, proposal: None, rounds });
        }
        if let Some(candidate) = self.candidates.get_mut(at) {
            if proposes && candidate.proposal.is_none() {
                candidate.proposal = Some(event);
                opens = true;
            }
            let Round { prepared, committed } = candidate.rounds.entry(round).or_default();
            let words = if commits { committed } else { prepared };
            words.entry(witness).or_insert(event);
        }
        if is_new {
            self.opened(witness, checkpoint);
        }
        opens
    }

    /// The checkpoints with enough votes that a vote on `checkpoint` bears on: itself, and what extends it
    /// where that may be reached only now.
    pub(crate) fn supported(&self, checkpoint: Digest, and_below: bool) -> Vec<Digest> {
        let Some(Found { above, path }) = self.path(checkpoint) else { return Vec::new() };
        let mut supported = Vec::new();
        let mut next = vec![(checkpoint, path.len())];
        while let Some((one, depth)) = next.pop() {
            if self.has_quorum(&one, above) {
                supported.push(one);
            }
            if and_below && depth < CHAIN_MAX {
                next.extend(self.extending(&one).map(|child| (child, depth + 1)));
            }
        }
        supported
    }

    /// A checkpoint with enough votes, if it is none of the borders.
    pub(crate) fn found(&self, checkpoint: Digest) -> Option<Found> {
        self.path(checkpoint).filter(|found| self.has_quorum(&checkpoint, found.above))
    }

    /// What extends a checkpoint directly, the latest first.
    pub(crate) fn extending(&self, checkpoint: &Digest) -> impl Iterator<Item = Digest> {
        let children = self.children.get(checkpoint).map_or(&[][..], Vec::as_slice);
        children.iter().rev().copied()
    }

    fn has_quorum(&self, checkpoint: &Digest, above: usize) -> bool {
        let one = self.candidate(checkpoint);
        one.is_some_and(|one| one.deciding(self.quorum(above)).is_some())
    }

    /// The way from a border to a checkpoint that is none; `None` when it leads to no border, or what
    /// stands on it does not follow each other.
    pub(crate) fn path(&self, checkpoint: Digest) -> Option<Found> {
        if self.numbers.contains_key(&checkpoint) {
            return None;
        }
        let mut path = Vec::new();
        let mut at = checkpoint;
        let mut after: Option<(u64, u64)> = None;
        while path.len() < CHAIN_MAX {
            let one = self.candidate(&at)?;
            let ChainedCheckpoint { checkpoint: signed, extends } = &one.signed;
            one.proposal?;
            if !follows(after, (signed.number, signed.time_ms)) {
                return None;
            }
            after = Some((signed.number, signed.time_ms));
            path.push(at);
            at = *extends;
            let above = match at {
                Digest::ZERO => Some(0),
                _ => self.numbers.get(&at).copied(),
            };
            if let Some(above) = above {
                let border = above.checked_sub(1).and_then(|last| self.list.get(last));
                let before = border.map_or((0, 0), |border| (border.number, border.time_ms));
                path.reverse();
                return follows(after, before).then_some(Found { above, path });
            }
        }
        None
    }

    /// Ends a tier.
    pub(crate) fn close(&mut self, border: Border) {
        self.numbers.insert(border.checkpoint, self.list.len() + 1);
        self.list.push(border);
    }

    /// Takes all borders away, to be closed again.
    pub(crate) fn reopen(&mut self) -> Vec<Border> {
        self.numbers.clear();
        std::mem::take(&mut self.list)
    }

    /// Two chains are final: nothing more is.
    pub(crate) fn contradict(&mut self, rival: Digest) {
        self.rival.get_or_insert(rival);
    }
}

/// Whether number and time of what stands after fit to what stands before.
fn follows(after: Option<(u64, u64)>, before: (u64, u64)) -> bool {
    after.is_none_or(|(number, time_ms)| number > before.0 && time_ms >= before.1)
}

#[cfg(test)]
mod tests;
