//! The table of all routes. The router, the OpenAPI document, the table of rights and the audit of what
//! writes are made out of it, and of nothing else.

mod decisions;
mod events;
mod node;
mod policies;
mod realms;

use std::sync::LazyLock;

use pluto_error::Result;
use rmcp::schemars::{JsonSchema, Schema, SchemaGenerator};

use super::ask::Ask;
use super::input::Input;
use super::shape::{Dated, List};
use crate::principal::Role;

/// Largest JSON body in bytes: a policy with room to spare.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;
/// Largest signed run in bytes.
pub const RUN_BYTES_MAX: usize = 1024 * 1024;
/// Largest file to be verified in bytes.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Largest blob in one request in bytes.
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Methods that routes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Asks with a body, or writes.
    Post,
    /// Writes something that has a name.
    Put,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Everybody,
    /// Whoever has the role, and the scope where theirs are narrowed.
    Needs(Role, &'static str),
}

/// What a route leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nothing: it reads.
    Nothing,
    /// An event of this kind.
    Event(&'static str),
    /// The events that were submitted.
    Submitted,
    /// No change of a realm, so a record in the operator's realm says who did it.
    Record,
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// What a request carries.
#[derive(Clone, Copy)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A JSON document of this schema.
    Json(Shape),
    /// Bytes, at most so many.
    Bytes(usize),
}

/// What a route answers.
#[derive(Clone, Copy)]
pub enum Gives {
    /// A JSON document of this schema.
    Json(Shape),
    /// A file of this media type.
    File(&'static str),
}

/// A schema, made when it is needed.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What the face does for a route.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// Puts a question to the door.
    Ask(fn(&Input) -> Result<Ask>),
    /// Takes in a signed run.
    Submit,
    /// Gives a blob, or a part of it.
    Blob,
    /// Streams events.
    Stream,
    /// Gives a document of its own.
    Document(super::documents::Document),
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What it is called in the OpenAPI document.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What it leaves behind.
    pub leaves: Leaves,
    /// Parameters of its query.
    pub query: &'static [Parameter],
    /// What a request carries.
    pub takes: Takes,
    /// What it answers.
    pub gives: Gives,
    pub(super) does: Does,
}

impl Route {
    /// Whether it changes anything.
    #[must_use]
    pub fn mutates(&self) -> bool {
        self.leaves != Leaves::Nothing
    }

    /// Longest body in bytes.
    #[must_use]
    pub const fn body_bytes_max(&self) -> usize {
        match self.takes {
            Takes::Nothing | Takes::Json(_) => JSON_BYTES_MAX,
            Takes::Bytes(bytes_max) => bytes_max,
        }
    }

    const fn new(method: Method, path: &'static str, name: &'static str, does: Does) -> Self {
        Self {
            method,
            path,
            name,
            summary: "",
            access: Access::Needs(Role::Reader, ""),
            leaves: Leaves::Nothing,
            query: &[],
            takes: Takes::Nothing,
            gives: Gives::Json(one::<super::shape::Document>),
            does,
        }
    }

    const fn get(path: &'static str, name: &'static str, ask: fn(&Input) -> Result<Ask>) -> Self {
        Self::new(Method::Get, path, name, Does::Ask(ask))
    }

    const fn post(path: &'static str, name: &'static str, ask: fn(&Input) -> Result<Ask>) -> Self {
        Self::new(Method::Post, path, name, Does::Ask(ask))
    }

    const fn put(path: &'static str, name: &'static str, ask: fn(&Input) -> Result<Ask>) -> Self {
        Self::new(Method::Put, path, name, Does::Ask(ask))
    }

    const fn about(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    const fn for_everybody(self) -> Self {
        Self { access: Access::Everybody, ..self }
    }

    const fn reads(self, scope: &'static str) -> Self {
        Self { access: Access::Needs(Role::Reader, scope), ..self }
    }

    const fn writes(self, leaves: Leaves, role: Role, scope: &'static str) -> Self {
        Self { leaves, access: Access::Needs(role, scope), ..self }
    }

    const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    const fn takes(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    const fn gives(self, gives: Gives) -> Self {
        Self { gives, ..self }
    }
}

/// The dimensions of trust, the first where none is named.
pub(super) const DIMENSIONS: [&str; 6] =
    ["reliability", "integrity", "competence", "prestige", "vigilance", "omega"];
/// The orders of events, the first where none is named.
pub(super) const ORDERS: [&str; 2] = ["oldest", "newest"];

const LIMIT: Parameter =
    Parameter { name: "limit", about: "most items, 1 to 1000; 100 if missing" };
const CURSOR: Parameter =
    Parameter { name: "cursor", about: "`next` of the part before; the beginning if missing" };
const PAGE: &[Parameter] = &[CURSOR, LIMIT];

/// The schema of a document.
fn one<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The schema of a document with the version it was read from.
fn dated<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Dated<T>>()
}

/// The schema of a part of a list.
fn list<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<List<T>>()
}

/// The schema of a part of a list with the version it was read from.
fn dated_list<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Dated<List<T>>>()
}

/// All routes, in the order of the document.
#[must_use]
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
        let tables: [&[Route]; 5] =
            [node::ROUTES, realms::ROUTES, events::ROUTES, decisions::ROUTES, policies::ROUTES];
        tables.concat()
    });
    &ROUTES
}

#[cfg(test)]
mod tests;
