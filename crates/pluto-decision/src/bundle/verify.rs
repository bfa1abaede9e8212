//! Checks a bundle from its bytes alone. The order of the checks is that of [`Check`].

use std::sync::Arc;

use pluto_core::payload::{
    CheckpointSigned, PAYLOAD_VERSION, RealmGenesis, payload_of,
};
use pluto_core::state::{RULES_KEY, read};
use pluto_core::traits::{PublicKey, SignatureVerifier, StateView};
use pluto_core::verdict::{decision_leaf, leaf_digest};
use pluto_core::{Component, Did, Digest, Event, Kind, RealmId, Verdict};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::state::artifact_key;
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_identity::grant::{GrantRecord, grant_id, grant_key};
use pluto_merkle::log_tree::{
    Blake3Log, ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion,
};

use super::make::run_rules;
use super::party::Keys;
use super::report::{Check, Delegation, Report, Step, Summary};
use super::shown::Shown;
use super::state::ShownState;
use super::{Bundle, InLog};
use crate::judge::{ACTION_POLICY, rule_reason};
use crate::payload::{ActionDecided, ApprovalGiven, ExecutionCompleted};
use crate::record::{ApprovalRecord, DecisionRecord, approval_key, decision_key};
use crate::rules::rules;

/// Why a check fails, in words.
type Why = String;

/// Checks a bundle: every check in order, up to the first that fails.
#[must_use]
pub fn verify(bytes: &[u8], verifier: &dyn SignatureVerifier) -> Report {
    let mut report = Report::default();
    let bundle = match Bundle::from_bytes(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            report.steps.push(Step { check: Check::Form, found: Err(error.chain()) });
            return report;
        }
    };
    let size = format!("{} bytes, {} facts", bytes.len(), bundle.state.entries.len());
    report.steps.push(Step { check: Check::Form, found: Ok(size) });
    let mut course = Course { bundle: &bundle, verifier, report: &mut report };
    let shown = course.run();
    report.shown = shown.ok();
    report
}

/// The checks under way.
struct Course<'a> {
    bundle: &'a Bundle,
    verifier: &'a dyn SignatureVerifier,
    report: &'a mut Report,
}

/// A check failed; the report says which.
struct Failed;

/// What running the rules again gave.
struct Rerun {
    record: DecisionRecord,
    verdict: Verdict,
    judged_on: Digest,
    approval: Option<ApprovalRecord>,
    realm_time_ms: u64,
    artifact: Option<Artifact>,
}

impl Course<'_> {
    fn step<T>(
        &mut self,
        check: Check,
        found: Result<(T, String), Why>,
    ) -> Result<T, Failed> {
        let (value, found) = match found {
            Ok((value, said)) => (Some(value), Ok(said)),
            Err(why) => (None, Err(why)),
        };
        self.report.steps.push(Step { check, found });
        value.ok_or(Failed)
    }

    fn run(&mut self) -> Result<Summary, Failed> {
        let genesis = self.step(Check::Genesis, self.genesis())?;
        let realm = RealmId(self.bundle.genesis.id.0);
        let parties = self.step(Check::Parties, self.parties(realm))?;
        let checkpoint = self.step(Check::Witness, self.witness(realm, &parties))?;
        let decided = self.step(Check::Decision, self.decision(realm, &parties))?;
        let judged_on = self.step(Check::State, self.state(realm))?;
        let rerun = self.step(Check::Rerun, self.rerun(realm, judged_on))?;
        self.step(Check::Inclusion, self.inclusion(&checkpoint, &rerun))?;
        self.step(Check::Consistency, self.consistency(&checkpoint))?;
        let grants = self.step(Check::Grants, self.grants(realm, &parties, &rerun))?;
        self.step(Check::Approval, self.approval(realm, &parties, &rerun, grants.len()))?;
        let completion = self.step(Check::Completion, self.completion(realm, &parties, &checkpoint))?;
        let event = &self.bundle.decision.shown.event;
        let answer = rerun.record.answer;
        Ok(Summary {
            realm,
            realm_name: genesis.name,
            witness: self.bundle.checkpoint.event.header.author,
            checkpoint: checkpoint.number,
            checkpoint_ms: checkpoint.time_ms,
            log_size: checkpoint.size,
            decision: event.id,
            position: self.bundle.decision.position,
            actor: event.header.author,
            request: decided.request,
            at_ms: decided.at_ms,
            realm_time_ms: rerun.realm_time_ms,
            grants,
            reason: reason(&rerun),
            source: rerun.artifact.map(|artifact| artifact.source).unwrap_or_default(),
            answer,
            claim: decided.claim,
            judged_on,
            facts: self.bundle.state.entries.len(),
            approval: rerun.approval,
            completion,
        })
    }

    fn genesis(&self) -> Result<(RealmGenesis, String), Why> {
        let event = &self.bundle.genesis;
        if !event.header.is_genesis() || event.header.kind.known() != Some(Kind::RealmGenesis) {
            return Err("the first event does not open a realm".into());
        }
        let genesis: RealmGenesis = payload_of(event).map_err(|why| why.as_str().to_owned())?;
        let said = format!("realm `{}` ({})", genesis.name, event.id.short());
        Ok((genesis, said))
    }

    fn parties(&self, realm: RealmId) -> Result<(Vec<Keys>, String), Why> {
        let parties = &self.bundle.parties;
        let keys = parties.iter().map(|party| party.keys(realm, self.verifier));
        let keys = keys.collect::<Result<Vec<Keys>, _>>()?;
        if parties.first().is_none_or(|first| first.inception != self.bundle.genesis) {
            return Err("the first party is not the creator of the realm".into());
        }
        let twice = |(at, one): (usize, &Keys)| keys.iter().skip(at + 1).any(|two| two.did == one.did);
        if keys.iter().enumerate().any(twice) {
            return Err("a party is named twice".into());
        }
        let uses = |keys: &Keys| {
            let shown = self.all_shown();
            keys.did == self.bundle.genesis.header.author
                || shown.iter().any(|shown| shown.event.header.author == keys.did)
        };
        if !keys.iter().all(uses) {
            return Err("a party has signed nothing that is shown".into());
        }
        let said = format!("{} identities, from their inceptions", keys.len());
        Ok((keys, said))
    }

    fn all_shown(&self) -> Vec<&Shown> {
        let Bundle { checkpoint, decision, evidence, completion, .. } = self.bundle;
        let ends = completion.iter().map(|completion| &completion.shown);
        [checkpoint, &decision.shown].into_iter().chain(evidence).chain(ends).collect()
    }

    /// Checks the author's signature over one event.
    fn signed(&self, realm: RealmId, parties: &[Keys], shown: &Shown, kind: Kind) -> Result<(), Why> {
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

    fn witness(&self, realm: RealmId, parties: &[Keys]) -> Result<(CheckpointSigned, String), Why> {
        let shown = &self.bundle.checkpoint;
        if shown.event.header.author != self.bundle.genesis.header.author {
            return Err("the checkpoint is not by the creator of the realm".into());
        }
        self.signed(realm, parties, shown, Kind::CheckpointSigned)?;
        let checkpoint: CheckpointSigned =
            payload_of(&shown.event).map_err(|why| why.as_str().to_owned())?;
        let said = format!("checkpoint {} over {} events", checkpoint.number, checkpoint.size);
        Ok((checkpoint, said))
    }

    fn decision(&self, realm: RealmId, parties: &[Keys]) -> Result<(ActionDecided, String), Why> {
        let shown = &self.bundle.decision.shown;
        self.signed(realm, parties, shown, Kind::ActionDecided)?;
        let decided: ActionDecided =
            payload_of(&shown.event).map_err(|why| why.as_str().to_owned())?;
        let said = format!("signed by {}", shown.event.header.author);
        Ok((decided, said))
    }

    fn state(&self, realm: RealmId) -> Result<(Digest, String), Why> {
        let state = &self.bundle.state;
        if state.position != self.bundle.decision.position {
            return Err("the entries are of another place than the decision".into());
        }
        state.verify_entries().map_err(|error| error.to_string())?;
        let root = state.state_root(realm).map_err(|error| error.to_string())?;
        let said = format!("{} entries under root {}", state.entries.len(), short(&root));
        Ok((root, said))
    }

    /// Runs the rules on the entries shown.
    fn rerun(&self, realm: RealmId, judged_on: Digest) -> Result<(Rerun, String), Why> {
        let event = &self.bundle.decision.shown.event;
        let state = ShownState::new(realm, &self.bundle.state);
        let vm = Vm::new(ExecutionMode::Legacy, None).map_err(|error| error.to_string())?;
        let key = decision_key(&event.id);
        let (verdict, record, _) = run_rules(&rules(&Arc::new(vm)), &state, event, |after| {
            read::<DecisionRecord>(after, Component::Execution, &key)
        });
        let realm_time_ms = state.time_ms();
        let approval = record.as_ref().and_then(|record| record.approval);
        let approval = approval.and_then(|asked| {
            read::<ApprovalRecord>(&state, Component::Execution, &approval_key(&asked))
        });
        let artifact = record.as_ref().and_then(|record| record.answer.artifact);
        let artifact = artifact.and_then(|id| state.get(Component::EclPolicy, &artifact_key(&id)));
        let artifact = artifact.and_then(|bytes| Artifact::from_bytes(&bytes).ok());
        let _ = state.get(Component::Realm, RULES_KEY);
        if let Some((component, key)) = state.missing() {
            let key = String::from_utf8_lossy(&key);
            return Err(format!("the rules read an entry of {component} that is not shown: {key:?}"));
        }
        if state.unused() > 0 {
            return Err(format!("{} entries are shown that no rule reads", state.unused()));
        }
        let record = record.ok_or("the rules do not judge it")?;
        let said = format!(
            "{}, rule {}, gas {}",
            record.answer.said.as_str(),
            record.answer.rule,
            record.answer.gas.total()
        );
        let rerun = Rerun { record, verdict, judged_on, approval, realm_time_ms, artifact };
        Ok((rerun, said))
    }

    fn inclusion(&self, checkpoint: &CheckpointSigned, rerun: &Rerun) -> Result<((), String), Why> {
        let InLog { shown, position, path } = &self.bundle.decision;
        let leaf = decision_leaf(&shown.event.id, rerun.verdict, &rerun.judged_on);
        let proof = InclusionProof { path: path.clone() };
        let (root, size) = (&checkpoint.log_root, checkpoint.size);
        verify_inclusion::<Blake3Log>(root, size, *position, &leaf, &proof).map_err(|_| {
            "the witness signed another judgement, state or log than this one".to_owned()
        })?;
        Ok(((), format!("event {position} of {size}")))
    }

    fn consistency(&self, checkpoint: &CheckpointSigned) -> Result<((), String), Why> {
        let (old, size) = (&self.bundle.state, checkpoint.size);
        let proof = ConsistencyProof { path: self.bundle.consistency.clone() };
        let (old_root, root) = (&old.log_root, &checkpoint.log_root);
        verify_consistency::<Blake3Log>(old_root, old.position, root, size, &proof)
            .map_err(|error| error.to_string())?;
        Ok(((), format!("the log of {} events goes on to {size}", old.position)))
    }

    /// The chain that the judgement stands on, each grant signed by its issuer.
    fn grants(
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
            if chain.len() > pluto_identity::grant::CHAIN_GRANTS_MAX {
                return Err("the chain of grants is too long".into());
            }
        }
        let said = match chain.as_slice() {
            [] => "none: the actor is judged in its own right".to_owned(),
            chain => format!("{} hops, each signed", chain.len()),
        };
        Ok((chain, said))
    }

    fn approval(
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

    fn completion(
        &self,
        realm: RealmId,
        parties: &[Keys],
        checkpoint: &CheckpointSigned,
    ) -> Result<(Option<(crate::payload::Ended, Digest)>, String), Why> {
        let Some(InLog { shown, position, path }) = &self.bundle.completion else {
            return Ok((None, "not in the log yet, or nothing to complete".to_owned()));
        };
        self.signed(realm, parties, shown, Kind::ExecutionCompleted)?;
        let done: ExecutionCompleted =
            payload_of(&shown.event).map_err(|why| why.as_str().to_owned())?;
        let decision = &self.bundle.decision.shown.event;
        let actor: Did = decision.header.author;
        if done.decision != decision.id || shown.event.header.author != actor {
            return Err("it is the end of another action".into());
        }
        let leaf = leaf_digest(&shown.event.id, Verdict::Effective);
        let proof = InclusionProof { path: path.clone() };
        let (root, size) = (&checkpoint.log_root, checkpoint.size);
        verify_inclusion::<Blake3Log>(root, size, *position, &leaf, &proof)
            .map_err(|_| "it is not in the log with effect".to_owned())?;
        Ok((Some((done.ended, done.result)), done.ended.to_string()))
    }
}

fn reason(rerun: &Rerun) -> String {
    let answer = &rerun.record.answer;
    match (answer.refusal, answer.fault) {
        (Some(refusal), _) => refusal.as_str().to_owned(),
        (None, Some(fault)) => format!("fault {}", fault.as_str()),
        (None, None) => {
            let policies = rerun.artifact.iter().flat_map(|artifact| &artifact.module.policies);
            let policy = policies.into_iter().find(|policy| policy.name == ACTION_POLICY);
            rule_reason(policy, answer.rule)
        }
    }
}

fn delegation(id: pluto_identity::grant::GrantId, issuer: Did, record: &GrantRecord) -> Delegation {
    let texts = |patterns: &[pluto_identity::grant::Pattern]| {
        patterns.iter().map(ToString::to_string).collect()
    };
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

fn short(digest: &Digest) -> String {
    let mut text = digest.to_string();
    text.truncate(12);
    text
}
