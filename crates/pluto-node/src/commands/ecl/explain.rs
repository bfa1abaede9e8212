//! `pluto ecl explain`.

use pluto_api::http::shape::{ConditionShown, ExplainedShown};
use pluto_core::policy::Gas;
use pluto_ecl::explain::{Explanation, explain};
use pluto_error::Result;

use super::super::Context;
use super::question::Question;
use super::run::data as answer;
use crate::cli::QuestionArgs;

pub(super) fn run(context: &Context, args: &QuestionArgs) -> Result<()> {
    let question = Question::of(context, args)?;
    let explanation = why(&question);
    context.out.show_as(&data(&question, &explanation), &text(&question, &explanation));
    Ok(())
}

/// The question again, with everything written down.
pub(super) fn why(question: &Question) -> Explanation {
    let limits = (Gas::MAX, question.bound());
    let Question { sources, bundle, index, request, world, .. } = question;
    explain(bundle, sources.text(), *index, request, world, limits)
}

/// An explanation for people.
pub(super) fn text(question: &Question, explanation: &Explanation) -> String {
    question.named(&explanation.text())
}

/// An explanation for programs.
pub(super) fn data(question: &Question, explanation: &Explanation) -> ExplainedShown {
    let conditions = explanation.conditions.iter().map(|condition| ConditionShown {
        rule: condition.rule,
        source: condition.source.clone(),
        held: condition.held,
        checks: condition.checks.iter().map(|check| question.named(check)).collect(),
    });
    ExplainedShown {
        decided: answer(question, &explanation.decision),
        conditions: conditions.collect(),
        left_out: explanation.left_out,
    }
}
