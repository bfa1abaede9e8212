//! Puts state entries and payloads into words: field by field, for people and for JSON.
//!
//! Every record of this build is known here. What is not known, or does not decode, has no
//! description and is shown as bytes; a description is a reading aid and proves nothing.

mod archive;
mod crossing;
mod decision;
mod entry;
mod fork;
mod governance;
mod grant;
mod payload;
mod realm;
mod saga;

pub use entry::entry;
pub use governance::measure;
pub use payload::payload;

use pluto_core::hex;
use serde_json::{Map, Value, json};

use crate::output::{ppm, time};

/// Units at the end of names: programs need them, people see them in the value.
const UNITS: [&str; 3] = ["_ppm", "_ms", "_day"];

/// A record in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What it is, such as `trust standing`.
    pub what: &'static str,
    /// Its fields, in order: name, text for people, value for JSON.
    pub fields: Vec<(&'static str, String, Value)>,
}

impl Description {
    fn new(what: &'static str) -> Self {
        Self { what, fields: Vec::new() }
    }

    fn text(mut self, name: &'static str, value: impl ToString) -> Self {
        let text = value.to_string();
        self.fields.push((name, text.clone(), Value::String(text)));
        self
    }

    fn number(mut self, name: &'static str, value: impl Into<u64>) -> Self {
        let value = value.into();
        self.fields.push((name, value.to_string(), json!(value)));
        self
    }

    /// An amount in parts per million.
    fn amount(mut self, name: &'static str, value: i64) -> Self {
        let sign = if value < 0 { "-" } else { "" };
        let size = u32::try_from(value.unsigned_abs()).unwrap_or(u32::MAX);
        self.fields.push((name, format!("{sign}{}", ppm(size)), json!(value)));
        self
    }

    /// Unix milliseconds.
    fn time(self, name: &'static str, ms: u64) -> Self {
        self.with(name, time(ms), json!(ms))
    }

    fn with(mut self, name: &'static str, text: impl Into<String>, value: Value) -> Self {
        self.fields.push((name, text.into(), value));
        self
    }

    /// Bytes: as text where they are readable, else as hexadecimal digits.
    fn bytes(self, name: &'static str, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(char::is_control) => self.text(name, text),
            _ => self.text(name, format!("hex:{}", hex::text(bytes))),
        }
    }

    /// Rows for a table: what it is, then its fields.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let field = |(name, text, _): &(&str, String, Value)| {
            let name = UNITS.iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name);
            vec![format!("  {}", name.replace('_', " ")), text.clone()]
        };
        let first = vec!["in words".to_owned(), self.what.to_owned()];
        std::iter::once(first).chain(self.fields.iter().map(field)).collect()
    }

    /// One JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("what".to_owned(), json!(self.what));
        for (name, _, value) in &self.fields {
            object.insert((*name).to_owned(), value.clone());
        }
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests;
