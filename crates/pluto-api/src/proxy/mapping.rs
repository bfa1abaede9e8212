//! From a tool call to a question. Pure; what cannot be judged as it stands is refused here.
//!
//! What is judged must be what is done. So: a resource is refused where a server would read it as
//! another one (`..`, `//`, `\`, hidden escapes in a URL); an argument can not pose as a parameter that
//! the desk fills in (`role`, `grantor`, …); and the digest of all arguments is a fact of every
//! question, so that a decision, and an approval of it, is about this very call.

use std::collections::BTreeMap;

use pluto_error::Result;
use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use super::config::{ProxyConfig, ToolRule};
use crate::error::ApiError;
use crate::question::{ActionQuestion, CONTEXT_MAX, Fact, TEXT_BYTES_MAX, TypedFact, is_name};

/// The fact that holds the digest of all arguments.
pub const ARGUMENTS_DIGEST: &str = "arguments_digest";
/// Parameters of policies that the desk fills in.
const RESERVED: &[&str] = &[
    "action",
    "resource",
    "amount",
    "role",
    "hops",
    "grantor",
    "subject",
    "actor",
    ARGUMENTS_DIGEST,
];

/// The question that a call amounts to.
///
/// # Errors
/// `API-0008` when the call cannot be judged, `API-0001` when a part is out of bounds.
pub fn question(
    config: &ProxyConfig,
    tool: &str,
    arguments: &JsonObject,
) -> Result<ActionQuestion> {
    let call = Call { config, tool, arguments, rule: config.rule(tool) };
    if !is_tool_name(tool) {
        return Err(
            call.not_mapped("its name has other characters than letters, digits and `_-./`")
        );
    }
    let mut question =
        ActionQuestion::new(format!("tool:{}/{tool}", config.server), call.resource()?);
    question.amount = call.amount()?;
    question.context = call.context()?;
    question.realm = config.realm.clone();
    question.checked()
}

struct Call<'a> {
    config: &'a ProxyConfig,
    tool: &'a str,
    arguments: &'a JsonObject,
    rule: Option<&'a ToolRule>,
}

impl Call<'_> {
    fn resource(&self) -> Result<String> {
        if let Some(fixed) = self.rule.and_then(|rule| rule.resource.as_ref()) {
            return Ok(fixed.clone());
        }
        let required = self.rule.and_then(|rule| rule.argument.as_deref());
        let name = required.unwrap_or(&self.config.argument);
        let text = match self.arguments.get(name) {
            Some(Value::String(text)) => text,
            // A tool that has no such argument is a resource of its own.
            None if required.is_none() => return Ok(format!("server:{}", self.config.server)),
            Some(_) | None => {
                return Err(self.not_mapped(&format!("expected text as argument `{name}`")));
            }
        };
        let prefix = self.rule.map(|rule| rule.prefix.as_str()).unwrap_or_default();
        match plain(text) {
            Ok(text) => Ok(format!("{prefix}{text}")),
            Err(why) => Err(self.not_mapped(&format!("argument `{name}` {why}"))),
        }
    }

    fn amount(&self) -> Result<u64> {
        let Some(rule) = self.rule else { return Ok(0) };
        let Some(name) = &rule.amount_argument else { return Ok(rule.amount.unwrap_or(0)) };
        let amount = self.arguments.get(name).and_then(Value::as_u64);
        amount.ok_or_else(|| {
            self.not_mapped(&format!("expected a whole number from 0 as argument `{name}`"))
        })
    }

    fn context(&self) -> Result<BTreeMap<String, Fact>> {
        let named = self.rule.and_then(|rule| rule.context.as_ref());
        let mut facts = BTreeMap::new();
        for (name, value) in self.arguments {
            let wanted = named.is_none_or(|named| named.contains(name));
            if wanted && is_name(name) && !RESERVED.contains(&name.as_str()) {
                facts.extend(fact(value).map(|fact| (name.clone(), fact)));
            }
        }
        let digest = digest_text(&canonical(&Value::Object(self.arguments.clone())));
        facts.insert(ARGUMENTS_DIGEST.to_owned(), Fact::Text(digest));
        if facts.len() > CONTEXT_MAX {
            let most = CONTEXT_MAX - 1;
            return Err(self.not_mapped(&format!(
                "it has more than {most} scalar arguments; name those that count in `context`"
            )));
        }
        Ok(facts)
    }

    fn not_mapped(&self, why: &str) -> pluto_error::Error {
        let tool = self.tool.escape_debug().take(128).collect();
        ApiError::NotMapped { tool, why: why.to_owned() }.into()
    }
}

/// A scalar; long text by its digest. What is neither is covered by the digest of the arguments.
fn fact(value: &Value) -> Option<Fact> {
    match value {
        Value::Bool(yes) => Some(Fact::Bool(*yes)),
        Value::Number(number) => number_fact(number),
        Value::String(text) if text.len() <= TEXT_BYTES_MAX => Some(Fact::Text(text.clone())),
        Value::String(text) => Some(Fact::Text(digest_text(text.as_bytes()))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number_fact(number: &Number) -> Option<Fact> {
    if let Some(whole) = number.as_i64() {
        return Some(Fact::Int(whole));
    }
    let text = number.to_string();
    let decimal = number.is_f64() && !text.contains(['e', 'E']);
    decimal.then_some(Fact::Typed(TypedFact::Fixed(text)))
}

fn digest_text(bytes: &[u8]) -> String {
    format!("blake3:{}", blake3::hash(bytes).to_hex())
}

/// The one way of writing a resource, or why it is not taken.
fn plain(text: &str) -> Result<&str, &'static str> {
    let text = text.strip_prefix("./").unwrap_or(text);
    if text.contains('\\') || text.chars().any(char::is_control) {
        return Err("has a backslash or a control character");
    }
    if text.split(['/', ':']).any(|segment| segment == "." || segment == "..") {
        return Err("has `.` or `..` as a segment; name the resource itself");
    }
    let scheme = text.split_once("://").filter(|(scheme, _)| !scheme.contains('/'));
    let (scheme, path) = scheme.unwrap_or(("", text));
    if path.contains("//") || text.is_empty() {
        return Err("is empty or has an empty segment");
    }
    let escaped = path.to_ascii_lowercase();
    if !scheme.is_empty() && ["%2e", "%2f", "%5c"].iter().any(|hidden| escaped.contains(hidden)) {
        return Err("hides `.`, `/` or `\\` in an escape");
    }
    // A directory with and without its last slash is one.
    Ok(if text.len() > 1 { text.strip_suffix('/').unwrap_or(text) } else { text })
}

/// JSON in one form: keys sorted, no spaces.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    sorted(value).to_string().into_bytes()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            let field = |name: &String| Some((name.clone(), sorted(fields.get(name)?)));
            Value::Object(names.into_iter().filter_map(field).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn is_tool_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    !name.starts_with('/') && name.bytes().all(fits) && plain(name).is_ok_and(|plain| plain == name)
}

#[cfg(test)]
mod tests;
