//! Why a policy answered as it did: the question again, with everything written down.
//!
//! Explaining is replaying: a decision carries its rule and mask only, and whoever wants the operands
//! asks the reference evaluator on the same facts. So deciding pays nothing for being explainable.

use std::fmt::Write as _;

use pluto_core::policy::{Decision, Facts, Gas, Outcome, Request};

use crate::diagnostic::Span;
use crate::hir::{Bundle, Policy, Rule, RuleKind};
use crate::reference::trace::{Seen, Step, Trace};
use crate::reference::{Question, decide_traced};

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The answer.
    pub decision: Decision,
    /// The rule that decided; none at the end of the policy, and with a fault.
    pub rule: Option<DecidingRule>,
    /// The conditions that were evaluated, in order.
    pub conditions: Vec<Condition>,
    /// Questions that were answered but are not shown, because there were too many.
    pub left_out: usize,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingRule {
    /// Its number.
    pub number: u16,
    /// The statement.
    pub kind: RuleKind,
    /// What a person is told.
    pub reason: String,
    /// Where it stands.
    pub span: Span,
    /// How it is written.
    pub source: String,
}

/// A condition that was evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The rule it belongs to; none for the condition of an `if`.
    pub rule: Option<u16>,
    /// How it is written; empty for a rule without condition.
    pub source: String,
    /// Whether it held; none when a fault came first.
    pub held: Option<bool>,
    /// The questions inside, with their operands: `norm(subject.trust) = 0.58 >= 0.6 is false`.
    pub checks: Vec<String>,
}

/// Replays a question. `source` is the text the bundle was made from; the rest is as for
/// [`crate::reference::decide`].
#[must_use]
pub fn explain(
    bundle: &Bundle,
    source: &str,
    index: usize,
    request: &Request,
    facts: &dyn Facts,
    (limit, bound): (Gas, Gas),
) -> Explanation {
    let mut trace = Trace::on();
    let question = Question { request, facts, limit, bound };
    let decision = decide_traced(bundle, index, &question, &mut trace);
    let rule = bundle.policies.get(index).and_then(|policy| deciding(policy, &decision, source));
    let conditions = trace.steps.iter().map(|step| condition(step, source)).collect();
    Explanation { decision, rule, conditions, left_out: trace.dropped }
}

fn deciding(policy: &Policy, decision: &Decision, source: &str) -> Option<DecidingRule> {
    let place = usize::from(decision.rule).checked_sub(1)?;
    let Rule { kind, reason, span, .. } = policy.rules.get(place)?;
    Some(DecidingRule {
        number: decision.rule,
        kind: *kind,
        reason: reason.clone(),
        span: *span,
        source: one_line(span.text(source)),
    })
}

fn condition(step: &Step, source: &str) -> Condition {
    Condition {
        rule: step.rule,
        source: step.condition.map(|span| one_line(span.text(source))).unwrap_or_default(),
        held: step.held,
        checks: step.checks.iter().map(|seen| check(seen, source)).collect(),
    }
}

/// `norm(subject.trust) = 0.58 >= 0.6 is false`; for functions `glob(p, t) is true (p = "a*")`.
fn check(seen: &Seen, source: &str) -> String {
    let text = one_line(seen.span.text(source));
    let operand = |(span, value): &(Span, String)| {
        let written = one_line(span.text(source));
        if written == *value || literal(&written) {
            written
        } else {
            format!("{written} = {value}")
        }
    };
    let opened = |first: &Span| {
        let before = Span { start: seen.span.start, end: first.start };
        before.text(source).trim_matches(['(', ' ', '\n', '\t']).is_empty()
    };
    let middle = |from: u32, to: u32| {
        let between = Span { start: from, end: to }.text(source);
        one_line(between.trim_matches(['(', ')', ' ', '\n', '\t']))
    };
    match seen.operands.as_slice() {
        [left, right] if opened(&left.0) => {
            let op = middle(left.0.end, right.0.start);
            format!("{} {op} {} is {}", operand(left), operand(right), seen.held)
        }
        [only] if opened(&only.0) => {
            let rest = Span { start: only.0.end, end: seen.span.end }.text(source);
            let rest = one_line(rest.trim_start_matches([')', ' ', '\n', '\t']));
            format!("{} {rest} is {}", operand(only), seen.held)
        }
        operands => {
            let told: Vec<String> = operands
                .iter()
                .filter(|(span, value)| {
                    let written = one_line(span.text(source));
                    written != *value && !literal(&written)
                })
                .map(operand)
                .collect();
            let told =
                if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
            format!("{text} is {}{told}", seen.held)
        }
    }
}

/// Whether something written needs no value beside it.
fn literal(written: &str) -> bool {
    written.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit() || c == '"')
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Explanation {
    /// The explanation for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.headline();
        for condition in &self.conditions {
            condition.put(&mut text);
        }
        if self.left_out > 0 {
            put(&mut text, format_args!("… and {} more\n", self.left_out));
        }
        text
    }

    fn headline(&self) -> String {
        let outcome = match self.decision.outcome {
            Outcome::Indeterminate(fault) => format!("indeterminate: {}", fault.as_str()),
            other => other.as_str().to_owned(),
        };
        match &self.rule {
            Some(rule) if rule.reason.is_empty() => {
                format!("{outcome} by rule {}: {}\n", rule.number, rule.source)
            }
            Some(rule) => {
                format!("{outcome} by rule {} ({}): {}\n", rule.number, rule.reason, rule.source)
            }
            None if matches!(self.decision.outcome, Outcome::Indeterminate(_)) => outcome + "\n",
            None => format!("{outcome} at the end of the policy\n"),
        }
    }
}

impl Condition {
    fn put(&self, text: &mut String) {
        let held = match self.held {
            Some(true) => "holds",
            Some(false) => "does not hold",
            None => "could not be decided",
        };
        match self.rule {
            Some(rule) if self.source.is_empty() => {
                put(text, format_args!("rule {rule} is reached\n"));
            }
            Some(rule) => put(text, format_args!("rule {rule}: {} {held}\n", self.source)),
            None => put(text, format_args!("if: {} {held}\n", self.source)),
        }
        for check in &self.checks {
            put(text, format_args!("  {check}\n"));
        }
    }
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests;
