//! What questions about a realm may ask of the writer's own state.

use std::ops::Range;
use std::sync::Arc;

use pluto_core::limits::PARENTS_MAX;
use pluto_core::payload::CheckpointSigned;
use pluto_core::state::IdentityRecord;
use pluto_core::{Canonical, Component, Did, Digest, EventId, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::{ConsistencyProof, InclusionProof, RangeProof};

use super::borders::{Border, Candidate, Quorum};
use super::dag::Tip;
use super::realm_state::RealmState;
use super::tiles::Place;
use crate::error::NervousError;
use crate::merkle_tracker::{MerkleTracker, Roots};
use crate::writer::Draft;

/// Most places in one answer: no question holds the writer for long.
pub const PLACES_MAX: u64 = 65_536;

/// What a footing stands on: who decides about the first border, the borders up to its own, and what was
/// signed of that.
pub(crate) type Founding = (Arc<Quorum>, Vec<Border>, CheckpointSigned);

/// A realm as the writer has it, for the time of one question.
pub struct RealmView<'a> {
    state: &'a RealmState,
}

impl<'a> RealmView<'a> {
    pub(crate) fn new(state: &'a RealmState) -> Self {
        Self { state }
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.state.realm
    }

    /// Its Merkle structures.
    #[must_use]
    pub fn tracker(&self) -> &'a MerkleTracker {
        &self.state.tracker
    }

    /// Its roots.
    #[must_use]
    pub fn roots(&self) -> Roots {
        self.state.roots()
    }

    /// About what a version of it takes in memory.
    pub(crate) fn version_bytes(&self) -> u64 {
        self.state.version_bytes()
    }

    /// Realm time in Unix milliseconds.
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        self.state.time_ms()
    }

    /// The heads, ascending.
    pub fn heads(&self) -> impl Iterator<Item = EventId> + use<> {
        self.state.dag.heads().into_iter().map(|(id, _)| id)
    }

    /// Number of authors who wrote in the realm.
    #[must_use]
    pub fn author_count(&self) -> usize {
        self.state.dag.tips().len()
    }

    /// The last event of an author.
    #[must_use]
    pub fn tip(&self, author: &Did) -> Option<Tip> {
        self.state.dag.tip(author)
    }

    /// The borders up to the first one that covers `covered` places, these events among them, who decides about
    /// the first border, and what was signed of the last; nothing when `stands` places are enough.
    pub(crate) fn basis(
        &self,
        events: Vec<(u64, EventId)>,
        covered: u64,
        stands: u64,
    ) -> Result<Option<Founding>> {
        let mut last = EventId::default();
        for (lamport, id) in events {
            let place = self.position(lamport, id)?.ok_or(NervousError::UnknownEvent(id))?;
            if place >= covered {
                return Err(NervousError::NotFinal(id).into());
            }
            last = id;
        }
        if covered <= stands {
            return Ok(None);
        }
        let list = self.state.borders.list();
        let count = list.iter().position(|border| border.position >= covered);
        let count = count.ok_or(NervousError::NotFinal(last))? + 1;
        let borders: Vec<Border> = list.iter().take(count).cloned().collect();
        let signed = borders.last().and_then(|border| self.candidate(&border.checkpoint));
        let signed = signed.ok_or(NervousError::NotFinal(last))?.signed.checkpoint.clone();
        Ok(Some((Arc::clone(&self.state.borders.root), borders, signed)))
    }

    /// The final checkpoints of the realm's chain, the first one first.
    #[must_use]
    pub fn borders(&self) -> &'a [Border] {
        self.state.borders.list()
    }

    /// Every chained checkpoint that somebody signed, final or not, in order of arrival.
    #[must_use]
    pub fn candidates(&self) -> &'a [Candidate] {
        self.state.borders.candidates()
    }

    /// The chained checkpoint of that payload hash, and who signed it.
    #[must_use]
    pub fn candidate(&self, checkpoint: &Digest) -> Option<&'a Candidate> {
        self.state.borders.candidate(checkpoint)
    }

    /// The last border, if the order and verdicts before it are not those that were signed there: as when
    /// payloads were erased before they came here.
    ///
    /// # Errors
    /// `NRV-0010` when a stored tile cannot be read.
    pub fn signed_otherwise(&self) -> Result<Option<&'a Border>> {
        let Some(last) = self.borders().last() else { return Ok(None) };
        let Some(candidate) = self.candidate(&last.checkpoint) else { return Ok(None) };
        let signed = &candidate.signed.checkpoint;
        let here = (last.position, self.log_root_at(last.position)?);
        Ok((here != (signed.size, signed.log_root)).then_some(last))
    }

    /// A final checkpoint that contradicts the chain; then the realm takes no writes (`NRV-0012`).
    #[must_use]
    pub fn rival(&self) -> Option<Digest> {
        self.state.borders.rival()
    }

    /// The place at `position` of the canonical order.
    ///
    /// # Errors
    /// `NRV-0010` when a stored tile cannot be read.
    pub fn place(&self, position: u64) -> Result<Option<Place>> {
        self.state.place(position)
    }

    /// The places of a range, as far as the order reaches; at most [`PLACES_MAX`], so that a longer
    /// range is asked for piece by piece.
    ///
    /// # Errors
    /// `NRV-0010` when a stored tile cannot be read.
    pub fn places(&self, range: Range<u64>) -> Result<Vec<Place>> {
        let end = range.end.min(range.start.saturating_add(PLACES_MAX));
        self.state.places_in(range.start..end)
    }

    /// The position of an event.
    ///
    /// # Errors
    /// `NRV-0010` when a stored tile cannot be read.
    pub fn position(&self, lamport: u64, id: EventId) -> Result<Option<u64>> {
        self.state.position(lamport, id)
    }

    /// Proves that the event at `position` is in the log; gives the log root with it.
    ///
    /// # Errors
    /// When there is no such place or a stored tile cannot be read.
    pub fn inclusion(&self, position: u64) -> Result<(Digest, InclusionProof)> {
        let proof = self.state.tracker.inclusion(position, &self.state.tiles)?;
        Ok((self.state.tracker.log().root(), proof))
    }

    /// Proves that the event at `position` is in the log of the first `size` events.
    ///
    /// # Errors
    /// `MRK-0004` when there is no such place or size, or when a stored tile cannot be read.
    pub fn inclusion_at(&self, position: u64, size: u64) -> Result<InclusionProof> {
        self.state.tracker.log().inclusion(position, size, &self.state.tiles)
    }

    /// Proves that the log of the first `size` events extends that of the first `old_size`, at least
    /// one.
    ///
    /// # Errors
    /// `MRK-0004` when there are no such sizes, or when a stored tile cannot be read.
    pub fn consistency(&self, old_size: u64, size: u64) -> Result<ConsistencyProof> {
        self.state.tracker.log().consistency(old_size, size, &self.state.tiles)
    }

    /// Proves that the leaves of the places in `range`, not empty, are exactly those at these positions
    /// in the log of the first `size` events.
    ///
    /// # Errors
    /// `MRK-0004` when there is no such range or size, or when a stored tile cannot be read.
    pub fn range_proof(&self, range: Range<u64>, size: u64) -> Result<RangeProof> {
        self.state.tracker.log().range(range, size, &self.state.tiles)
    }

    /// The root of the log of the first `size` events.
    ///
    /// # Errors
    /// `MRK-0004` when there is no such size, or when a stored tile cannot be read.
    pub fn log_root_at(&self, size: u64) -> Result<Digest> {
        self.state.tracker.log().root_at(size, &self.state.tiles)
    }

    /// What `author` needs to write the next event. Names at most 16 heads, those of the highest
    /// Lamport time, so that the event comes after everything known, and follows the author's branch
    /// that ends with the active key.
    #[must_use]
    pub fn draft(&self, author: &Did) -> Draft {
        let dag = &self.state.dag;
        let mut heads: Vec<(u64, EventId)> =
            dag.heads().into_iter().map(|(id, lamport)| (lamport, id)).collect();
        heads.sort_unstable_by(|a, b| b.cmp(a));
        heads.truncate(PARENTS_MAX);
        let lamport = heads.first().map_or(0, |(lamport, _)| *lamport) + 1;
        let mut parents: Vec<EventId> = heads.into_iter().map(|(_, id)| id).collect();
        parents.sort_unstable();
        let tip = match self.active_key_event(author) {
            Some(key_event) => dag.tip_with(author, key_event),
            None => dag.tip(author),
        };
        Draft { tip, parents, lamport }
    }

    fn active_key_event(&self, author: &Did) -> Option<EventId> {
        let identities = self.tracker().maps().get(Component::Identity);
        let record = IdentityRecord::decode(identities.get(&author.to_bytes())?).ok()?;
        Some(record.key_event)
    }
}
