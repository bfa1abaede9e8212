//! Checks a bundle from its bytes alone. The order of the checks is that of [`Check`].

mod rerun;
mod signatures;

use pluto_core::payload::{CheckpointSigned, payload_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::verdict::{decision_leaf, leaf_digest};
use pluto_core::{Did, Digest, Kind, RealmId, Verdict};
use pluto_merkle::log_tree::{
    Blake3Log, ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion,
};

use super::party::Keys;
use super::report::{Check, Report, Step, Summary};
use super::{Bundle, InLog};
use crate::payload::{Ended, ExecutionCompleted};
use rerun::{Rerun, reason};

/// Why a check fails, in words.
type Why = String;

/// Checks a bundle: every check in order, up to the first that fails.
#[must_use]
pub fn verify(bytes: &[u8], verifier: &dyn SignatureVerifier) -> Report {
    match Bundle::from_bytes(bytes) {
        Ok(bundle) => verify_decoded(&bundle, bytes.len(), verifier),
        Err(error) => {
            let form = Step { check: Check::Form, found: Err(error.chain()) };
            Report { steps: vec![form], ..Report::default() }
        }
    }
}

/// The same for a bundle that was read from so many bytes.
pub(crate) fn verify_decoded(
    bundle: &Bundle,
    bytes: usize,
    verifier: &dyn SignatureVerifier,
) -> Report {
    let size = format!("{bytes} bytes, {} facts", bundle.state.entries.len());
    let form = Step { check: Check::Form, found: Ok(size) };
    let mut report = Report { steps: vec![form], ..Report::default() };
    let mut course = Course { bundle, verifier, report: &mut report };
    report.shown = course.run().ok();
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

impl Course<'_> {
    fn step<T>(&mut self, check: Check, found: Result<(T, String), Why>) -> Result<T, Failed> {
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
        let parties = self.step(Check::Parties, self.parties())?;
        let attested = self.step(Check::Witness, self.witness(realm, &parties))?;
        let checkpoint = &attested.last.checkpoint;
        let decided = self.step(Check::Decision, self.decision(realm, &parties))?;
        let judged_on = self.step(Check::State, self.state(realm))?;
        let rerun = self.step(Check::Rerun, self.rerun(realm, judged_on))?;
        self.step(Check::Inclusion, self.inclusion(checkpoint, &rerun))?;
        self.step(Check::Consistency, self.consistency(checkpoint))?;
        let grants = self.step(Check::Grants, self.grants(realm, &parties, &rerun))?;
        self.step(Check::Approval, self.approval(realm, &parties, &rerun, grants.len()))?;
        let completion =
            self.step(Check::Completion, self.completion(realm, &parties, checkpoint))?;
        let event = &self.bundle.decision.shown.event;
        let answer = rerun.record.answer;
        Ok(Summary {
            realm,
            realm_name: genesis.name,
            attested,
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

    fn inclusion(&self, checkpoint: &CheckpointSigned, rerun: &Rerun) -> Result<((), String), Why> {
        let InLog { shown, position, path } = &self.bundle.decision;
        let leaf = decision_leaf(&shown.event.id, rerun.verdict, &rerun.judged_on);
        let proof = InclusionProof { path: path.clone() };
        let (root, size) = (&checkpoint.log_root, checkpoint.size);
        verify_inclusion::<Blake3Log>(root, size, *position, &leaf, &proof)
            .map_err(|_| "another judgement, state or log was signed than this one".to_owned())?;
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

    fn completion(
        &self,
        realm: RealmId,
        parties: &[Keys],
        checkpoint: &CheckpointSigned,
    ) -> Result<(Option<(Ended, Digest)>, String), Why> {
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
