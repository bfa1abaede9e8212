//! Which calls wait for an approval: a retry then names the decision it was escalated by.
//!
//! A memory of convenience, bounded, oldest out first. Who falls out, or outlives a restart, asks
//! anew and is escalated anew; nothing is allowed by it.

use std::collections::VecDeque;

use crate::question::ActionQuestion;

/// Calls that are remembered.
pub(super) const WAITING_MAX: usize = 256;

/// Escalated questions, each with its decision.
#[derive(Default)]
pub(super) struct Waiting(VecDeque<(ActionQuestion, String)>);

impl Waiting {
    /// The decision that escalated this question.
    pub(super) fn decision(&self, question: &ActionQuestion) -> Option<String> {
        self.0.iter().find(|(asked, _)| asked == question).map(|(_, decision)| decision.clone())
    }

    /// Remembers that this question was escalated.
    pub(super) fn put(&mut self, question: ActionQuestion, decision: String) {
        self.forget(&question);
        if self.0.len() >= WAITING_MAX {
            self.0.pop_front();
        }
        self.0.push_back((question, decision));
    }

    /// The question is decided.
    pub(super) fn forget(&mut self, question: &ActionQuestion) {
        self.0.retain(|(asked, _)| asked != question);
    }
}
