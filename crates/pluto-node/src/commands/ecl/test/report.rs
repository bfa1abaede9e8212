//! What tests of policies gave, as lines and as data.

use pluto_api::http::shape::SpanShown;
use pluto_ecl::testing::{RuleCoverage, TestReport};
use serde_json::{Value, json};

use super::super::super::Context;
use super::super::check::counted;
use super::super::sources::Sources;
use super::super::{diagnostics, values};
use super::Tested;

/// Sums over all sources.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) tests: usize,
    pub(super) failed: usize,
    /// Sources with errors.
    pub(super) refused: usize,
    /// Answers that differ from the reference evaluator's.
    pub(super) differences: usize,
    rules: usize,
    undecided: usize,
}

impl Totals {
    pub(super) fn of(tested: &[Tested]) -> Self {
        let mut totals = Self::default();
        for one in tested {
            let Some(run) = &one.run else {
                totals.refused += 1;
                continue;
            };
            totals.tests += run.reports.len();
            totals.failed += run.reports.iter().filter(|report| !report.passed).count();
            totals.differences += one.differences.len();
            totals.rules += run.coverage.iter().filter(|rule| rule.rule != 0).count();
            totals.undecided += run.undecided().count();
        }
        totals
    }

    pub(super) fn text(&self) -> String {
        let engines = match self.differences {
            0 if self.tests == 0 => String::new(),
            0 => "; reference, interpreter and native code agree".to_owned(),
            differences => format!("; the engines DISAGREE in {}", counted(differences, "answer")),
        };
        let refused = match self.refused {
            0 => String::new(),
            refused => format!(", {} with errors", counted(refused, "source")),
        };
        format!(
            "{}: {} passed, {} failed{refused}; {} of {} rules decided a test{engines}",
            counted(self.tests, "test"),
            self.tests - self.failed,
            self.failed,
            self.rules - self.undecided,
            self.rules,
        )
    }
}

/// The lines of one source, as soon as it is tested.
pub(super) fn text(context: &Context, tested: &Tested) {
    let Some(run) = &tested.run else { return };
    let mut text = format!("{}\n", tested.sources.name());
    for (place, report) in run.reports.iter().enumerate() {
        let word = if report.passed { "ok    " } else { "FAILED" };
        text += &format!("  {word}  {}: {}\n", report.policy, report.title);
        if !report.passed {
            let line = diagnostics::line(&tested.sources, report.span);
            text += &format!("          {} ({line})\n", report.message);
        }
        for (_, engine, found) in tested.differences.iter().filter(|(other, ..)| *other == place) {
            let (one, other) = (&report.decision, found);
            text += &format!("          DISAGREE: reference {one:?}, {engine} {other:?}\n");
        }
    }
    let undecided: Vec<&RuleCoverage> = run.undecided().collect();
    if !undecided.is_empty() {
        text += "  rules that decided no test:\n";
    }
    for rule in undecided {
        let line = diagnostics::line(&tested.sources, rule.span);
        let source = rule.span.text(tested.sources.text());
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("    {line}  {} rule {}: {source}\n", rule.policy, rule.rule);
    }
    context.out.say(values::plain_lines(&text).trim_end());
}

/// Everything as one document.
pub(super) fn data(tested: &[Tested], totals: &Totals) -> Value {
    json!({
        "sources": tested.iter().map(source).collect::<Vec<_>>(),
        "tests": totals.tests,
        "failed": totals.failed,
        "refused": totals.refused,
        "rules": totals.rules,
        "rules_undecided": totals.undecided,
        "engines_agree": totals.differences == 0,
    })
}

fn source(tested: &Tested) -> Value {
    let run = tested.run.as_ref();
    let reports = run.map(|run| {
        let reports = run.reports.iter().enumerate();
        reports.map(|(place, report)| test(tested, place, report)).collect::<Vec<_>>()
    });
    let undecided = run.map(|run| {
        run.undecided()
            .map(|rule| {
                json!({
                    "policy": rule.policy,
                    "rule": rule.rule,
                    "statement": rule.kind.map(values::rule_word),
                    "span": diagnostics::span(&tested.sources, rule.span),
                })
            })
            .collect::<Vec<_>>()
    });
    json!({
        "file": tested.sources.name(),
        "diagnostics": tested.diagnostics,
        "tests": reports,
        "rules_undecided": undecided,
    })
}

fn test(tested: &Tested, place: usize, report: &TestReport) -> Value {
    let different = tested.differences.iter().filter(|(other, ..)| *other == place);
    json!({
        "policy": report.policy,
        "title": report.title,
        "passed": report.passed,
        "message": report.message,
        "span": span(&tested.sources, report),
        "outcome": report.decision.outcome.as_str(),
        "rule": report.decision.rule,
        "gas": values::gas_data(report.decision.gas),
        "engines_that_differ": different.map(|(_, engine, _)| *engine).collect::<Vec<_>>(),
    })
}

fn span(sources: &Sources, report: &TestReport) -> SpanShown {
    diagnostics::span(sources, report.span)
}
