//! The checks of who signed what: the realm, the keys, the witness, the actor, the grants, the approval.

use pluto_core::payload::{PAYLOAD_VERSION, RealmGenesis, payload_of};
use pluto_core::state::read;
use pluto_core::traits::PublicKey;
use pluto_core::{Component, Did, Event, Kind, RealmId};
use pluto_identity::grant::{self, GrantId, GrantRecord, grant_id, grant_key};

use super::rerun::Rerun;
use super::{Course, Why};
use crate::bundle::Bundle;
use crate::bundle::party::{Keys, keys_of};
use crate::bundle::report::Delegation;
use crate::bundle::shown::Shown;
use crate::bundle::state::ShownState;
use crate::payload::{ActionDecided, ApprovalGiven};
use crate::witnessing::Attested;

impl Course<'_> {
    pub(super) fn genesis(&self) -> Result<(RealmGenesis, String), Why> {
        let event = &self.bundle.genesis;
        if !event.header.is_genesis() || event.header.kind.known() != Some(Kind::RealmGenesis) {
            return Err("the first event does not open a realm".into());
        }
        let genesis: RealmGenesis = payload_of(event).map_err(|why| why.as_str().to_owned())?;
        let said = format!("realm `{}` ({})", genesis.name, event.id.short());
        Ok((genesis, said))
    }

    pub(super) fn parties(&self) -> Result<(Vec<Keys>, String), Why> {
        let Bundle { parties, genesis, .. } = self.bundle;
        let keys = keys_of(parties, genesis, &self.all_shown(), self.verifier)?;
        let said = format!("{} identities, from their inceptions", keys.len());
        Ok((keys, said))
    }

    pub(super) fn all_shown(&self) -> Vec<&Shown> {
        let Bundle { witnessing, decision, evidence, completion, .. } = self.bundle;
        let ends = completion.iter().map(|completion| &completion.shown);
        witnessing.all_shown().chain([&decision.shown]).chain(evidence).chain(ends).collect()
    }

    /// Checks the author's signature over one event.
    pub(super) fn signed(
        &self,
        realm: RealmId,
        parties: &[Keys],
        shown: &Shown,
        kind: Kind,
    ) -> Result<(), Why> {
        let Event { header, .. } = &shown.event;
        let name = kind.as_str();
        if header.kind.known() != Some(kind) || header.payload_version != PAYLOAD_VERSION {
            return Err(format!("an event is no {name}"));
        }
        if header.realm != realm {
            return Err(format!("{name} belongs to another realm"));
        }
        let key: PublicKey = parties
            .iter()
            .find_map(|keys| keys.of(&shown.event))
            .ok_or_else(|| format!("the key of the author of {name} is not shown"))?;
        let signed = shown.signed(key).ok_or_else(|| format!("the path of {name} does not fit"))?;
        match self.verifier.verify(&[signed]) == [true] {
            true => Ok(()),
            false => Err(format!("the signature of {name} does not hold")),
        }
    }

    pub(super) fn witness(
        &self,
        realm: RealmId,
        parties: &[Keys],
    ) -> Result<(Attested, String), Why> {
        let attested = self.bundle.witnessing.verify(realm, parties, self.verifier)?;
        let (number, size) = (attested.last.checkpoint.number, attested.last.checkpoint.size);
        let mut said = format!("checkpoint {number} over {size} events");
        if attested.declared {
            said.push_str(&format!(", by {}", attested.last));
        }
        Ok((attested, said))
    }

    pub(super) fn decision(
        &self,
        realm: RealmId,
        parties: &[Keys],
    ) -> Result<(ActionDecided, String), Why> {
        let shown = &self.bundle.decision.shown;
        self.signed(realm, parties, shown, Kind::ActionDecided)?;
        let decided: ActionDecided =
            payload_of(&shown.event).map_err(|why| why.as_str().to_owned())?;
        let said = format!("signed by {}", shown.event.header.author);
        Ok((decided, said))
    }

    /// The chain that the judgement stands on, each grant signed by its issuer.
    pub(super) fn grants(
        &self,
        realm: RealmId,
        parties: &[Keys],
        rerun: &Rerun,
    ) -> Result<(Vec<Delegation>, String), Why> {
        let state = ShownState::new(realm, &self.bundle.state);
        let mut evidence = self.bundle.evidence.iter();
        let mut next = rerun.record.grant;
        let mut chain = Vec::new();
        while let Some(id) = next {
            let record: Option<GrantRecord> = read(&state, Component::Controller, &grant_key(&id));
            let Some(record) = record else {
                break;
            };
            let shown = evidence.next().ok_or("the event of a grant is not shown")?;
            self.signed(realm, parties, shown, Kind::DelegationCreated)?;
            let issuer = shown.event.header.author;
            let same = shown.event.id == record.event
                && issuer == record.issuer
                && grant_id(realm, issuer, &record.grant) == id
                && payload_of(&shown.event) == Ok(record.grant.clone());
            if !same {
                return Err("the event of a grant is another than the one in the state".into());
            }
            next = record.grant.parent;
            chain.push(delegation(id, issuer, &record));
            if chain.len() > grant::CHAIN_GRANTS_MAX {
                return Err("the chain of grants is too long".into());
            }
        }
        let said = match chain.as_slice() {
            [] => "none: the actor is judged in its own right".to_owned(),
            chain => format!("{} hops, each signed", chain.len()),
        };
        Ok((chain, said))
    }

    pub(super) fn approval(
        &self,
        realm: RealmId,
        parties: &[Keys],
        rerun: &Rerun,
        grants: usize,
    ) -> Result<((), String), Why> {
        let rest = self.bundle.evidence.get(grants..).unwrap_or_default();
        match (rerun.approval, rest) {
            (None, []) => Ok(((), "none was needed, or none was given".to_owned())),
            (Some(record), [shown]) => {
                self.signed(realm, parties, shown, Kind::ApprovalGiven)?;
                let given: ApprovalGiven =
                    payload_of(&shown.event).map_err(|why| why.as_str().to_owned())?;
                let same = shown.event.id == record.event
                    && shown.event.header.author == record.by
                    && given.approve == record.approve
                    && Some(given.decision) == rerun.record.approval;
                if !same {
                    return Err("the approval is another than the one in the state".into());
                }
                Ok(((), format!("by {}", record.by)))
            }
            (Some(_), []) => Err("the approval that was used is not shown".into()),
            _ => Err("events are shown that nothing refers to".into()),
        }
    }
}

fn delegation(id: GrantId, issuer: Did, record: &GrantRecord) -> Delegation {
    let texts = |patterns: &[grant::Pattern]| patterns.iter().map(ToString::to_string).collect();
    Delegation {
        id,
        issuer,
        delegate: record.grant.delegate,
        actions: texts(&record.grant.actions),
        resources: texts(&record.grant.resources),
        expires_ms: record.grant.expires_ms,
        event: record.event,
    }
}
