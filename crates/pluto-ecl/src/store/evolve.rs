//! Whether a bundle's store may follow what a realm has, and the schema that comes of it.
//!
//! 1. A store that is new may begin at any version.
//! 2. At the same version only compatible changes pass: they raise the minor.
//! 3. The next version needs a migration from the one that is there, with exactly its fields.
//! 4. Migrations from older versions keep the fields those versions had.

use std::fmt;

use pluto_core::Canonical;
use thiserror::Error;

use super::{Declared, Field, INDEXES_MAX, Index, SCHEMA_BYTES_MAX, Schema, Shape};
use crate::check::{Change, SchemaView, changes};

/// Why a store may not follow; says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("store `{store}`: {why}")]
pub struct Refused {
    /// The store.
    pub store: String,
    /// Why.
    pub why: Why,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Changes that need a new version: of these fields, from that version.
    Breaking(Vec<Change>, u16, String),
    /// The version is below the one that is there.
    Lower(u16, u16),
    /// The version is more than one above.
    Skips(u16, u16),
    /// The migration from that version is of another record.
    OtherRecord(u16, String),
    /// The schema has become too large.
    TooLarge,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaking(found, version, old) => {
                let found: Vec<String> =
                    found.iter().filter(|change| !change.is_compatible()).map(shown).collect();
                let next = version.saturating_add(1);
                write!(
                    f,
                    "{}, which records of version {version} do not survive; expected `version \
                     {next}` and `migrate … from {version} {{ {old} }} {{ … }}`",
                    found.join(", ")
                )
            }
            Self::Lower(known, found) => {
                write!(f, "expected version {known} or {}, found {found}", known.saturating_add(1))
            }
            Self::Skips(known, found) => write!(
                f,
                "expected version {known} or {}, found {found}: versions are installed one by one",
                known.saturating_add(1)
            ),
            Self::OtherRecord(version, old) => write!(
                f,
                "the migration from version {version} takes another record; expected `from \
                 {version} {{ {old} }}`"
            ),
            Self::TooLarge => write!(f, "the schema is larger than {SCHEMA_BYTES_MAX} bytes"),
        }
    }
}

fn shown(change: &Change) -> String {
    match change {
        Change::Added { field, .. } => format!("field `{field}` is new and has no default"),
        Change::Removed { field } => format!("field `{field}` is gone"),
        Change::Retyped { field } => format!("field `{field}` has another type"),
        Change::Moved { field } => format!("field `{field}` stands elsewhere"),
        Change::Indexed => "other fields are indexed".to_owned(),
    }
}

/// The schema of the declared store, following `last`, the newest schema in the realm; `version` gives
/// the schemas of older versions that the realm knows. Equal to `last` when nothing changed.
///
/// # Errors
/// When it may not follow.
pub fn evolve(
    declared: &Declared,
    last: Option<&Schema>,
    version: &dyn Fn(u16) -> Option<Schema>,
) -> Result<Schema, Refused> {
    let refused = |why| Refused { store: declared.name.clone(), why };
    let now = match last {
        None => declared.schema.clone(),
        Some(last) => follow(declared, last).map_err(refused)?,
    };
    for (known, before) in (1_u16..).zip(&declared.before) {
        let Some(old) = version(known) else { continue };
        if !same_fields(&old, before) {
            return Err(refused(Why::OtherRecord(known, fields_shown(&old))));
        }
    }
    if now.encode().len() > SCHEMA_BYTES_MAX || now.indexes.len() > INDEXES_MAX {
        return Err(refused(Why::TooLarge));
    }
    Ok(now)
}

fn follow(declared: &Declared, last: &Schema) -> Result<Schema, Why> {
    let (known, found) = (last.version, declared.schema.version);
    if found < known {
        return Err(Why::Lower(known, found));
    }
    if found > known.saturating_add(1) {
        return Err(Why::Skips(known, found));
    }
    if found > known {
        return Ok(declared.schema.clone());
    }
    let (old, new) = (Parts::of(last), Parts::of(&declared.schema));
    let changes = changes(old.view(), new.view());
    if changes.is_empty() {
        return Ok(last.clone());
    }
    if changes.iter().any(|change| !change.is_compatible()) {
        return Err(Why::Breaking(changes, known, fields_shown(last)));
    }
    let minor = last.minor.checked_add(1).ok_or(Why::TooLarge)?;
    let mut fields = last.fields.clone();
    let added = declared.schema.fields.iter().skip(fields.len());
    fields.extend(added.map(|field| Field { since: minor, ..field.clone() }));
    let mut indexes = last.indexes.clone();
    for index in indexes.iter_mut().filter(|index| index.covers(last.minor)) {
        if !new.indexes.contains(&index.field) {
            index.removed = Some(minor);
        }
    }
    let fresh = new.indexes.iter().filter(|field| !old.indexes.contains(field));
    indexes.extend(fresh.map(|field| Index { field: *field, added: minor, removed: None }));
    Ok(Schema { version: known, minor, fields, indexes })
}

/// A schema as [`changes`] compares it.
struct Parts {
    fields: Vec<(String, Shape)>,
    defaults: Vec<bool>,
    indexes: Vec<u16>,
}

impl Parts {
    fn of(schema: &Schema) -> Self {
        let active = schema.indexes.iter().filter(|index| index.covers(schema.minor));
        Self {
            fields: schema.fields.iter().map(|f| (f.name.clone(), f.shape.clone())).collect(),
            defaults: schema.fields.iter().map(|field| field.default.is_some()).collect(),
            indexes: active.map(|index| index.field).collect(),
        }
    }

    fn view(&self) -> SchemaView<'_, Shape> {
        SchemaView { fields: &self.fields, defaults: &self.defaults, indexes: &self.indexes }
    }
}

fn same_fields(schema: &Schema, fields: &[(String, Shape)]) -> bool {
    schema.fields.len() == fields.len()
        && schema
            .fields
            .iter()
            .zip(fields)
            .all(|(field, (name, shape))| field.name == *name && field.shape == *shape)
}

fn fields_shown(schema: &Schema) -> String {
    let fields = schema.fields.iter().map(|field| format!("{}: {}", field.name, field.shape));
    fields.collect::<Vec<_>>().join(", ")
}
