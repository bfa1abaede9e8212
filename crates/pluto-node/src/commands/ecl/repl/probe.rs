//! The value of an expression: a policy that tells it, asked.

use pluto_core::policy::{Gas, Outcome};
use pluto_ecl::{reference, show};

use super::super::question::{Fact, Question, Refusal};
use super::super::sources::Sources;

/// No name that a person takes.
const POLICY: &str = "the_probe__";
const PIECE: &str = "the probe";

/// `0.58 : fixed`, or why there is none.
pub(super) fn value(
    mut sources: Sources,
    place: &str,
    expression: &str,
    given: &[Fact],
) -> Result<String, Refusal> {
    sources.push(PIECE, &format!("policy {POLICY} on api {{ let the_value__ ="));
    sources.push(place, expression);
    sources.push(PIECE, "emit the_probe__ { value: the_value__ } allow }");
    let question = Question::put(sources, Some(POLICY), given)?;
    let Question { bundle, index, request, world, .. } = &question;
    let decision = reference::decide(bundle, *index, request, world, Gas::MAX, question.bound());
    if let Outcome::Indeterminate(fault) = decision.outcome {
        return Ok(format!("indeterminate: {}", fault.as_str()));
    }
    let site = question.policy().and_then(|policy| policy.effects.last());
    let ty = site.and_then(|site| site.fields.first());
    let value = decision.effects.last().and_then(|effect| effect.fields.first());
    Ok(match value.zip(ty) {
        Some(((_, value), (_, ty))) => {
            question.named(&format!("{} : {}", show::value(value), bundle.types.show(ty)))
        }
        None => "no value".to_owned(),
    })
}
