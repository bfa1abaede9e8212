//! A request as routes see it: its parameters, each bounded, and its body, bounded in size and depth.

use std::collections::BTreeMap;

use axum::body::Bytes;
use pluto_error::Result;
use serde::de::DeserializeOwned;

use super::ask::{ITEMS, ITEMS_MAX, Page};
use super::cursor;
use super::problem::HttpError;

/// Longest parameter in bytes: a key of a state entry in hexadecimal, with its form before it.
pub(super) const PARAMETER_BYTES_MAX: usize = 2_200;
/// Deepest nesting of a JSON body.
pub const DEPTH_MAX: usize = 32;

/// One request.
pub(super) struct Input {
    /// The path of the route, which is what cursors are bound to.
    pub(super) route: &'static str,
    /// Parameters of the path.
    pub(super) path: BTreeMap<String, String>,
    /// Parameters of the query; only those that the route has.
    pub(super) query: BTreeMap<String, String>,
    /// The body.
    pub(super) body: Bytes,
}

impl Input {
    /// A parameter of the path.
    ///
    /// # Errors
    /// `API-0025` when it is empty or too long.
    pub(super) fn path(&self, name: &str) -> Result<String> {
        let value = self.path.get(name).cloned().unwrap_or_default();
        checked(name, value)
    }

    /// A parameter of the query, if it is given.
    ///
    /// # Errors
    /// `API-0025` when it is empty or too long.
    pub(super) fn query(&self, name: &str) -> Result<Option<String>> {
        self.query.get(name).cloned().map(|value| checked(name, value)).transpose()
    }

    /// A parameter of the query that is one of these words.
    ///
    /// # Errors
    /// `API-0025` when it is not.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> Result<Option<String>> {
        let value = self.query(name)?;
        match value {
            Some(value) if !words.contains(&value.as_str()) => {
                let expected = format!("one of `{}`", words.join("`, `"));
                Err(HttpError::BadParameter { name: name.to_owned(), expected }.into())
            }
            value => Ok(value),
        }
    }

    /// How many items are wanted.
    ///
    /// # Errors
    /// `API-0025` when it is no number from 1 to the bound.
    pub(super) fn limit(&self) -> Result<usize> {
        let Some(text) = self.query("limit")? else { return Ok(ITEMS) };
        let limit = text.parse().ok().filter(|limit| (1..=ITEMS_MAX).contains(limit));
        let expected = format!("a number from 1 to `{ITEMS_MAX}`");
        let refused = || HttpError::BadParameter { name: "limit".to_owned(), expected };
        Ok(limit.ok_or_else(refused)?)
    }

    /// The part of a list that is wanted.
    ///
    /// # Errors
    /// `API-0025`; `API-0026` for a cursor of another list.
    pub(super) fn page(&self) -> Result<Page> {
        let after = self.query("cursor")?;
        let after = after.map(|text| cursor::place(self.route, &text)).transpose()?;
        Ok(Page { after, limit: self.limit()? })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `API-0023` when it is none, nested too deeply, or not what the route takes.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if depth(&self.body) > DEPTH_MAX {
            let why = format!("expected nesting of at most `{DEPTH_MAX}`");
            return Err(HttpError::BadBody(why).into());
        }
        let bytes: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        let value = serde_json::from_slice(bytes);
        Ok(value.map_err(|error| HttpError::BadBody(error.to_string()))?)
    }
}

/// Text that is not empty, not too long, and without control characters.
fn checked(name: &str, value: String) -> Result<String> {
    let fits = (1..=PARAMETER_BYTES_MAX).contains(&value.len());
    if fits && !value.chars().any(char::is_control) {
        return Ok(value);
    }
    let expected = format!("1 to `{PARAMETER_BYTES_MAX}` bytes without control characters");
    Err(HttpError::BadParameter { name: name.to_owned(), expected }.into())
}

/// How deeply brackets are nested, those in texts left out; before anything is built out of them.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => {
                now += 1;
                most = most.max(now);
            }
            (false, b']' | b'}') => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests;
