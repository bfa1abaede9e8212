//! Signing the roots of a realm: alone, or as one of its witnesses.
//!
//! In a realm that declares witnesses a checkpoint is chained: it names what it extends, and is final when
//! enough witnesses signed it. Who signs takes up what another witness proposed, if it comes out here;
//! where nothing is proposed it proposes.

mod standing;

use std::sync::PoisonError;

use pluto_core::event::payload_hash;
use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, heads_root};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Component, Digest, Event, EventId, Kind, RealmId};
use pluto_engines::finality::{is_chained, next_number};
use pluto_error::Result;
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_sourcing::Candidate;
use pluto_nervous_system::merkle_tracker::Roots;

use self::standing::Standing;
use super::{Author, Written};
use crate::error::NodeError;
use crate::node::{Node, SystemClock, load};

impl Author<'_> {
    /// Signs a checkpoint of a realm at `time_ms` of realm time, or later. Where witnesses are declared
    /// that is the newest that another one proposed, or if there is none a new one over what is here.
    ///
    /// # Errors
    /// As [`Author::cosign`] and [`Author::propose`].
    pub fn sign_checkpoint(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
    ) -> Result<(CheckpointSigned, Written)> {
        let snapshot = node.snapshot(realm)?;
        if is_chained(&*snapshot) {
            let did = self.did();
            let open = node.system().ask(realm, move |view| Ok(Standing::of(view, did).open))?;
            return match open {
                Some(open) => self.cosign(node, realm, open),
                None => self.propose(node, realm, time_ms),
            };
        }
        let last: FinalityRecord =
            read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap_or_default();
        let (number, time_ms) = (next_number(&*snapshot, self.did()), time_ms.max(last.time_ms));
        let checkpoint = checkpoint_over(&snapshot.roots(), snapshot.heads(), number, time_ms);
        let written = self.write(node, realm, Kind::CheckpointSigned, &checkpoint.encode())?;
        Ok((checkpoint, written))
    }

    /// Proposes a chained checkpoint over everything here, or over the past of the newest 16 heads. It
    /// extends what this witness signed last, as long as that may become final, else the last border.
    ///
    /// # Errors
    /// `NOD-0008` when the author is no witness; `NRV-0013` when what it signed last changes the witnesses
    /// and is not final yet; else what [`Author::write`] says.
    pub fn propose(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
    ) -> Result<(CheckpointSigned, Written)> {
        self.introduce(node, realm)?;
        let turn = node.turn_of(self.did());
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let did = self.did();
        let standing = node.system().ask(realm, move |view| Ok(Standing::of(view, did)))?;
        let signed = node.witness_memory(realm, did).load()?.signed;
        let signed = signed.last().map_or(standing.signed_to, |last| last.number);
        let number = next_number(&*node.snapshot(realm)?, did);
        let number = number.max(standing.signed_to.max(signed).saturating_add(1));
        let time_ms = time_ms.max(standing.time_ms);
        let (chained, event) =
            self.draft_checkpoint(node, realm, number, standing.extends, time_ms)?;
        node.witness_memory(realm, did).sign(node, &chained.checkpoint)?;
        let written = self.submit_signature(node, realm, event)?;
        Ok((chained.checkpoint, written.effective()?))
    }

    /// A chained checkpoint over what is here, and the event that proposes it. Nothing is written.
    pub(in crate::node) fn draft_checkpoint(
        &self,
        node: &Node,
        realm: RealmId,
        number: u64,
        extends: Digest,
        time_ms: u64,
    ) -> Result<(ChainedCheckpoint, Event)> {
        let (did, snapshot) = (self.did(), node.snapshot(realm)?);
        let draft = node.system().draft(realm, did)?;
        let roots = node.system().roots_behind(realm, draft.parents.clone(), extends)?;
        let last: FinalityRecord =
            read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap_or_default();
        let time_ms = time_ms.max(last.time_ms);
        let checkpoint = checkpoint_over(&roots, &draft.parents, number, time_ms);
        let chained = ChainedCheckpoint { checkpoint, extends };
        let mut composer = Composer::resume(realm, did, draft);
        let event = composer.sign(did, &chained, SystemClock.now_ms());
        Ok((chained, event))
    }

    /// Signs the chained checkpoint of that payload hash, if its roots come out here and it extends what
    /// it must.
    ///
    /// # Errors
    /// `NOD-0025` when they do not, or nobody showed what it covers; `NOD-0008` when the fold does not
    /// count it; `NRV-0013` when nothing may extend what it extends; else what [`Author::write`] says.
    pub fn cosign(
        &self,
        node: &Node,
        realm: RealmId,
        checkpoint: Digest,
    ) -> Result<(CheckpointSigned, Written)> {
        let did = self.did();
        let (candidate, may) = node.system().ask(realm, move |view| {
            let candidate = view.candidate(&checkpoint).cloned();
            let may = candidate.as_ref().map(|one| Standing::of(view, did).may_sign(view, one));
            Ok((candidate, may.unwrap_or_default()))
        })?;
        let refused = |why: &'static str| NodeError::BadCheckpoint { checkpoint, why };
        let candidate = candidate.ok_or_else(|| refused("nobody signed it here"))?;
        if !may {
            return Err(refused("it does not follow what was signed before").into());
        }
        check(node, realm, &candidate)?;
        let turn = node.turn_of(did);
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let event = self.cosignature(node, realm, &candidate.signed)?;
        node.witness_memory(realm, did).sign(node, &candidate.signed.checkpoint)?;
        let written = self.submit_signature(node, realm, event)?;
        Ok((candidate.signed.checkpoint, written.effective()?))
    }

    /// The event that signs a checkpoint. Nothing is written.
    pub(in crate::node) fn cosignature(
        &self,
        node: &Node,
        realm: RealmId,
        signed: &ChainedCheckpoint,
    ) -> Result<Event> {
        let mut composer = self.composer(node, realm)?;
        Ok(composer.sign(self.did(), signed, SystemClock.now_ms()))
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

/// Folds exactly what a checkpoint covers and compares the roots.
pub(in crate::node) fn check(node: &Node, realm: RealmId, candidate: &Candidate) -> Result<()> {
    let Candidate { checkpoint, signed, proposal, .. } = candidate;
    let refused = |why| NodeError::BadCheckpoint { checkpoint: *checkpoint, why };
    debug_assert_eq!(*checkpoint, payload_hash(&signed.encode()));
    let proposal = proposal.ok_or_else(|| refused("no event shows what it covers"))?;
    let parents = load(node.system(), proposal)?.header.parents.to_vec();
    let roots = node.system().roots_behind(realm, parents, signed.extends)?;
    let said = &signed.checkpoint;
    let why = if said.size != roots.position {
        "another number of events"
    } else if said.log_root != roots.log {
        "another log root"
    } else if said.state_root != roots.state {
        "another state root"
    } else {
        return Ok(());
    };
    Err(refused(why).into())
}
