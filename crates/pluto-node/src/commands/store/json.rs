//! Values of stores from JSON, by their shape. What comes out is written by `ecl::values::data`.

use pluto_core::policy::Value;
use pluto_core::trust::TrustVector;
use pluto_ecl::store::{Schema, Shape};
use serde_json::Value as Json;

/// The fields of a record; those left out have their defaults, or none.
pub(super) fn record(schema: &Schema, json: &Json) -> Result<Vec<Value>, String> {
    let object = json.as_object().ok_or("expected a JSON object with the fields of the record")?;
    let known = |name: &String| schema.fields.iter().any(|field| field.name == *name);
    if let Some(unknown) = object.keys().find(|name| !known(name)) {
        let names: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
        return Err(format!("no field `{unknown}`; the fields are {}", names.join(", ")));
    }
    let fields = schema.fields.iter().map(|field| match object.get(&field.name) {
        Some(json) => value(&field.shape, json).ok_or_else(|| {
            format!("field `{}`: expected {}, found {json}", field.name, field.shape)
        }),
        None => field
            .default
            .clone()
            .ok_or_else(|| format!("field `{}` is missing: {}", field.name, field.shape)),
    });
    fields.collect()
}

/// A value as typed on the command line: text stands for itself, anything else is JSON.
pub(super) fn word(shape: &Shape, text: &str) -> Option<Value> {
    let plain = Json::String(text.to_owned());
    value(shape, &plain).or_else(|| value(shape, &serde_json::from_str(text).ok()?))
}

fn value(shape: &Shape, json: &Json) -> Option<Value> {
    let value = match shape {
        Shape::Bool => Value::Bool(json.as_bool()?),
        Shape::Int => Value::Int(json.as_i64()?),
        Shape::Time => Value::Time(json.as_i64()?),
        Shape::Duration => Value::Duration(json.as_i64()?),
        Shape::Fixed => Value::Fixed(millionths(json)?),
        Shape::Did => Value::Did(json.as_str()?.parse().ok()?),
        Shape::Symbol => Value::Symbol(json.as_str()?.to_owned()),
        Shape::Text(_) => Value::Text(json.as_str()?.to_owned()),
        Shape::Enum(_) => Value::Variant(json.as_str()?.to_owned()),
        Shape::Set(variants) => {
            let given: Vec<&str> =
                json.as_array()?.iter().map(Json::as_str).collect::<Option<_>>()?;
            if given.iter().any(|name| !variants.iter().any(|known| known == name)) {
                return None;
            }
            let held = variants.iter().filter(|name| given.contains(&name.as_str()));
            Value::Set(held.cloned().collect())
        }
        Shape::Trust => {
            let parts = json.as_array()?.iter().map(millionths).collect::<Option<Vec<i64>>>()?;
            let parts: Vec<u32> =
                parts.into_iter().map(|part| u32::try_from(part).ok()).collect::<Option<_>>()?;
            Value::Trust(TrustVector(parts.try_into().ok()?))
        }
        Shape::Record(fields) => {
            let object = json.as_object()?;
            if object.len() != fields.len() {
                return None;
            }
            let fields = fields
                .iter()
                .map(|(name, shape)| Some((name.clone(), value(shape, object.get(name)?)?)));
            Value::Record(fields.collect::<Option<_>>()?)
        }
        Shape::Option(_) if json.is_null() => Value::Option(None),
        Shape::Option(inner) => Value::Option(Some(Box::new(value(inner, json)?))),
    };
    shape.accepts(&value).then_some(value)
}

/// `0.7`, as text or as a number whose digits are read and never its floating point.
fn millionths(json: &Json) -> Option<i64> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(part) || part.len() > 6 {
        return None;
    }
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)?.checked_mul(sign)
}

#[cfg(test)]
mod tests;
