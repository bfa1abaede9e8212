//! A realm as a witness sees it: the last border, and what was said of checkpoints that extend it.

use pluto_core::payload::{ChainedCheckpoint, RoundVote};
use pluto_core::{Did, Digest, EventId, Kind};
use pluto_error::Result;
use pluto_nervous_system::NervousSystem;
use pluto_nervous_system::event_sourcing::{Candidate, RealmView};

use crate::node::load;

/// Places behind a border that are looked at: more than votes alone take.
const PLACES_MAX: u64 = 256;

/// What the fold says of a realm.
pub(super) struct Seen {
    /// The last border.
    pub(super) border: Option<ChainedCheckpoint>,
    /// Its payload hash; zero before the first.
    pub(super) last: Digest,
    /// What extends it and shows what it covers.
    open: Vec<Candidate>,
    /// The first places that no border covers, and the number of all events.
    uncovered: Vec<EventId>,
    pub(super) size: u64,
}

impl Seen {
    pub(super) fn of(view: &RealmView<'_>) -> Result<Self> {
        let border = view.borders().last();
        let from = border.map_or(0, |border| border.position);
        let last = border.map_or(Digest::ZERO, |border| border.checkpoint);
        let is_open = |one: &&Candidate| one.signed.extends == last && one.proposal.is_some();
        let open = view.candidates().iter().filter(is_open).cloned().collect();
        let places = view.places(from..from.saturating_add(PLACES_MAX))?;
        let signed = border.and_then(|border| view.candidate(&border.checkpoint));
        Ok(Self {
            border: signed.map(|one| one.signed.clone()),
            last,
            open,
            uncovered: places.into_iter().map(|place| place.id).collect(),
            size: view.roots().position,
        })
    }

    pub(super) fn candidate(&self, checkpoint: Digest) -> Option<&Candidate> {
        self.open.iter().find(|one| one.checkpoint == checkpoint)
    }

    /// Every word about what is open. A cosignature of version 2 binds whoever gave it as a commit in the
    /// round of its number would.
    pub(super) fn words(&self) -> impl Iterator<Item = (Did, RoundVote, EventId)> + '_ {
        self.open.iter().flat_map(|one| {
            one.rounds.iter().flat_map(move |(round, said)| {
                let number = one.signed.checkpoint.number;
                let round = if *round == 0 { number } else { *round };
                let prepared = said.prepared.iter().map(|word| (false, word));
                let words = prepared.chain(said.committed.iter().map(|word| (true, word)));
                words.map(move |(commits, (who, event))| {
                    (*who, RoundVote { chained: one.signed.clone(), round, commits }, *event)
                })
            })
        })
    }
}

/// Whether anything but cosignatures is covered by no border.
pub(super) fn is_wanted(system: &NervousSystem, seen: &Seen) -> Result<bool> {
    if seen.uncovered.len() as u64 >= PLACES_MAX {
        return Ok(true);
    }
    for id in &seen.uncovered {
        if load(system, *id)?.header.kind != Kind::CheckpointSigned.number() {
            return Ok(true);
        }
    }
    Ok(false)
}
