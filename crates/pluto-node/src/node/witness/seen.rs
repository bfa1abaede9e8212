//! A realm as a witness sees it: the last border, and what was signed beyond it.

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned};
use pluto_core::{Did, Digest, EventId};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::{Candidate, RealmView};

/// Places behind a border that are looked at: more than votes alone take.
pub(super) const PLACES_MAX: u64 = 256;

/// What the fold says of a realm.
pub(super) struct Seen {
    /// The last border.
    pub(super) border: Option<ChainedCheckpoint>,
    /// Its payload hash; zero before the first.
    pub(super) last: Digest,
    /// What is signed beyond it and shows what it covers, by number.
    pub(super) open: Vec<Candidate>,
    /// The first places that no border covers, and the number of all events.
    pub(super) uncovered: Vec<EventId>,
    pub(super) size: u64,
}

impl Seen {
    pub(super) fn of(view: &RealmView<'_>) -> Result<Self> {
        let border = view.borders().last();
        let (number, from) = border.map_or((0, 0), |border| (border.number, border.position));
        let is_open =
            |one: &&Candidate| one.signed.checkpoint.number > number && one.proposal.is_some();
        let mut open: Vec<Candidate> = view.candidates().iter().filter(is_open).cloned().collect();
        open.sort_by_key(|one| one.signed.checkpoint.number);
        let places = view.places(from..from.saturating_add(PLACES_MAX))?;
        Ok(Self {
            border: border
                .and_then(|border| view.candidate(&border.checkpoint))
                .map(|one| one.signed.clone()),
            last: border.map_or(Digest::ZERO, |border| border.checkpoint),
            open,
            uncovered: places.into_iter().map(|place| place.id).collect(),
            size: view.roots().position,
        })
    }

    /// The open checkpoint that says that; what `own` signed before what others did.
    pub(super) fn candidate(&self, said: &CheckpointSigned, own: Did) -> Option<&Candidate> {
        let mut same = self.open.iter().filter(|one| one.signed.checkpoint == *said);
        let first = same.clone().next();
        same.find(|one| one.votes.contains_key(&own)).or(first)
    }

    /// The payload hash of what is to be extended.
    pub(super) fn hash(&self, said: Option<&CheckpointSigned>, own: Did) -> Option<Digest> {
        let Some(said) = said else { return Some(Digest::ZERO) };
        let is_border = self.border.as_ref().is_some_and(|border| border.checkpoint == *said);
        match is_border {
            true => Some(self.last),
            false => self.candidate(said, own).map(|one| one.checkpoint),
        }
    }

    /// Whether a checkpoint stands on another one of the chain, or is it.
    pub(super) fn stands_on(&self, checkpoint: Digest, ground: Digest) -> bool {
        let below = |at: &Digest| {
            self.open.iter().find(|one| one.checkpoint == *at).map(|one| one.signed.extends)
        };
        let mut way = std::iter::successors(Some(checkpoint), below).take(self.open.len() + 1);
        way.any(|at| at == ground)
    }
}
