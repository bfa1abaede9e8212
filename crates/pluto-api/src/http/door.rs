//! The door: who is asked. A node implements [`Door`]; the face knows nothing of how it answers.
//!
//! The trait blocks, because a node answers on threads of its own; [`Bounded`](crate::desk::Bounded)
//! brings it to the face. A run that is submitted waits for the disk, and no thread waits with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pluto_error::Result;
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ask::Ask;
use crate::principal::Principal;

/// An answer that comes.
pub type Pending = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;

/// Answers what is asked over HTTP.
///
/// Questions come bounded, and from somebody whose role and scopes allow the route. What remains to be
/// judged, such as whose key may sign, is the door's part.
pub trait Door: Send + Sync + 'static {
    /// Answers one question, or carries out one command. `who` is missing for what everybody may ask.
    ///
    /// # Errors
    /// Those of the door; kind and code become status and problem.
    fn answer(&self, who: Option<&Principal>, ask: Ask) -> Result<Answer>;

    /// Takes in a signed run; the answer comes when it is durable.
    ///
    /// # Errors
    /// Those of the door.
    fn submit(&self, run: Arc<[u8]>) -> Result<Pending>;

    /// The events of the log, and what comes.
    ///
    /// # Errors
    /// When there are too many readers.
    fn feed(&self) -> Result<Box<dyn Feed>>;
}

/// The events of the log in order of arrival.
pub trait Feed: Send {
    /// The mark behind everything that is here now.
    fn end(&self) -> Mark;

    /// The events behind a mark that the filter lets through, as many as fit one chunk.
    ///
    /// # Errors
    /// A missing record for a mark that is none of this log.
    fn read(&mut self, after: Mark, filter: &Filter) -> Result<Chunk>;

    /// Whether something came; false when nothing will any more. The waker of the last call is woken.
    fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<bool>;
}

/// A place in the log: the record, and the event in it. Everything before `(record, slot)` has been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Position of the record.
    pub record: u64,
    /// The next event in it.
    pub slot: u16,
}

/// Which events are wanted; what is not said is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this realm, by name or id.
    pub realm: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// By this author.
    pub author: Option<String>,
}

/// A piece of a feed.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The events.
    pub items: Vec<Item>,
    /// The mark behind all that was looked at.
    pub next: Mark,
    /// Whether that was everything there is.
    pub is_end: bool,
    /// Where events have changed their places since the chunk before.
    pub reorganised: Vec<Reorganised>,
}

/// Events of a realm have changed their places, and their verdicts may be others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reorganised {
    /// The realm's id.
    pub realm: String,
    /// The first place that may have changed: what was read from there on is to be read again.
    pub from: u64,
}

/// An event of a feed.
#[derive(Clone, Debug)]
pub struct Item {
    /// The mark behind it.
    pub mark: Mark,
    /// The event.
    pub event: Value,
}

/// The version of a realm that an answer was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Version {
    /// The realm's id.
    pub realm: String,
    /// Events in its order.
    pub position: u64,
    /// The state root, in hexadecimal.
    pub state_root: String,
}

/// What the door answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it was read from, where it was read from one realm.
    pub as_of: Option<Version>,
    /// The answer.
    pub content: Content,
    /// Of a part of a list: where it ended, or none at the end.
    pub next: Option<Option<Vec<u8>>>,
    /// Whether it can be read again under the same tag as long as the version is the same.
    pub is_tagged: bool,
}

/// The content of an answer.
#[derive(Clone, Debug)]
pub enum Content {
    /// A JSON document.
    Json(Value),
    /// A file with its media type.
    File(Vec<u8>, &'static str),
    /// A JSON document that says no: the node is not live or not ready.
    Unavailable(Value),
}

impl Answer {
    /// A document that is of no realm.
    #[must_use]
    pub const fn of(value: Value) -> Self {
        Self { as_of: None, content: Content::Json(value), next: None, is_tagged: false }
    }

    /// A value as a document.
    ///
    /// # Errors
    /// `API-0010` when it is no JSON.
    pub fn shown<T: Serialize>(value: &T) -> Result<Self> {
        let value = serde_json::to_value(value);
        let value = value.map_err(|error| crate::ApiError::Lost(error.to_string()))?;
        Ok(Self::of(value))
    }

    /// A file.
    #[must_use]
    pub const fn file(bytes: Vec<u8>, media: &'static str) -> Self {
        Self { as_of: None, content: Content::File(bytes, media), next: None, is_tagged: false }
    }

    /// A part of a list that ended at `next`, or at its end.
    ///
    /// # Errors
    /// `API-0010` when it is no JSON.
    pub fn list<T: Serialize>(items: &[T], next: Option<Vec<u8>>) -> Result<Self> {
        let items = Self::shown(&items)?;
        let Content::Json(items) = items.content else { return Ok(items) };
        Ok(Self { next: Some(next), ..Self::of(serde_json::json!({ "items": items })) })
    }

    /// The same, read from this version and from nothing else: it gets a tag.
    #[must_use]
    pub fn as_of(mut self, version: Version) -> Self {
        self.as_of = Some(version);
        self.is_tagged = true;
        self
    }

    /// The same, with the version after what was done; it gets no tag.
    #[must_use]
    pub fn after(mut self, version: Version) -> Self {
        self.as_of = Some(version);
        self
    }
}
