//! `pluto ecl run`.

use pluto_api::http::shape::DecidedShown;
use pluto_core::policy::{Decision, Fallback, Gas, Outcome};
use pluto_ecl::show;
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use super::question::Question;
use super::{diagnostics, packed, values};
use crate::cli::QuestionArgs;
use crate::output::{row, table};

pub(super) fn run(context: &Context, args: &QuestionArgs, mode: ExecutionMode) -> Result<()> {
    let question = Question::of(context, args)?;
    let decision = decide(&question, mode)?;
    let mut value = json!(data(&question, &decision));
    if let Some(value) = value.as_object_mut() {
        value.insert("mode".to_owned(), json!(mode.as_str()));
    }
    context.out.show(&value, &text(&question, &decision));
    Ok(())
}

/// The answer, by the way through an artifact: what is asked here is what a realm would run.
pub(super) fn decide(question: &Question, mode: ExecutionMode) -> Result<Decision> {
    let artifact = packed(question.sources.text(), question.module.clone())?;
    let program = Vm::new(mode, None)?.load_program(&artifact)?;
    Ok(program.ask(question.index, &question.request, &question.world, Gas::MAX))
}

/// An answer for people.
pub(super) fn text(question: &Question, decision: &Decision) -> String {
    let rule = deciding(question, decision);
    let answer = match (decision.outcome, rule) {
        (Outcome::Indeterminate(fault), _) => format!("indeterminate: {}", fault.as_str()),
        (outcome, None) => format!("{} at the end of the policy", outcome.as_str()),
        (outcome, Some(rule)) if rule.reason.is_empty() => {
            format!("{} by rule {}", outcome.as_str(), decision.rule)
        }
        (outcome, Some(rule)) => {
            format!("{} by rule {}: {}", outcome.as_str(), decision.rule, rule.reason)
        }
    };
    let mut rows = vec![row("answer", answer)];
    if let Some(rule) = rule {
        let source = rule.span.text(question.sources.text());
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.push(row("rule", source));
        rows.push(row("stands in", diagnostics::line(&question.sources, rule.span)));
    }
    if let Outcome::Escalate { timeout_ms, fallback } = decision.outcome {
        let then = format!("{}, then {}", show::duration(timeout_ms), fallback_word(fallback));
        rows.push(row("time", then));
    }
    rows.push(row("gas", values::gas_text(decision.gas)));
    rows.push(row("gas at most", values::gas_text(question.bound())));
    for (effect, name) in
        decision.effects.iter().zip(["effects"].into_iter().chain([""].into_iter().cycle()))
    {
        rows.push(row(name, show::effect(effect)));
    }
    question.named(&table(&rows))
}

/// An answer for programs.
pub(super) fn data(question: &Question, decision: &Decision) -> DecidedShown {
    let rule = deciding(question, decision);
    let (fault, timeout_ms, fallback) = match decision.outcome {
        Outcome::Indeterminate(fault) => (Some(fault.as_str()), None, None),
        Outcome::Escalate { timeout_ms, fallback } => {
            (None, Some(timeout_ms), Some(fallback_word(fallback)))
        }
        _ => (None, None, None),
    };
    DecidedShown {
        policy: question.policy().map(|policy| policy.name.clone()),
        outcome: decision.outcome.as_str(),
        rule: decision.rule,
        statement: rule.map(|rule| values::rule_word(rule.kind)),
        reason: rule.map(|rule| rule.reason.clone()).filter(|reason| !reason.is_empty()),
        span: rule.map(|rule| diagnostics::span(&question.sources, rule.span)),
        gas: values::gas_data(decision.gas),
        gas_max: values::gas_data(question.bound()),
        effects: decision.effects.iter().map(values::effect_data).collect(),
        fault,
        timeout_ms,
        fallback,
    }
}

fn deciding<'q>(question: &'q Question, decision: &Decision) -> Option<&'q pluto_ecl::hir::Rule> {
    let place = usize::from(decision.rule).checked_sub(1)?;
    question.policy()?.rules.get(place)
}

const fn fallback_word(fallback: Fallback) -> &'static str {
    match fallback {
        Fallback::Deny => "deny",
        Fallback::Allow => "allow",
    }
}
