//! Gathers what a decision bundle shows: signed events from the log, proofs from the state as it was.

mod witnessing;

use std::collections::BTreeMap;

use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Did, Digest, Event, EventId, Kind, RealmId, Run};
use pluto_decision::DecisionError;
use pluto_decision::bundle::{
    Bundle, InLog, Judged, Party, Provable, ProvenState, Shown, judge_again,
};
use pluto_decision::record::{ApprovalRecord, CompletionRecord, approval_key, completion_key};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use pluto_identity::grant::{GrantRecord, grant_key};
use pluto_merkle::map::MapProof;
use pluto_nervous_system::{NervousError, Snapshot};

use super::{Node, load, rules};
use crate::error::NodeError;

pub use witnessing::Witnessed;

/// A decision by its place in the order.
struct Placed {
    event: Event,
    position: u64,
    judged_on: Digest,
}

impl Node {
    /// The bundles of some decisions under one checkpoint, in the order asked for.
    ///
    /// # Errors
    /// `DCN-0003` for a decision that the checkpoint does not cover, or whose place has moved; what
    /// the log says.
    pub fn bundles(
        &self,
        realm: RealmId,
        decisions: &[EventId],
        witnessed: &Witnessed,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<Bundle>> {
        let placed = decisions.iter().map(|id| self.placed(realm, *id));
        let placed: Vec<Placed> = placed.collect::<Result<_>>()?;
        let wanted = placed.iter().map(|one| (one.event.id, one.judged_on)).collect();
        let vm = std::sync::Arc::new(Vm::new(ExecutionMode::Legacy, None)?);
        let before = self.versions_before(rules(&vm), wanted, progress)?;
        placed.iter().map(|one| self.bundle(realm, one, &before, witnessed)).collect()
    }

    /// The place of a decision in canonical order.
    ///
    /// # Errors
    /// When it is no decision of the realm.
    pub fn position_of(&self, realm: RealmId, decision: EventId) -> Result<u64> {
        Ok(self.placed(realm, decision)?.position)
    }

    fn placed(&self, realm: RealmId, id: EventId) -> Result<Placed> {
        let event = load(&self.system, id)?;
        if event.header.kind.known() != Some(Kind::ActionDecided) {
            let why = format!("`{}` is no decision but {}", id.short(), event.header.kind);
            return Err(NodeError::BadArgument(why).into());
        }
        let lamport = event.header.lamport;
        let place = self.system.ask(realm, move |view| {
            let position = view.position(lamport, id)?;
            let place = position.map(|position| view.place(position)).transpose()?.flatten();
            Ok(position.zip(place))
        })?;
        let unknown = || NervousError::UnknownEvent(id);
        let (position, place) = place.ok_or_else(unknown)?;
        let judged_on = *place.judged_on.ok_or_else(unknown)?;
        Ok(Placed { event, position, judged_on })
    }

    fn bundle(
        &self,
        realm: RealmId,
        placed: &Placed,
        before: &BTreeMap<EventId, Snapshot>,
        witnessed: &Witnessed,
    ) -> Result<Bundle> {
        let Placed { event, position, .. } = placed;
        let size = witnessed.checkpoint.size;
        let why = match *position < self.system.stands_behind(&realm) {
            true => "payloads before it were erased, so only bundles made before that show it",
            false => "its place in the order has moved",
        };
        let moved = || DecisionError::NotProvable(why.to_owned());
        let snapshot = before.get(&event.id).ok_or_else(moved)?;
        // Fresh rules: what they have not loaded yet they read, and what they read is shown.
        let vm = std::sync::Arc::new(Vm::new(ExecutionMode::Legacy, None)?);
        let judged = judge_again(&pluto_decision::rules(&vm), snapshot, event);
        let state = ProvenState::of(&Version(snapshot), &judged.reads);
        let evidence = self.evidence(snapshot, &judged)?;
        let completion = self.completion(realm, event.id, size)?;
        let at = *position;
        let (path, consistency) = self.system.ask(realm, move |view| {
            Ok((view.inclusion_at(at, size)?.path, view.consistency(at, size)?.path))
        })?;
        let decision = InLog { shown: self.shown(event.id)?, position: *position, path };
        let mut parties = Parties { node: self, found: witnessed.parties.clone() };
        let ends = completion.iter().map(|end| &end.shown);
        for shown in [&decision.shown].into_iter().chain(&evidence).chain(ends) {
            parties.add(&shown.event)?;
        }
        Ok(Bundle {
            genesis: load(&self.system, EventId(realm.0))?,
            parties: parties.found,
            witnessing: witnessed.witnessing.clone(),
            decision,
            consistency,
            state,
            evidence,
            completion,
        })
    }

    /// The events of the grants the decision stands on, as far up as the judge looked, then that of
    /// the approval it used.
    fn evidence(&self, before: &Snapshot, judged: &Judged) -> Result<Vec<Shown>> {
        let Judged { record, reads, .. } = judged;
        let mut events = Vec::new();
        let mut next = record.as_ref().and_then(|record| record.grant);
        while let Some(id) = next {
            let place = (Component::Controller, grant_key(&id));
            if !reads.contains(&place) {
                break;
            }
            let grant: Option<GrantRecord> = read(before, place.0, &place.1);
            let Some(grant) = grant else { break };
            events.push(grant.event);
            next = grant.grant.parent;
        }
        let approval = record.as_ref().and_then(|record| record.approval);
        let approval = approval.and_then(|asked| {
            read::<ApprovalRecord>(before, Component::Execution, &approval_key(&asked))
        });
        events.extend(approval.map(|approval| approval.event));
        events.into_iter().map(|id| self.shown(id)).collect()
    }

    /// What came of a decision, if the checkpoint covers that.
    fn completion(&self, realm: RealmId, decision: EventId, size: u64) -> Result<Option<InLog>> {
        let snapshot = self.snapshot(realm)?;
        let key = completion_key(&decision);
        let record: Option<CompletionRecord> = read(&*snapshot, Component::Execution, &key);
        let Some(record) = record else { return Ok(None) };
        let shown = self.shown(record.event)?;
        let (id, lamport) = (record.event, shown.event.header.lamport);
        let found = self.system.ask(realm, move |view| {
            let position = view.position(lamport, id)?.filter(|position| *position < size);
            let path = position.map(|position| view.inclusion_at(position, size)).transpose()?;
            Ok(position.zip(path))
        })?;
        Ok(found.map(|(position, proof)| InLog { shown, position, path: proof.path }))
    }

    /// One event out of the run it came in.
    fn shown(&self, id: EventId) -> Result<Shown> {
        let unknown = || NervousError::UnknownEvent(id);
        let at = self.system.log().find(&id)?.ok_or_else(unknown)?;
        let run = Run::decode(&self.system.log().read(at.record)?)?;
        let shown = Shown::of(&run, usize::from(at.slot)).ok_or_else(unknown)?;
        match shown.event.payload {
            Some(_) => Ok(shown),
            None => Err(self.absent(&shown.event)),
        }
    }
}

/// Whose keys the shown events need, the creator of the realm first.
struct Parties<'a> {
    node: &'a Node,
    found: Vec<Party>,
}

impl Parties<'_> {
    fn add(&mut self, event: &Event) -> Result<()> {
        let party = self.node.party(event)?;
        let did: Did = event.header.author;
        let known = self.found.iter_mut().find(|known| known.inception.header.author == did);
        match known {
            Some(known) if known.rotations.len() >= party.rotations.len() => {}
            Some(known) => *known = party,
            None => self.found.push(party),
        }
        Ok(())
    }
}

impl Node {
    /// The identity of an event's author, up to the key it is signed with.
    pub(crate) fn party(&self, event: &Event) -> Result<Party> {
        let mut rotations = Vec::new();
        let mut at = match event.header.author_seq {
            0 => event.id,
            _ => event.header.key_ref,
        };
        loop {
            let shown = self.shown(at)?;
            if shown.event.header.kind.known() != Some(Kind::KeyRotated) {
                rotations.reverse();
                return Ok(Party { inception: shown.event, rotations });
            }
            at = shown.event.header.key_ref;
            rotations.push(shown);
        }
    }
}

/// A snapshot as bundles prove it.
pub struct Version<'a>(pub &'a Snapshot);

impl StateView for Version<'_> {
    fn realm(&self) -> RealmId {
        self.0.realm()
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<std::sync::Arc<[u8]>> {
        self.0.get(component, key)
    }

    fn time_ms(&self) -> u64 {
        self.0.time_ms()
    }
}

impl Provable for Version<'_> {
    fn position(&self) -> u64 {
        self.0.roots().position
    }

    fn log_root(&self) -> Digest {
        self.0.roots().log
    }

    fn map_root(&self, component: Component) -> Digest {
        self.0.entries(component).root()
    }

    fn map_proof(&self, component: Component, key: &[u8]) -> MapProof {
        self.0.entries(component).prove(key)
    }
}
