//! From words back to values: the effects of a policy that allows.

use pluto_core::policy::{Effect, Fault, Value};
use pluto_core::trust::TrustVector;

use super::Shared;
use super::frame::Outside;
use super::world::{identity, text};
use crate::code::Policy;
use crate::types::Type;

/// The effects noted in the frame.
///
/// # Errors
/// `Engine` when a word is not of its type, which verified code excludes.
pub(super) fn effects(
    shared: &Shared,
    policy: &Policy,
    outside: &Outside,
) -> Result<Vec<Effect>, Fault> {
    let mut words = outside.effects.iter().copied();
    let mut out = Vec::with_capacity(outside.effect_count);
    while let Some(site) = words.next() {
        let site = usize::try_from(site).ok().and_then(|site| policy.effects.get(site));
        let site = site.ok_or(Fault::Engine)?;
        let mut fields = Vec::with_capacity(site.fields.len());
        for (name, ty) in &site.fields {
            fields.push((name.clone(), value(shared, outside, ty, &mut words)?));
        }
        out.push(Effect { kind: site.kind, name: site.name.clone(), fields });
    }
    Ok(out)
}

fn value(
    shared: &Shared,
    outside: &Outside,
    ty: &Type,
    words: &mut impl Iterator<Item = i64>,
) -> Result<Value, Fault> {
    let types = &shared.module.types;
    match ty {
        Type::Trust => {
            let mut vector = TrustVector([0; 6]);
            for dimension in &mut vector.0 {
                let word = words.next().ok_or(Fault::Engine)?;
                *dimension = u32::try_from(word).map_err(|_| Fault::Engine)?;
            }
            return Ok(Value::Trust(vector));
        }
        Type::Record(id) => {
            let declared = &types.record(*id).ok_or(Fault::Engine)?.fields;
            let mut fields = Vec::with_capacity(declared.len());
            for (name, ty) in declared {
                fields.push((name.clone(), value(shared, outside, ty, words)?));
            }
            return Ok(Value::Record(fields));
        }
        Type::Option(inner) => {
            let there = words.next().ok_or(Fault::Engine)? != 0;
            if there {
                return Ok(Value::Option(Some(Box::new(value(shared, outside, inner, words)?))));
            }
            (0..types.width(inner))
                .try_for_each(|_| words.next().map(|_| ()))
                .ok_or(Fault::Engine)?;
            return Ok(Value::Option(None));
        }
        _ => {}
    }
    let word = words.next().ok_or(Fault::Engine)?;
    let own = |handle| text(&shared.literals, &outside.texts, handle).to_owned();
    Ok(match ty {
        Type::Bool => Value::Bool(word != 0),
        Type::Int => Value::Int(word),
        Type::Fixed => Value::Fixed(word),
        Type::Time => Value::Time(word),
        Type::Duration => Value::Duration(word),
        Type::Did => Value::Did(*identity(&outside.identities, word)?),
        Type::Symbol => Value::Symbol(own(word)),
        Type::Text(_) => Value::Text(own(word)),
        Type::Enum(id) => {
            let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
            let name = usize::try_from(word).ok().and_then(|place| variants.get(place));
            Value::Variant(name.ok_or(Fault::Engine)?.clone())
        }
        Type::Set(id) => {
            let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
            let held = variants.iter().enumerate().filter(|(place, _)| word >> place & 1 == 1);
            Value::Set(held.map(|(_, name)| name.clone()).collect())
        }
        Type::Trust | Type::Record(_) | Type::Option(_) | Type::List(..) => {
            return Err(Fault::Engine);
        }
    })
}
