//! What changed between two versions of a schema, and whether old records can still be read.
//!
//! A field added with a default, and an index added or removed, are compatible: an old record is read
//! as it is. Everything else is breaking and needs a migration. Whoever installs a source over an
//! older one compares the schemas of equal version with this.

/// A schema to compare.
#[derive(Clone, Copy, Debug)]
pub struct SchemaView<'s, T> {
    /// The fields, in order.
    pub fields: &'s [(String, T)],
    /// Whether there is a default, by field.
    pub defaults: &'s [bool],
    /// Indexed fields, by place.
    pub indexes: &'s [u16],
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A field is new; with a default, old records can be read.
    Added {
        /// The field.
        field: String,
        /// Whether it has a default.
        default: bool,
    },
    /// A field is gone.
    Removed {
        /// The field.
        field: String,
    },
    /// A field has another type.
    Retyped {
        /// The field.
        field: String,
    },
    /// Fields stand in another order, or a new one stands before an old one.
    Moved {
        /// The first field that stands elsewhere.
        field: String,
    },
    /// Other fields are indexed.
    Indexed,
}

impl Change {
    /// Whether records written before can be read as they are.
    #[must_use]
    pub const fn is_compatible(&self) -> bool {
        matches!(self, Self::Added { default: true, .. } | Self::Indexed)
    }
}

/// The changes from one schema to the next, in the order of the fields.
#[must_use]
pub fn changes<T: PartialEq>(old: SchemaView<'_, T>, new: SchemaView<'_, T>) -> Vec<Change> {
    let mut found = Vec::new();
    let place =
        |fields: &[(String, T)], name: &str| fields.iter().position(|(known, _)| known == name);
    for (name, ty) in old.fields {
        match place(new.fields, name).and_then(|at| new.fields.get(at)) {
            None => found.push(Change::Removed { field: name.clone() }),
            Some((_, now)) if now != ty => found.push(Change::Retyped { field: name.clone() }),
            Some(_) => {}
        }
    }
    for (at, (name, _)) in new.fields.iter().enumerate() {
        let default = new.defaults.get(at).copied().unwrap_or(false);
        match place(old.fields, name) {
            None => found.push(Change::Added { field: name.clone(), default }),
            Some(before) if before != at => found.push(Change::Moved { field: name.clone() }),
            Some(_) => {}
        }
    }
    if names(&old) != names(&new) {
        found.push(Change::Indexed);
    }
    found
}

/// Indexed fields by name, without order.
fn names<'s, T>(schema: &SchemaView<'s, T>) -> Vec<&'s str> {
    let name = |place: &u16| schema.fields.get(usize::from(*place)).map(|(name, _)| name.as_str());
    let mut names: Vec<&str> = schema.indexes.iter().filter_map(name).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests;
