//! Runs the test blocks of a source with any engine.
//!
//! The world of a test is exactly what its lines give: who is not mentioned is a stranger, a store has
//! the records that are given. Identities are made from their names, so two runs see the same ones.

mod world;

use std::fmt::Write as _;

use pluto_core::policy::{Decision, Facts, Gas, Outcome, Request};

use crate::diagnostic::Span;
use crate::hir::{Bundle, Expectation, Policy, RuleKind, Test};
use crate::reference;
pub use world::{World, identity};

/// What a test gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestReport {
    /// The title.
    pub title: String,
    /// The policy.
    pub policy: String,
    /// Whether the answer was the expected one.
    pub passed: bool,
    /// `expected deny "poor", found allow by rule 2`; empty when it passed.
    pub message: String,
    /// The answer.
    pub decision: Decision,
    /// The test.
    pub span: Span,
}

/// How often the tests came to a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The policy.
    pub policy: String,
    /// The rule; 0 is the end of the policy.
    pub rule: u16,
    /// The statement; none for the end.
    pub kind: Option<RuleKind>,
    /// Where it stands; the header for the end.
    pub span: Span,
    /// Tests it decided.
    pub decided: u32,
    /// Tests in which its condition was evaluated and held; known of the first 40 rules.
    pub held: u32,
}

/// What all tests of a source gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestRun {
    /// One for each test, in the order of the source.
    pub reports: Vec<TestReport>,
    /// The rules of all policies, and for each its end.
    pub coverage: Vec<RuleCoverage>,
}

impl TestRun {
    /// Whether every test passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.reports.iter().all(|report| report.passed)
    }

    /// Rules that decided no test.
    pub fn undecided(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.coverage.iter().filter(|rule| rule.rule != 0 && rule.decided == 0)
    }
}

/// An engine: answers policy `index`.
pub type Engine<'e> = dyn FnMut(usize, &Request, &dyn Facts) -> Decision + 'e;

/// Runs all tests with `engine`.
pub fn run_tests(bundle: &Bundle, engine: &mut Engine<'_>) -> TestRun {
    let mut coverage: Vec<RuleCoverage> = bundle.policies.iter().flat_map(rules).collect();
    let reports = bundle
        .tests
        .iter()
        .map(|test| {
            let report = run_test(bundle, test, engine);
            count(&mut coverage, &report);
            report
        })
        .collect();
    TestRun { reports, coverage }
}

/// Runs all tests with the reference evaluator.
#[must_use]
pub fn run_with_reference(bundle: &Bundle) -> TestRun {
    run_tests(bundle, &mut |index, request, facts| {
        reference::decide(bundle, index, request, facts, Gas::MAX, Gas::MAX)
    })
}

fn run_test(bundle: &Bundle, test: &Test, engine: &mut Engine<'_>) -> TestReport {
    let world = World::of(bundle, test);
    let index = usize::from(test.policy);
    let decision = engine(index, &world.request(test), &world);
    let policy = bundle.policies.get(index);
    let passed = policy.is_some_and(|policy| meets(policy, &test.expect, &decision));
    let message = match policy {
        Some(policy) if !passed => {
            format!("expected {}, found {}", expected(&test.expect), found(policy, &decision))
        }
        _ => String::new(),
    };
    TestReport {
        title: test.title.clone(),
        policy: policy.map(|policy| policy.name.clone()).unwrap_or_default(),
        passed,
        message,
        decision,
        span: test.span,
    }
}

fn meets(policy: &Policy, expect: &Expectation, decision: &Decision) -> bool {
    match (expect, decision.outcome) {
        (Expectation::Allow, Outcome::Allow)
        | (Expectation::Deny(None), Outcome::Deny)
        | (Expectation::Escalate, Outcome::Escalate { .. }) => true,
        (Expectation::Deny(Some(reason)), Outcome::Deny) => {
            reason_of(policy, decision.rule) == Some(reason)
        }
        (Expectation::Fault(wanted), Outcome::Indeterminate(fault)) => *wanted == fault,
        _ => false,
    }
}

fn reason_of(policy: &Policy, rule: u16) -> Option<&String> {
    let rule = policy.rules.get(usize::from(rule).checked_sub(1)?)?;
    Some(&rule.reason)
}

fn expected(expect: &Expectation) -> String {
    match expect {
        Expectation::Allow => String::from("allow"),
        Expectation::Deny(None) => String::from("deny"),
        Expectation::Deny(Some(reason)) => format!("deny {reason:?}"),
        Expectation::Escalate => String::from("escalate"),
        Expectation::Fault(fault) => format!("fault {}", fault.as_str()),
    }
}

fn found(policy: &Policy, decision: &Decision) -> String {
    if let Outcome::Indeterminate(fault) = decision.outcome {
        return format!("fault {}", fault.as_str());
    }
    let mut text = String::from(decision.outcome.as_str());
    // Writing to a string does not fail.
    let _ = match reason_of(policy, decision.rule) {
        Some(reason) if !reason.is_empty() => {
            write!(text, " {reason:?} by rule {}", decision.rule)
        }
        Some(_) => write!(text, " by rule {}", decision.rule),
        None => write!(text, " at the end"),
    };
    text
}

fn rules(policy: &Policy) -> Vec<RuleCoverage> {
    let one = |rule, kind, span| RuleCoverage {
        policy: policy.name.clone(),
        rule,
        kind,
        span,
        decided: 0,
        held: 0,
    };
    let end = std::iter::once(one(0, None, policy.span));
    let rules = policy.rules.iter().zip(1..);
    end.chain(rules.map(|(rule, number)| one(number, Some(rule.kind), rule.span))).collect()
}

fn count(coverage: &mut [RuleCoverage], report: &TestReport) {
    if matches!(report.decision.outcome, Outcome::Indeterminate(_)) {
        return;
    }
    for rule in coverage.iter_mut().filter(|rule| rule.policy == report.policy) {
        rule.decided += u32::from(rule.rule == report.decision.rule);
        let bit = u32::from(rule.rule).checked_sub(1);
        let held = bit.and_then(|bit| report.decision.mask.checked_shr(bit)).unwrap_or(0) & 1;
        rule.held += u32::from(held == 1);
    }
}

#[cfg(test)]
mod tests;
