//! The rules run again on the entries shown.

use std::sync::Arc;

use pluto_core::state::{RULES_KEY, read};
use pluto_core::traits::StateView;
use pluto_core::{Component, Digest, RealmId, Verdict};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::state::artifact_key;
use pluto_eclvm::{ExecutionMode, Vm};

use super::{Course, Why};
use crate::bundle::make::{Judged, judge_again};
use crate::bundle::state::ShownState;
use crate::judge::{ACTION_POLICY, rule_reason};
use crate::record::{ApprovalRecord, DecisionRecord, approval_key};
use crate::rules::rules;

/// What running the rules again gave.
pub(super) struct Rerun {
    pub(super) record: DecisionRecord,
    pub(super) verdict: Verdict,
    pub(super) judged_on: Digest,
    pub(super) approval: Option<ApprovalRecord>,
    pub(super) realm_time_ms: u64,
    pub(super) artifact: Option<Artifact>,
}

impl Course<'_> {
    pub(super) fn state(&self, realm: RealmId) -> Result<(Digest, String), Why> {
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
    pub(super) fn rerun(&self, realm: RealmId, judged_on: Digest) -> Result<(Rerun, String), Why> {
        let event = &self.bundle.decision.shown.event;
        let state = ShownState::new(realm, &self.bundle.state);
        let vm = Vm::new(ExecutionMode::Legacy, None).map_err(|error| error.to_string())?;
        let Judged { verdict, record, .. } = judge_again(&rules(&Arc::new(vm)), &state, event);
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
            return Err(format!(
                "the rules read an entry of {component} that is not shown: {key:?}"
            ));
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
}

pub(super) fn reason(rerun: &Rerun) -> String {
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

fn short(digest: &Digest) -> String {
    let mut text = digest.to_string();
    text.truncate(12);
    text
}
