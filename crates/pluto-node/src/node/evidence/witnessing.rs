//! Gathers what shows that the right ones signed a checkpoint: the creator's signature, or the chain of
//! witness sets with the signatures of a quorum of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::payload::{CheckpointSigned, inception, payload_of};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Clock;
use pluto_core::{Component, Digest, EventId, RealmId};
use pluto_decision::DecisionError;
use pluto_decision::bundle::{Party, ProvenState, Shown};
use pluto_decision::witnessing::{HANDOVERS_MAX, Link, Witnessing, places};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::{Border, Quorum, RealmView};
use pluto_nervous_system::{NervousError, Snapshot};

use super::{Parties, Version};
use crate::node::{Author, Node, SystemClock, load, rules};

/// A checkpoint, who signed it, and what shows that.
pub struct Witnessed {
    /// The signatures.
    pub witnessing: Witnessing,
    /// Whose they are, the creator of the realm first.
    pub parties: Vec<Party>,
    /// What was signed.
    pub checkpoint: CheckpointSigned,
}

/// A final checkpoint as the writer has it.
struct Final {
    hash: Digest,
    checkpoint: CheckpointSigned,
    proposal: EventId,
    /// The events of those in force who signed it.
    votes: Vec<EventId>,
}

impl Node {
    /// The newest checkpoint that covers `position` events, is signed by whom the realm declared, and
    /// still fits the order; where nobody is declared and there is none, `witness` signs one.
    ///
    /// # Errors
    /// `DCN-0003` when there is none and nobody signs, or the signed roots are not those of the log.
    pub fn witnessed(
        &self,
        realm: RealmId,
        position: u64,
        witness: Option<&Author<'_>>,
    ) -> Result<Witnessed> {
        let snapshot = self.snapshot(realm)?;
        if snapshot.border().is_some_and(|border| border.position > position) {
            let (witnessed, _) = self.chain(realm)?;
            return Ok(witnessed);
        }
        if let Some(found) = self.signed_alone(realm, position, &snapshot)? {
            return Ok(found);
        }
        let none = match is_chained(&*snapshot) {
            true => "no final checkpoint covers it; its witnesses sign with `pluto checkpoint`",
            false => "no signed checkpoint covers it; sign one with `pluto checkpoint --sign-as`",
        };
        let creator = snapshot.rules().map(|rules| rules.creator);
        let signer = witness
            .filter(|witness| Some(witness.did()) == creator && !is_chained(&*snapshot))
            .ok_or_else(|| DecisionError::NotProvable(none.to_owned()))?;
        let (checkpoint, written) = signer.sign_checkpoint(self, realm, SystemClock.now_ms())?;
        let lost = || NervousError::UnknownEvent(written.event.id);
        let last = written.run.events.len().saturating_sub(1);
        let shown = Shown::of(&written.run, last).ok_or_else(lost)?;
        self.by_creator(realm, shown, checkpoint)
    }

    /// The last checkpoint that the creator signed alone, if it covers that many events.
    fn signed_alone(
        &self,
        realm: RealmId,
        position: u64,
        snapshot: &Snapshot,
    ) -> Result<Option<Witnessed>> {
        let last: Option<FinalityRecord> = read(snapshot, Component::Consensus, FINALITY_KEY);
        // What a border leaves there is the checkpoint itself, and no event.
        let border = snapshot.border().map(|border| EventId(border.checkpoint.0));
        let Some(last) = last.filter(|last| Some(last.event) != border) else { return Ok(None) };
        let shown = self.shown(last.event)?;
        let Ok(checkpoint) = payload_of::<CheckpointSigned>(&shown.event) else { return Ok(None) };
        let (size, root) = (checkpoint.size, checkpoint.log_root);
        let fits = self.system.ask(realm, move |view| view.log_root_at(size))? == root;
        let creator = snapshot.rules().map(|rules| rules.creator);
        let by_creator = Some(shown.event.header.author) == creator;
        match by_creator && fits && size > position {
            true => self.by_creator(realm, shown, checkpoint).map(Some),
            false => Ok(None),
        }
    }

    fn by_creator(
        &self,
        realm: RealmId,
        shown: Shown,
        checkpoint: CheckpointSigned,
    ) -> Result<Witnessed> {
        let mut parties = self.parties(realm)?;
        parties.add(&shown.event)?;
        let parties = parties.found;
        Ok(Witnessed { witnessing: Witnessing::Creator(shown), parties, checkpoint })
    }

    /// Nobody but the creator of a realm.
    pub(super) fn parties(&self, realm: RealmId) -> Result<Parties<'_>> {
        let genesis = load(&self.system, EventId(realm.0))?;
        Ok(Parties { node: self, found: vec![Party::alone(genesis)] })
    }

    /// The last border of a realm with the chain that leads there, and the realm just before it. Folds
    /// the log once more.
    ///
    /// # Errors
    /// `DCN-0003` when there is none, or what was signed is not what the log gives.
    pub fn chain(&self, realm: RealmId) -> Result<(Witnessed, Snapshot)> {
        let creator = load(&self.system, EventId(realm.0))?.header.author;
        let begin = Quorum { witnesses: vec![creator], threshold: 1 };
        let chain = self.system.ask(realm, move |view| Ok(chain_of(view, begin)))?;
        if chain.len() > HANDOVERS_MAX + 1 {
            return Err(unprovable("the witnesses changed more often than a file can show"));
        }
        let wanted = chain.iter().map(|one| (one.proposal, one.checkpoint.state_root)).collect();
        let vm = Arc::new(Vm::new(ExecutionMode::Legacy, None)?);
        let before = self.versions_before(rules(&vm), wanted, &|_| {})?;
        let mut parties = self.parties(realm)?;
        let links = chain.iter().map(|one| self.link(realm, one, &before, &mut parties));
        let mut links: Vec<Link> = links.collect::<Result<_>>()?;
        let none = || unprovable("the realm has no final checkpoint");
        let (last, end) = links.pop().zip(chain.into_iter().next_back()).ok_or_else(none)?;
        let version = before.get(&end.proposal).cloned().ok_or_else(none)?;
        let witnessing = Witnessing::Chain { handovers: links, last };
        let (parties, checkpoint) = (parties.found, end.checkpoint);
        Ok((Witnessed { witnessing, parties, checkpoint }, version))
    }

    fn link(
        &self,
        realm: RealmId,
        one: &Final,
        before: &BTreeMap<EventId, Snapshot>,
        parties: &mut Parties<'_>,
    ) -> Result<Link> {
        let other = "the roots that a final checkpoint signs are not those of the log";
        let Some(version) = before.get(&one.proposal) else {
            // What no fold comes to any more, the manifest of an epoch shows.
            let link = self.sealed_link(realm, one.hash)?.ok_or_else(|| unprovable(other))?;
            link.cosignatures.iter().try_for_each(|shown| parties.add(&shown.event))?;
            return Ok(link);
        };
        let mut cosignatures = Vec::with_capacity(one.votes.len());
        for vote in &one.votes {
            let shown = self.shown(*vote)?;
            // A key that guardians named cannot be shown; others may be enough.
            if inception(&self.party(&shown.event)?.inception).is_ok() {
                parties.add(&shown.event)?;
                cosignatures.push(shown);
            }
        }
        cosignatures.sort_by_key(|shown| shown.event.header.author);
        Ok(Link { cosignatures, state: ProvenState::of(&Version(version), &places()) })
    }
}

/// The final checkpoints after which the witnesses changed, and the last one.
fn chain_of(view: &RealmView<'_>, begin: Quorum) -> Vec<Final> {
    let mut in_force = Arc::new(begin);
    let mut chain = Vec::new();
    let borders = view.borders();
    for (number, border) in borders.iter().enumerate() {
        if border.quorum != in_force || number + 1 == borders.len() {
            chain.extend(one_of(view, border, &in_force));
        }
        in_force = Arc::clone(&border.quorum);
    }
    chain
}

fn one_of(view: &RealmView<'_>, border: &Border, in_force: &Quorum) -> Option<Final> {
    let candidate = view.candidate(&border.checkpoint)?;
    let votes = candidate.deciding(in_force)?;
    let votes = in_force.witnesses.iter().filter_map(|witness| votes.get(witness));
    let votes = votes.copied().collect();
    let checkpoint = candidate.signed.checkpoint.clone();
    let (hash, proposal) = (border.checkpoint, border.proposal);
    Some(Final { hash, checkpoint, proposal, votes })
}

fn unprovable(why: &str) -> pluto_error::Error {
    DecisionError::NotProvable(why.to_owned()).into()
}
