//! What an agent asks: may I do this, to that, with these facts?
//!
//! Every part has a bound, and [`ActionQuestion::checked`] is the only way past it: faces check before
//! they ask the desk. Numbers are integers; what is not one comes as decimal text.

use std::collections::BTreeMap;

use pluto_error::Result;
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Longest action in bytes.
pub const ACTION_BYTES_MAX: usize = 128;
/// Longest resource in bytes.
pub const RESOURCE_BYTES_MAX: usize = 512;
/// Most facts in one question.
pub const CONTEXT_MAX: usize = 32;
/// Longest name of a fact in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest text of a fact in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Longest name of a realm or id of a decision in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// May the actor do this? Who the actor is, the desk knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct ActionQuestion {
    /// What is to be done: segments between `/` or `:`, such as `tool:workshop/deploy`.
    #[schemars(length(min = 1, max = 128))]
    pub action: String,
    /// To what it is to be done, such as `src/main.rs`.
    #[schemars(length(min = 1, max = 512))]
    pub resource: String,
    /// How much of a budget it takes.
    #[serde(default)]
    pub amount: u64,
    /// Facts that the policy may read, by name.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 32))]
    pub context: BTreeMap<String, Fact>,
    /// Name or id of the realm; that of the desk if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub realm: Option<String>,
    /// The decision that escalated this very question before, when an approval may be there by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub escalated: Option<String>,
}

/// One fact: `true`, `7`, `"text"`, or an object that names a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(untagged)]
pub enum Fact {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(#[schemars(length(max = 256))] String),
    /// Anything else, with its type.
    Typed(TypedFact),
}

/// A fact whose type JSON does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(rename_all = "snake_case")]
pub enum TypedFact {
    /// A decimal number as text, such as `"12.50"`.
    Fixed(#[schemars(length(max = 256))] String),
    /// A symbol, such as `"production"`.
    Symbol(#[schemars(length(max = 256))] String),
    /// A DID.
    Did(#[schemars(length(max = 256))] String),
    /// A time in milliseconds since 1970.
    TimeMs(u64),
}

impl ActionQuestion {
    /// A question without facts, in the realm of the desk.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            amount: 0,
            context: BTreeMap::new(),
            realm: None,
            escalated: None,
        }
    }

    /// The question, if every part keeps its bound.
    ///
    /// # Errors
    /// `API-0001` when one does not.
    pub fn checked(self) -> Result<Self> {
        bounded("the action", &self.action, ACTION_BYTES_MAX)?;
        bounded("the resource", &self.resource, RESOURCE_BYTES_MAX)?;
        for id in self.realm.iter().chain(&self.escalated) {
            checked_id(id)?;
        }
        if self.context.len() > CONTEXT_MAX {
            return Err(ApiError::BadQuestion {
                what: "the context",
                expected: format!("at most `{CONTEXT_MAX}` facts"),
                found: format!("`{}`", self.context.len()),
            }
            .into());
        }
        for (name, fact) in &self.context {
            if !is_name(name) {
                return Err(ApiError::BadQuestion {
                    what: "the name of a fact",
                    expected: format!(
                        "a letter, then letters, digits or `_`, at most `{NAME_BYTES_MAX}`"
                    ),
                    found: format!(
                        "`{}`",
                        name.escape_debug().take(NAME_BYTES_MAX).collect::<String>()
                    ),
                }
                .into());
            }
            if let Some(text) = fact.text() {
                within("a fact", text, TEXT_BYTES_MAX)?;
            }
        }
        Ok(self)
    }
}

impl Fact {
    /// Its text, if it is written as one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text)
            | Self::Typed(
                TypedFact::Fixed(text) | TypedFact::Symbol(text) | TypedFact::Did(text),
            ) => Some(text),
            Self::Bool(_) | Self::Int(_) | Self::Typed(TypedFact::TimeMs(_)) => None,
        }
    }
}

/// The id of a decision or the name of a realm, if it keeps its bound.
///
/// # Errors
/// `API-0001` when it does not.
pub fn checked_id(id: &str) -> Result<&str> {
    bounded("the id", id, ID_BYTES_MAX)?;
    Ok(id)
}

/// Whether a policy can have a parameter of that name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && name.bytes().all(word)
}

/// Not empty, not too long, and nothing that a terminal would act on.
fn bounded(what: &'static str, text: &str, bytes_max: usize) -> Result<()> {
    within(what, text, bytes_max)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(ApiError::BadQuestion {
            what,
            expected: "text without control characters".to_owned(),
            found: format!("`{}`", text.escape_debug()),
        }
        .into());
    }
    Ok(())
}

fn within(what: &'static str, text: &str, bytes_max: usize) -> Result<()> {
    if text.len() <= bytes_max {
        return Ok(());
    }
    let expected = format!("at most `{bytes_max}` bytes");
    Err(ApiError::BadQuestion { what, expected, found: format!("`{}`", text.len()) }.into())
}

#[cfg(test)]
mod tests;
