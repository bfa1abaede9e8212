//! What a replay found: counts, violations by reason with examples, and an approval to be proven.

use std::collections::BTreeMap;

use pluto_core::EventId;
use pluto_decision::{Answer, Said, rule_reason};
use pluto_ecl::code::Policy;

use super::{CaseCount, LogEvent};

/// Examples kept of each reason.
const EXAMPLES_MAX: usize = 3;

/// One step and the decision about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The case.
    pub case: String,
    /// What was done.
    pub activity: String,
    /// Who did it.
    pub person: String,
    /// When, in Unix milliseconds.
    pub time_ms: u64,
    /// The decision.
    pub decision: EventId,
}

/// Steps that were denied for one reason, and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    /// How many.
    pub count: usize,
    /// The first few.
    pub examples: Vec<Example>,
}

/// A step that was allowed.
pub type Approved = Example;

/// What a replay found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps that were judged.
    pub steps: usize,
    /// Steps that were allowed.
    pub allowed: usize,
    /// Decisions whose answer, when they were written, was another than that of the fold.
    pub mistaken: usize,
    /// Steps told by `report` in spite of the denial.
    pub reported: usize,
    /// Violations by their reason.
    pub violations: BTreeMap<String, Violations>,
    /// What came of the cases, once everything is written.
    pub cases: CaseCount,
    /// The first step allowed that is to be proven.
    pub approved: Option<Approved>,
}

impl Tally {
    /// Steps that were done although they were denied.
    #[must_use]
    pub fn violated(&self) -> usize {
        self.violations.values().map(|violations| violations.count).sum()
    }

    /// Violations by rule: what stands before the colon of a reason.
    #[must_use]
    pub fn by_rule(&self) -> BTreeMap<&str, usize> {
        let mut rules = BTreeMap::new();
        for (reason, violations) in &self.violations {
            *rules.entry(rule_of(reason)).or_default() += violations.count;
        }
        rules
    }

    pub(super) fn count(
        &mut self,
        event: &LogEvent,
        decision: EventId,
        answer: &Answer,
        policy: Option<&Policy>,
        proven: &str,
    ) {
        self.steps += 1;
        let example = || Example {
            case: event.case.clone(),
            activity: event.activity.clone(),
            person: event.person.clone(),
            time_ms: event.time_ms,
            decision,
        };
        if answer.said == Said::Allow {
            self.allowed += 1;
            if self.approved.is_none() && event.activity.starts_with(proven) {
                self.approved = Some(example());
            }
            return;
        }
        let violations = self.violations.entry(reason(answer, policy)).or_default();
        violations.count += 1;
        if violations.examples.len() < EXAMPLES_MAX {
            violations.examples.push(example());
        }
    }
}

/// The rule that a reason belongs to.
#[must_use]
fn rule_of(reason: &str) -> &str {
    reason.split_once(':').map_or(reason, |(rule, _)| rule)
}

fn reason(answer: &Answer, policy: Option<&Policy>) -> String {
    match (answer.refusal, answer.fault) {
        (Some(refusal), _) => refusal.as_str().to_owned(),
        (None, Some(fault)) => format!("fault {}", fault.as_str()),
        (None, None) => rule_reason(policy, answer.rule),
    }
}
