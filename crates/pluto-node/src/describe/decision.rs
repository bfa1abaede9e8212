//! Decided actions in words: what was asked and claimed, what people said, how it ended; policies.

use pluto_core::Canonical;
use pluto_decision::payload::{ActionDecided, ApprovalGiven, ExecutionCompleted};
use pluto_eclvm::PolicyInstalled;
use serde_json::json;

use super::Description;
use crate::output::time;

/// What somebody asked and claims to have found; the fold judges again.
pub(super) fn decided(payload: &[u8]) -> Option<Description> {
    let ActionDecided { request, grant, approval, at_ms, claim } =
        ActionDecided::decode(payload).ok()?;
    let about = Description::new("decision about an action").text("action", request.action);
    let about = about.text("resource", request.resource).number("amount", request.amount);
    let names: Vec<&str> = request.context.iter().map(|(name, _)| name.as_str()).collect();
    let about = match names.is_empty() {
        true => about,
        false => about.text("context", names.join(", ")),
    };
    let about = about.text("claimed", claim.answer.said.as_str()).number("rule", claim.answer.rule);
    let about = match claim.answer.refusal {
        Some(refusal) => about.text("refusal", refusal.as_str()),
        None => about,
    };
    let about = about.number("gas", claim.answer.gas.total()).number("position", claim.position);
    let about = about.text("state_root", claim.state_root);
    let about = grant.map_or(about.clone(), |grant| about.text("grant", grant));
    let about = approval.map_or(about.clone(), |approval| about.text("approval", approval));
    Some(about.with("at_ms", time(at_ms), json!(at_ms)))
}

/// What people said.
pub(super) fn approved(payload: &[u8]) -> Option<Description> {
    let ApprovalGiven { decision, approve } = ApprovalGiven::decode(payload).ok()?;
    let about = Description::new("answer to a decision that asks people");
    let about = about.with("approve", if approve { "yes" } else { "no" }, json!(approve));
    Some(about.text("decision", decision))
}

/// What came of it.
pub(super) fn completed(payload: &[u8]) -> Option<Description> {
    let ExecutionCompleted { decision, ended, result, result_bytes } =
        ExecutionCompleted::decode(payload).ok()?;
    let about = Description::new("end of an action").text("ended", ended);
    let about = about.text("decision", decision).text("result", result);
    Some(about.number("result_bytes", result_bytes))
}

/// What stands in a slot from now on.
pub(super) fn installed(payload: &[u8]) -> Option<Description> {
    let PolicyInstalled { slot, artifact } = PolicyInstalled::decode(payload).ok()?;
    let about = Description::new("policy for a slot").text("slot", slot);
    Some(about.number("artifact_bytes", artifact.len() as u64))
}
