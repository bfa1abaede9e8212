//! Signing the roots of a realm: alone, or as one of its witnesses.
//!
//! In a realm that declares witnesses a checkpoint is chained: it names what it extends, and is final when
//! enough witnesses signed it. By hand as by itself a node says what `pluto_p2p::finality` lets it say.

use std::sync::PoisonError;

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, heads_root};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Component, Did, Digest, Event, EventId, Kind, RealmId};
use pluto_engines::finality::{is_chained, next_number};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::Candidate;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_nervous_system::{Composer, Draft, NervousSystem};

use super::{Author, Written};
use crate::error::NodeError;
use crate::node::witness::{NodeSeat, SKEW_MS_MAX, Seat as _, Witnessing, set_of};
use crate::node::{Node, SystemClock, load};

impl Author<'_> {
    /// Signs a checkpoint of a realm at `time_ms` of realm time, or later. Where witnesses are declared it
    /// says what is due: the word about what another one proposed, or both, or if there is nothing it
    /// proposes a new one over what is here. A witness that is alone signs at once.
    ///
    /// # Errors
    /// As [`Author::propose`].
    pub fn sign_checkpoint(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
    ) -> Result<(CheckpointSigned, Written)> {
        let snapshot = node.snapshot(realm)?;
        if is_chained(&*snapshot) {
            return self.sign_chained(node, realm, time_ms, false);
        }
        let last: FinalityRecord =
            read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap_or_default();
        let (number, time_ms) = (next_number(&*snapshot, self.did()), time_ms.max(last.time_ms));
        let checkpoint = checkpoint_over(&snapshot.roots(), snapshot.heads(), number, time_ms);
        let written = self.write(node, realm, Kind::CheckpointSigned, &checkpoint.encode())?;
        Ok((checkpoint, written))
    }

    /// Proposes a chained checkpoint in a round of its own, whatever others proposed: what as many as the
    /// threshold prepared, or if there is nothing one over everything here, or over the past of the newest
    /// 16 heads. It extends the last border.
    ///
    /// # Errors
    /// `NOD-0008` when the author is no witness; `NOD-0025` when what is there does not come out, or
    /// nothing is to be said; else what [`Author::write`] says.
    pub fn propose(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
    ) -> Result<(CheckpointSigned, Written)> {
        self.sign_chained(node, realm, time_ms, true)
    }

    fn sign_chained(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
        proposes: bool,
    ) -> Result<(CheckpointSigned, Written)> {
        self.introduce(node, realm)?;
        let turn = node.turn_of(self.did());
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let seat = NodeSeat::new(node, self, realm, Some(time_ms));
        if set_of(&*node.snapshot(realm)?).is_some_and(|set| set.len() == 1) {
            return self.sign_alone(node, &seat, realm);
        }
        let said = Witnessing::by_hand(&seat, realm, proposes)?;
        let unsaid = || NodeError::bad_checkpoint(said.chained.hash(), "it was signed before");
        let written = seat.written.take().ok_or_else(unsaid)?;
        Ok((said.chained.checkpoint, written.effective()?))
    }

    /// Nobody else has a word: the signature itself makes it final.
    fn sign_alone(
        &self,
        node: &Node,
        seat: &NodeSeat<'_>,
        realm: RealmId,
    ) -> Result<(CheckpointSigned, Written)> {
        let (did, snapshot) = (self.did(), node.snapshot(realm)?);
        let last = snapshot.border().map_or(Digest::ZERO, |border| border.checkpoint);
        let (mut chained, draft) = draft_over(node.system(), realm, did, last, seat.now_ms())?;
        let mut memory = seat.load()?;
        let number = next_number(&*snapshot, did).max(memory.round.saturating_add(1));
        chained.checkpoint.number = number;
        memory.sign(number, true)?;
        seat.store(&memory)?;
        let mut composer = Composer::resume(realm, did, draft);
        let event = composer.sign(did, &chained, SystemClock.now_ms());
        let written = self.submit_signature(node, realm, event)?;
        Ok((chained.checkpoint, written.effective()?))
    }

    /// Submits a signature whose checkpoint is in the memory already; who calls holds the turn.
    pub(in crate::node) fn submit_signature(
        &self,
        node: &Node,
        realm: RealmId,
        event: Event,
    ) -> Result<Written> {
        self.submit_by(node, self.key_in(node, realm)?, vec![event])
    }
}

/// The checkpoint of a set with these roots and these heads, ascending.
pub(crate) fn checkpoint_over(
    roots: &Roots,
    heads: &[EventId],
    number: u64,
    time_ms: u64,
) -> CheckpointSigned {
    CheckpointSigned {
        number,
        time_ms,
        size: roots.position,
        event_set_root: heads_root(heads),
        log_root: roots.log,
        state_root: roots.state,
    }
}

/// A chained checkpoint over what is here, of number 0, and the draft of the event that proposes it.
/// Nothing is written.
pub(in crate::node) fn draft_over(
    system: &NervousSystem,
    realm: RealmId,
    did: Did,
    extends: Digest,
    time_ms: u64,
) -> Result<(ChainedCheckpoint, Draft)> {
    let draft = system.draft(realm, did)?;
    let roots = system.roots_behind(realm, draft.parents.clone(), extends)?;
    let last: Option<FinalityRecord> = system
        .snapshot(realm)
        .and_then(|snapshot| read(&*snapshot, Component::Consensus, FINALITY_KEY));
    let time_ms = time_ms.max(last.map_or(0, |last| last.time_ms));
    let checkpoint = checkpoint_over(&roots, &draft.parents, 0, time_ms);
    Ok((ChainedCheckpoint { checkpoint, extends }, draft))
}

/// Folds exactly what a checkpoint covers and compares the roots, and its time with the calendar here.
pub(in crate::node) fn check(
    system: &NervousSystem,
    realm: RealmId,
    candidate: &Candidate,
    now_ms: u64,
) -> Result<()> {
    let Candidate { checkpoint, signed, proposal, .. } = candidate;
    let refused = |why| NodeError::bad_checkpoint(*checkpoint, why);
    let proposal = proposal.ok_or_else(|| refused("no event shows what it covers"))?;
    let parents = load(system, proposal)?.header.parents.to_vec();
    let roots = system.roots_behind(realm, parents, signed.extends)?;
    let last: Option<FinalityRecord> = system
        .snapshot(realm)
        .and_then(|snapshot| read(&*snapshot, Component::Consensus, FINALITY_KEY));
    let said = &signed.checkpoint;
    let why = if said.size != roots.position {
        "another number of events"
    } else if said.log_root != roots.log {
        "another log root"
    } else if said.state_root != roots.state {
        "another state root"
    } else if said.time_ms > now_ms.saturating_add(SKEW_MS_MAX) {
        "its time is too far ahead of the clock here"
    } else if last.is_some_and(|last| said.time_ms < last.time_ms || said.number <= last.number) {
        "its number or time goes back"
    } else {
        return Ok(());
    };
    Err(refused(why).into())
}
