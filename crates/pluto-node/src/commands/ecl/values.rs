//! Values of policies for programs, and what a policy is called for people.

use pluto_api::http::shape::{EffectShown, GasShown};
use pluto_core::policy::{Effect, Gas, GasLayer, Value};
use pluto_ecl::code::Module;
use pluto_ecl::hir::RuleKind;
use pluto_ecl::show;
use pluto_ecl::types::Type;
use serde_json::{Map, Value as Json, json};

/// Numbers as numbers, decimals as text: JSON has no type that holds them all.
pub(in crate::commands) fn data(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => json!(flag),
        Value::Int(number) | Value::Time(number) | Value::Duration(number) => json!(number),
        Value::Symbol(text) | Value::Text(text) | Value::Variant(text) => json!(text),
        Value::Fixed(_) | Value::Did(_) | Value::Trust(_) => json!(show::value(value)),
        Value::Set(names) => json!(names),
        Value::Option(inner) => inner.as_deref().map_or(Json::Null, data),
        Value::List(items) => items.iter().map(data).collect(),
        Value::Record(fields) => Json::Object(fields_data(fields)),
    }
}

fn fields_data(fields: &[(String, Value)]) -> Map<String, Json> {
    fields.iter().map(|(name, value)| (name.clone(), data(value))).collect()
}

/// Gas by layer.
pub(in crate::commands) const fn gas_data(gas: Gas) -> GasShown {
    GasShown { network: gas.network, compute: gas.compute, storage: gas.storage, realm: gas.realm }
}

/// `15 network, 43 compute, 0 storage, 13 realm`.
pub(in crate::commands) fn gas_text(gas: Gas) -> String {
    let layers = GasLayer::ALL.into_iter().zip(layers(gas));
    let parts: Vec<String> =
        layers.map(|(layer, units)| format!("{units} {}", layer.as_str())).collect();
    parts.join(", ")
}

const fn layers(gas: Gas) -> [u32; 4] {
    [gas.network, gas.compute, gas.storage, gas.realm]
}

/// An effect as data.
pub(in crate::commands) fn effect_data(effect: &Effect) -> EffectShown {
    EffectShown {
        kind: show::effect_word(effect.kind),
        name: effect.name.clone(),
        fields: fields_data(&effect.fields),
    }
}

/// The word a rule begins with.
pub(super) const fn rule_word(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Require => "require",
        RuleKind::Allow => "allow",
        RuleKind::Deny => "deny",
        RuleKind::Escalate => "escalate",
    }
}

/// `amount: int, receiver: did`.
pub(super) fn parameters(module: &Module, params: &[(String, Type)]) -> String {
    let shown: Vec<String> =
        params.iter().map(|(name, ty)| format!("{name}: {}", module.types.show(ty))).collect();
    shown.join(", ")
}

/// Text of a source without what would move a terminal's cursor, change its colours, or make text
/// read otherwise than it is.
pub(in crate::commands) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\t'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The same for text of several lines.
pub(super) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
