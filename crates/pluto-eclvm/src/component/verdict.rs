//! A guest's verdict as the one decision that all engines give.

use pluto_core::policy::{
    Decision, Effect, EffectKind, Fallback, Fault, Gas, MASK_BITS, Outcome, Value,
};
use pluto_ecl::{gas, limits};

use super::bindings::types;
use super::guest::Guest;
use super::value;

/// The decision of a verdict, effects charged; `compute` is what the run has cost.
pub(super) fn decision(
    verdict: types::Verdict,
    guest: &mut Guest,
    compute: Gas,
) -> Result<Decision, Fault> {
    guest.meter.charge(compute)?;
    if verdict.mask >> MASK_BITS != 0 || verdict.effects.len() > limits::EFFECTS_MAX {
        return Err(Fault::TooLarge);
    }
    let outcome = outcome(verdict.outcome);
    let mut effects = Vec::with_capacity(verdict.effects.len());
    for asked in verdict.effects {
        effects.push(effect(asked, guest)?);
    }
    if outcome != Outcome::Allow {
        effects.clear();
    }
    let gas = guest.meter.spent();
    Ok(Decision { outcome, rule: verdict.rule, mask: verdict.mask, gas, effects })
}

fn outcome(outcome: types::Outcome) -> Outcome {
    match outcome {
        types::Outcome::Deny => Outcome::Deny,
        types::Outcome::Allow => Outcome::Allow,
        types::Outcome::Escalate(types::Escalation { timeout, fallback }) => Outcome::Escalate {
            timeout_ms: timeout,
            fallback: match fallback {
                types::Fallback::Deny => Fallback::Deny,
                types::Fallback::Allow => Fallback::Allow,
            },
        },
    }
}

fn effect(effect: types::Effect, guest: &mut Guest) -> Result<Effect, Fault> {
    let kind = kind(effect.kind);
    let count = u32::try_from(effect.fields.len()).unwrap_or(u32::MAX);
    guest.meter.charge(gas::of_effect(Some(kind)).plus(Gas::compute(count)))?;
    if effect.fields.len() > limits::FIELDS_MAX {
        return Err(Fault::TooLarge);
    }
    name(&effect.name)?;
    let mut fields = Vec::with_capacity(effect.fields.len());
    for field in effect.fields {
        name(&field.name)?;
        fields.push((field.name, value::lift(field.value, &guest.handles)?));
    }
    let keyed = matches!(fields.first(), Some((_, Value::Text(_))));
    if matches!(kind, EffectKind::Put | EffectKind::Delete) && !keyed {
        return Err(Fault::Engine);
    }
    Ok(Effect { kind, name: effect.name, fields })
}

const fn kind(kind: types::EffectKind) -> EffectKind {
    match kind {
        types::EffectKind::Emit => EffectKind::Emit,
        types::EffectKind::Cost => EffectKind::Cost,
        types::EffectKind::Audit => EffectKind::Audit,
        types::EffectKind::Put => EffectKind::Put,
        types::EffectKind::Delete => EffectKind::Delete,
    }
}

const fn name(name: &str) -> Result<(), Fault> {
    if name.len() > limits::NAME_BYTES_MAX { Err(Fault::TooLarge) } else { Ok(()) }
}

/// The fault that a guest answers with.
pub(super) const fn fault(fault: types::Fault) -> Fault {
    match fault {
        types::Fault::Overflow => Fault::Overflow,
        types::Fault::DivisionByZero => Fault::DivisionByZero,
        types::Fault::UnknownEntity => Fault::UnknownEntity,
        types::Fault::NotSupported => Fault::NotSupported,
        types::Fault::OutOfGas => Fault::OutOfGas,
        types::Fault::OutOfMana => Fault::OutOfMana,
        types::Fault::NoPolicy => Fault::NoPolicy,
        types::Fault::BadRequest => Fault::BadRequest,
        types::Fault::TooLarge => Fault::TooLarge,
        types::Fault::Engine => Fault::Engine,
    }
}
