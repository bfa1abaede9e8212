//! Values as people write them: `0.58`, `24h`, `"text"`.

use std::fmt::Write as _;

use pluto_core::policy::{Effect, EffectKind, Value};
use pluto_core::trust::PPM;

const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];

/// A value.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) | Value::Time(number) => number.to_string(),
        Value::Fixed(millionths) => fixed(*millionths),
        Value::Duration(ms) => duration(*ms),
        Value::Did(did) => did.to_string(),
        Value::Symbol(name) | Value::Variant(name) => name.clone(),
        Value::Text(text) => format!("{text:?}"),
        Value::Trust(vector) => {
            let [r, i, c, p, v, omega] = vector.0.map(|ppm| fixed(i64::from(ppm)));
            format!("(r {r}, i {i}, c {c}, p {p}, v {v}, omega {omega})")
        }
        Value::Set(names) => format!("{{{}}}", names.join(", ")),
        Value::Option(None) => String::from("none"),
        Value::Option(Some(inner)) => self::value(inner),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("{name}: {}", self::value(field)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

/// An effect: `emit transfer_approved { amount: 10 }`.
#[must_use]
pub fn effect(effect: &Effect) -> String {
    let fields: Vec<String> =
        effect.fields.iter().map(|(name, field)| format!("{name}: {}", value(field))).collect();
    let name = if effect.name.is_empty() { String::new() } else { format!("{} ", effect.name) };
    format!("{} {name}{{ {} }}", effect_word(effect.kind), fields.join(", "))
}

/// The word an effect begins with.
#[must_use]
pub const fn effect_word(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Emit => "emit",
        EffectKind::Cost => "cost",
        EffectKind::Audit => "audit",
        EffectKind::Put => "put",
        EffectKind::Delete => "delete",
    }
}

/// A decimal without the zeros at its end: `0.58`, `3.0`.
#[must_use]
pub fn fixed(millionths: i64) -> String {
    let one = u64::from(PPM);
    let size = millionths.unsigned_abs();
    let sign = if millionths < 0 { "-" } else { "" };
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(out, "{sign}{}.{:06}", size / one, size % one);
    while out.ends_with('0') && !out.ends_with(".0") {
        out.pop();
    }
    out
}

/// A span in its largest whole unit: `24h`, `90s`, `1500ms`.
#[must_use]
pub fn duration(ms: i64) -> String {
    let unit = UNITS.iter().find(|(size, _)| ms != 0 && ms % size == 0);
    unit.map_or_else(|| format!("{ms}ms"), |(size, name)| format!("{}{name}", ms / size))
}

#[cfg(test)]
mod tests;
