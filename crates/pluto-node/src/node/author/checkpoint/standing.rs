//! What a witness signed, and what it may sign next: once for each number, numbers only up, and only what
//! extends what it signed last, unless that cannot become final any more.

use pluto_core::{Did, Digest};
use pluto_nervous_system::event_sourcing::{Candidate, Quorum, RealmView};

/// Longest way up a chain that is looked at.
const CHAIN_MAX: usize = 1_024;

/// How a witness stands in the chain of a realm.
#[derive(Default)]
pub(super) struct Standing {
    /// What its next checkpoint extends; zero for the first of the chain.
    pub(super) extends: Digest,
    /// The highest number that is final or that it signed.
    pub(super) signed_to: u64,
    /// The time that may not be undercut.
    pub(super) time_ms: u64,
    /// The newest that another witness proposed and that it may sign.
    pub(super) open: Option<Digest>,
}

impl Standing {
    pub(super) fn of(view: &RealmView<'_>, witness: Did) -> Self {
        let border = view.borders().last();
        let number = border.map_or(0, |border| border.number);
        let newer = |one: &&Candidate| one.signed.checkpoint.number > number;
        let own = view.candidates().iter().filter(|one| one.votes.contains_key(&witness));
        let own = own.filter(newer).max_by_key(|one| one.signed.checkpoint.number);
        let alive = own.filter(|own| border.is_none_or(|one| !is_dead(view, &one.quorum, own)));
        let mut standing = Self {
            extends: border.map_or(Digest::ZERO, |border| border.checkpoint),
            signed_to: own.map_or(number, |own| own.signed.checkpoint.number),
            time_ms: border.map_or(0, |border| border.time_ms),
            open: None,
        };
        if let Some(own) = alive {
            standing.extends = own.checkpoint;
            standing.time_ms = own.signed.checkpoint.time_ms;
        }
        let witnesses = border.map_or(&[][..], |border| &border.quorum.witnesses);
        let proposed = view.candidates().iter().filter(|one| {
            witnesses.iter().any(|other| one.votes.contains_key(other))
                && standing.may_sign(view, one)
        });
        let newest = proposed.max_by_key(|one| one.signed.checkpoint.number);
        standing.open = newest.map(|one| one.checkpoint);
        standing
    }

    /// Whether the witness may sign that, if its roots come out.
    pub(super) fn may_sign(&self, view: &RealmView<'_>, one: &Candidate) -> bool {
        let said = &one.signed.checkpoint;
        one.proposal.is_some()
            && said.number > self.signed_to
            && said.time_ms >= self.time_ms
            && self.is_extended(view, one)
    }

    fn is_extended(&self, view: &RealmView<'_>, one: &Candidate) -> bool {
        let above = |one: &Digest| view.candidate(one).map(|one| one.signed.extends);
        let mut way = std::iter::successors(Some(one.signed.extends), above).take(CHAIN_MAX);
        way.any(|extended| extended == self.extends)
    }
}

/// Whether so many signed later numbers without having signed it that it cannot become final, even if as
/// many as a realm can bear sign it all the same.
fn is_dead(view: &RealmView<'_>, quorum: &Quorum, own: &Candidate) -> bool {
    let later = |one: &&Candidate| one.signed.checkpoint.number > own.signed.checkpoint.number;
    let later: Vec<&Candidate> = view.candidates().iter().filter(later).collect();
    let passed = quorum.witnesses.iter().filter(|witness| {
        !own.votes.contains_key(witness) && later.iter().any(|one| one.votes.contains_key(witness))
    });
    passed.count() >= quorum.threshold
}
