//! `pluto ecl explain`.

use pluto_core::policy::Gas;
use pluto_ecl::explain::{Explanation, explain};
use pluto_error::Result;
use serde_json::{Value, json};

use super::super::Context;
use super::question::Question;
use super::run::data as answer;
use crate::cli::QuestionArgs;

pub(super) fn run(context: &Context, args: &QuestionArgs) -> Result<()> {
    let question = Question::of(context, args)?;
    let explanation = why(&question);
    context.out.show(&data(&question, &explanation), &text(&question, &explanation));
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
pub(super) fn data(question: &Question, explanation: &Explanation) -> Value {
    let conditions: Vec<Value> = explanation
        .conditions
        .iter()
        .map(|condition| {
            let checks = condition.checks.iter();
            json!({
                "rule": condition.rule,
                "source": condition.source,
                "held": condition.held,
                "checks": checks.map(|check| question.named(check)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut value = answer(question, &explanation.decision);
    if let Some(value) = value.as_object_mut() {
        value.insert("conditions".to_owned(), json!(conditions));
        value.insert("left_out".to_owned(), json!(explanation.left_out));
    }
    value
}
