//! Decisions inside the fold: each is judged again at its canonical place, on the state just before.
//!
//! What a decider claimed when the decision was written proves nothing. The record in the state, the
//! verdict and the leaf of the log are those of this judgement, the same on every node.

use std::sync::Arc;

use pluto_core::payload::payload_of;
use pluto_core::state::read;
use pluto_core::traits::{Asked, Effects, Engine, Fact, PolicyDecider, StateView};
use pluto_core::{Canonical, Component, Event, EventId, Kind, Verdict, VoidReason};

use crate::answer::Said;
use crate::judge::{ACTIONS_SLOT, Judge, Judgement, Question, may_approve};
use crate::payload::{ActionDecided, ApprovalGiven, ExecutionCompleted};
use crate::record::{
    ApprovalRecord, CompletionRecord, DecisionRecord, approval_key, completion_key, decision_key,
};

/// Judges every decision in the fold; says nothing about other kinds.
pub struct Decisions {
    judge: Arc<Judge>,
}

impl Decisions {
    /// Judges with `judge`.
    #[must_use]
    pub const fn new(judge: Arc<Judge>) -> Self {
        Self { judge }
    }

    fn settle(
        &self,
        view: &dyn StateView,
        event: &Event,
        out: &mut Effects,
    ) -> Result<Verdict, VoidReason> {
        let decided: ActionDecided = payload_of(event)?;
        let question = decided.question(event);
        let mut judgement = self.judge.judge(view, &question);
        judgement.settle(view, &question, out);
        if judgement.answer.said == Said::Allow && !judgement.effects.is_empty() {
            let (slot, effects) = (ACTIONS_SLOT.to_owned(), judgement.effects.clone());
            out.asked.push(Asked { slot, effects });
        }
        let record = judgement.record(&question);
        out.facts.push(Fact { kind: Kind::PolicyEvaluated, text: text(&judgement) });
        if let Some(asked) = record.approval {
            use_approval(view, &asked, event.id, out);
        }
        out.put(Component::Execution, decision_key(&event.id), record.encode());
        Ok(record.answer.said.verdict())
    }
}

impl ActionDecided {
    /// The question that the author of `event` was judged on.
    #[must_use]
    pub fn question<'a>(&'a self, event: &Event) -> Question<'a> {
        Question {
            actor: event.header.author,
            request: &self.request,
            grant: self.grant,
            approval: self.approval,
            at_ms: self.at_ms,
        }
    }
}

impl Judgement {
    /// What the state keeps of it.
    #[must_use]
    pub fn record(&self, question: &Question<'_>) -> DecisionRecord {
        DecisionRecord {
            actor: question.actor,
            request: question.request.digest(),
            grant: question.grant,
            grantor: self.chain.as_ref().map(pluto_identity::grant::Chain::grantor),
            answer: self.answer,
            approval: self.approval,
            escalation: self.escalation,
            settled: None,
        }
    }
}

/// An approval serves once: the decision that asked is settled by the one that used the answer.
fn use_approval(view: &dyn StateView, asked: &EventId, by: EventId, out: &mut Effects) {
    let key = decision_key(asked);
    let record: Option<DecisionRecord> = read(view, Component::Execution, &key);
    if let Some(record) = record.filter(|record| record.escalation.is_some()) {
        let settled = DecisionRecord { settled: Some(by), ..record };
        out.put(Component::Execution, key, settled.encode());
    }
}

fn text(judgement: &Judgement) -> String {
    let answer = &judgement.answer;
    match (answer.refusal, answer.fault) {
        (Some(refusal), _) => format!("deny: {}", refusal.as_str()),
        (_, Some(fault)) => format!("indeterminate: {}", fault.as_str()),
        _ => format!("{} by rule {}", answer.said.as_str(), answer.rule),
    }
}

impl PolicyDecider for Decisions {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        if event.header.kind.known() != Some(Kind::ActionDecided) {
            return Verdict::Effective;
        }
        self.settle(view, event, out).unwrap_or_else(Verdict::Void)
    }
}

/// Keeps what came of decisions: approvals and completions, in component `Execution`.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecisionEngine;

impl Engine for DecisionEngine {
    fn component(&self) -> Component {
        Component::Execution
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::ActionDecided, Kind::ExecutionCompleted, Kind::ApprovalGiven]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            // Judged, written and paid for when the policy was asked.
            Some(Kind::ActionDecided) => Ok(()),
            Some(Kind::ExecutionCompleted) => complete(view, event, out),
            Some(Kind::ApprovalGiven) => approve(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn complete(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let ExecutionCompleted { decision, ended, result, result_bytes } = payload_of(event)?;
    let key = decision_key(&decision);
    let record: DecisionRecord =
        read(view, Component::Execution, &key).ok_or(VoidReason::NotFound)?;
    if record.actor != event.header.author || record.answer.said != Said::Allow {
        return Err(VoidReason::NotAllowed);
    }
    if record.settled.is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let settled = DecisionRecord { settled: Some(event.id), ..record };
    let end = CompletionRecord { event: event.id, ended, result, result_bytes };
    out.put(Component::Execution, key, settled.encode());
    out.put(Component::Execution, completion_key(&decision), end.encode());
    Ok(())
}

fn approve(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let ApprovalGiven { decision, approve } = payload_of(event)?;
    let record: DecisionRecord =
        read(view, Component::Execution, &decision_key(&decision)).ok_or(VoidReason::NotFound)?;
    let waits = record.escalation.ok_or(VoidReason::NotFound)?;
    if view.time_ms() >= waits.until_ms {
        return Err(VoidReason::Expired);
    }
    if !may_approve(view, event.header.author, &record) {
        return Err(VoidReason::NotAllowed);
    }
    let key = approval_key(&decision);
    if view.get(Component::Execution, &key).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let answer = ApprovalRecord { by: event.header.author, event: event.id, approve };
    out.put(Component::Execution, key, answer.encode());
    Ok(())
}

#[cfg(test)]
mod tests;
