//! A desk in memory, for tests of the faces and of those who build upon them.
//!
//! It decides by the action alone, and keeps everything it was told. Behind the feature `fake-desk`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pluto_error::{Error, Result};

use crate::answer::{Answer, AsOf, Completion, GrantSummary, Outcome, Receipt, Recorded};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::question::ActionQuestion;

/// Decides as it was told to.
#[derive(Default)]
pub struct FakeDesk(Mutex<State>);

#[derive(Default)]
struct State {
    rules: Vec<(String, Outcome)>,
    decisions: Vec<Decision>,
}

/// One decision, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was asked.
    pub question: ActionQuestion,
    /// What was decided.
    pub outcome: Outcome,
    /// How it ended.
    pub completion: Option<Completion>,
    /// Whether it was approved, if anybody said.
    pub approved: Option<bool>,
    spent: bool,
}

impl FakeDesk {
    /// From now on, this action has this outcome. Anything without a rule is denied.
    pub fn rule(&self, action: &str, outcome: Outcome) {
        self.state().rules.push((action.to_owned(), outcome));
    }

    /// Everything decided so far.
    #[must_use]
    pub fn decisions(&self) -> Vec<Decision> {
        self.state().decisions.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge(&self, question: &ActionQuestion) -> Outcome {
        let rule = self.rules.iter().rev().find(|(action, _)| *action == question.action);
        rule.map_or(Outcome::Deny, |(_, outcome)| *outcome)
    }

    fn decision(&mut self, id: &str) -> Result<&mut Decision> {
        let place = id.strip_prefix("decision-").and_then(|number| number.parse::<usize>().ok());
        let found = place.and_then(|place| self.decisions.get_mut(place));
        found.ok_or_else(|| no_decision(id))
    }

    /// What an earlier decision makes of this question: itself again, or an answer to it.
    fn approval(&mut self, question: &ActionQuestion, id: &str) -> Result<Outcome> {
        let decision = self.decision(id)?;
        let mut plain = question.clone();
        plain.escalated = None;
        let fits = decision.question == plain && decision.outcome == Outcome::Escalate;
        if !fits || decision.spent {
            return Err(no_decision(id));
        }
        Ok(match decision.approved {
            None => Outcome::Escalate,
            Some(yes) => {
                decision.spent = true;
                if yes { Outcome::Allow } else { Outcome::Deny }
            }
        })
    }

    fn record(&mut self, question: &ActionQuestion, outcome: Outcome) -> Receipt {
        let decision = format!("decision-{}", self.decisions.len());
        self.decisions.push(Decision {
            question: question.clone(),
            outcome,
            completion: None,
            approved: None,
            spent: false,
        });
        Receipt { decision, answer: self.answer(outcome) }
    }

    fn answer(&self, outcome: Outcome) -> Answer {
        Answer {
            outcome,
            rule: Some("by-action".to_owned()),
            reason: (outcome != Outcome::Allow).then(|| format!("told to {}", outcome.as_str())),
            grant_path: vec!["grant-0".to_owned()],
            obligations: Vec::new(),
            gas: 7,
            as_of: AsOf {
                position: u64::try_from(self.decisions.len()).unwrap_or(u64::MAX),
                state_root: "00".repeat(32),
                realm_time_ms: 1_700_000_000_000,
                age_ms: 0,
                stale: false,
                realm: None,
            },
        }
    }
}

impl Desk for FakeDesk {
    fn check(&self, question: &ActionQuestion) -> Result<Answer> {
        let state = self.state();
        Ok(state.answer(state.judge(question)))
    }

    fn act(&self, question: &ActionQuestion) -> Result<Receipt> {
        let mut state = self.state();
        let Some(id) = &question.escalated else {
            let outcome = state.judge(question);
            return Ok(state.record(question, outcome));
        };
        match state.approval(question, id)? {
            Outcome::Escalate => {
                let answer = state.answer(Outcome::Escalate);
                Ok(Receipt { decision: id.clone(), answer })
            }
            outcome => Ok(state.record(question, outcome)),
        }
    }

    fn complete(&self, decision: &str, completion: &Completion) -> Result<Recorded> {
        let mut state = self.state();
        let found = state.decision(decision)?;
        if found.outcome != Outcome::Allow || found.completion.is_some() {
            return Err(no_decision(decision));
        }
        found.completion = Some(completion.clone());
        Ok(Recorded { event: format!("completed-{decision}"), decision: decision.to_owned() })
    }

    fn grants(&self, realm: Option<&str>) -> Result<Vec<GrantSummary>> {
        Ok(vec![GrantSummary {
            id: "grant-0".to_owned(),
            issuer: format!("owner-of-{}", realm.unwrap_or("default")),
            delegate: "agent".to_owned(),
            parent: None,
            actions: vec!["tool:workshop/*".to_owned()],
            resources: vec!["**".to_owned()],
            expires_ms: 1_800_000_000_000,
            hops: 0,
            rate: None,
            budget_left: None,
            active: true,
        }])
    }

    fn prove(&self, decision: &str) -> Result<Vec<u8>> {
        self.state().decision(decision)?;
        Ok(decision.as_bytes().to_vec())
    }

    fn approve(&self, decision: &str, yes: bool) -> Result<Recorded> {
        let mut state = self.state();
        let found = state.decision(decision)?;
        if found.outcome != Outcome::Escalate || found.approved.is_some() {
            return Err(no_decision(decision));
        }
        found.approved = Some(yes);
        Ok(Recorded { event: format!("approved-{decision}"), decision: decision.to_owned() })
    }
}

fn no_decision(id: &str) -> Error {
    let expected = "one that is there, and fits".to_owned();
    ApiError::BadQuestion { what: "the decision", expected, found: format!("`{id}`") }.into()
}
