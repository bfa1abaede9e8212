//! Carries out what a policy that allows asks for.
//!
//! `put` and `delete` change records of stores of the policy's own bundle, `emit` becomes a fact that
//! observers hear, `audit` an entry that can be proven. `cost` is settled with the judgement. All of it
//! is proposed, or nothing: the caller drops its effects when this fails.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::policy::{Effect, EffectKind, Value};
use pluto_core::traits::{Effects, Fact, StateView};
use pluto_core::{Component, Event, EventId, Kind, VoidReason};
use pluto_ecl::limits::{EFFECTS_MAX, FIELDS_MAX};
use pluto_ecl::show;

use crate::stores::Place;

/// Most bytes, keys and values together, that the effects of one decision write.
pub const EFFECT_BYTES_MAX: usize = 64 * 1024;
/// Longest value in an audit entry in bytes; a longer one is cut.
pub const AUDIT_TEXT_BYTES_MAX: usize = 1024;

/// Proposes the effects of a decision by the bundle in `slot` on an event. `out` may hold what the same
/// step has proposed already; it is seen.
///
/// # Errors
/// `OutOfRange` above a bound, `NotFound` for a store that the bundle does not declare,
/// `MalformedPayload` for a record of another schema. What was proposed until then must be dropped.
pub fn apply(
    view: &dyn StateView,
    slot: &str,
    event: &Event,
    effects: &[Effect],
    out: &mut Effects,
) -> Result<(), VoidReason> {
    if effects.len() > EFFECTS_MAX {
        return Err(VoidReason::OutOfRange);
    }
    let before = out.writes.len();
    let mut audits = 0;
    for effect in effects {
        match effect.kind {
            EffectKind::Cost => {}
            EffectKind::Emit => {
                let fields = show::value(&Value::Record(effect.fields.clone()));
                let text = format!("{slot} emits {} {fields}", effect.name);
                out.facts.push(Fact { kind: Kind::PolicyEvaluated, text });
            }
            EffectKind::Audit => {
                let record = AuditRecord::of(slot, &effect.fields);
                let key = audit_key(&event.id, slot, audits);
                out.put(Component::EclPolicy, key, record.encode());
                audits += 1;
            }
            EffectKind::Put => {
                let (key, values) = keyed(effect)?;
                let values = values.iter().map(|(_, value)| value.clone()).collect();
                Place { slot, store: &effect.name }.put(view, event, key, values, out)?;
            }
            EffectKind::Delete => {
                let (key, _) = keyed(effect)?;
                match (Place { slot, store: &effect.name }).delete(view, key, out) {
                    // A policy need not ask first whether there is something to delete.
                    Err(VoidReason::NotFound) | Ok(()) => {}
                    Err(reason) => return Err(reason),
                }
            }
        }
    }
    let written = out.writes.get(before..).unwrap_or_default().iter();
    let bytes: usize =
        written.map(|write| write.key.len() + write.value.as_ref().map_or(0, |v| v.len())).sum();
    if bytes > EFFECT_BYTES_MAX { Err(VoidReason::OutOfRange) } else { Ok(()) }
}

/// The key of an effect on a record, and its fields.
fn keyed(effect: &Effect) -> Result<(&str, Fields<'_>), VoidReason> {
    match effect.fields.split_first() {
        Some(((_, Value::Text(key)), values)) => Ok((key, values)),
        _ => Err(VoidReason::MalformedPayload),
    }
}

type Fields<'a> = &'a [(String, Value)];

/// What a policy recorded about an event by `audit`, under [`audit_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The slot of the policy.
    pub slot: String,
    /// Names and values, as the language writes them.
    pub fields: Vec<(String, String)>,
}

impl AuditRecord {
    fn of(slot: &str, fields: &[(String, Value)]) -> Self {
        let shown = |value: &Value| {
            let mut text = show::value(value);
            text.truncate(text.floor_char_boundary(AUDIT_TEXT_BYTES_MAX));
            text
        };
        let fields = fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        Self { slot: slot.to_owned(), fields }
    }
}

/// The key of the `number`th audit entry that the policy in a slot made about an event:
/// `u` ‖ event id ‖ number u16 ‖ slot.
#[must_use]
pub fn audit_key(event: &EventId, slot: &str, number: u16) -> Vec<u8> {
    let mut key = vec![b'u'];
    key.extend_from_slice(&event.0);
    key.extend_from_slice(&number.to_be_bytes());
    key.extend_from_slice(slot.as_bytes());
    key
}

impl Canonical for AuditRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.slot.as_bytes());
        out.push(u8::try_from(self.fields.len()).unwrap_or(u8::MAX));
        for (name, value) in &self.fields {
            put_bytes(out, name.as_bytes());
            put_bytes(out, value.as_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let slot = input.text("slot", pluto_core::limits::NAME_BYTES_MAX)?.to_owned();
        let (found, max) = (usize::from(input.u8()?), FIELDS_MAX);
        if found > max {
            return Err(CodecError::TooLarge { what: "fields of an audit", found, max });
        }
        let mut fields = Vec::new();
        for _ in 0..found {
            let name = input.text("name", pluto_ecl::limits::NAME_BYTES_MAX)?.to_owned();
            fields.push((name, input.text("value", AUDIT_TEXT_BYTES_MAX)?.to_owned()));
        }
        Ok(Self { slot, fields })
    }
}

#[cfg(test)]
mod tests;
