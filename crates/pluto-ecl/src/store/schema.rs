//! What one version of a store looks like, and how that grew.
//!
//! Compatible changes keep the version and raise the *minor*: fields are added behind the others, each
//! with a default, and indexes come and go. A record says which version and minor it was written
//! under, and that is enough to know its fields and its index entries.

use pluto_core::policy::Value;

use super::{SCHEMA_BYTES_MAX, SHAPE_DEPTH_MAX, Shape};
use crate::code::Module;
use crate::types::RecordId;

/// A field of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The type.
    pub shape: Shape,
    /// What a record without the field has.
    pub default: Option<Value>,
    /// The minor that added it.
    pub since: u16,
}

/// An index over one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// The field, by place.
    pub field: u16,
    /// The minor that added it.
    pub added: u16,
    /// The minor that removed it.
    pub removed: Option<u16>,
}

impl Index {
    /// Whether records written under that minor are in it.
    #[must_use]
    pub fn covers(&self, minor: u16) -> bool {
        self.added <= minor && self.removed.is_none_or(|removed| minor < removed)
    }
}

/// One version of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The version.
    pub version: u16,
    /// How many compatible changes it has had.
    pub minor: u16,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// The indexes, removed ones too, in the order in which they came.
    pub indexes: Vec<Index>,
}

impl Schema {
    /// How many fields a record of that minor has.
    #[must_use]
    pub fn width(&self, minor: u16) -> usize {
        self.fields.iter().take_while(|field| field.since <= minor).count()
    }

    /// Adds the defaults of the fields that came later; none when one has no default.
    #[must_use]
    pub fn complete(&self, mut values: Vec<Value>) -> Option<Vec<Value>> {
        for field in self.fields.iter().skip(values.len()) {
            values.push(field.default.clone()?);
        }
        (values.len() == self.fields.len()).then_some(values)
    }

    /// Whether these are the fields of a whole record.
    #[must_use]
    pub fn accepts(&self, values: &[Value]) -> bool {
        let pairs = self.fields.iter().zip(values);
        self.fields.len() == values.len() && pairs.clone().all(|(f, value)| f.shape.accepts(value))
    }
}

/// A record as it is sent: the version it is written for, and its first fields. Those that came with a
/// later minor may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedRecord {
    /// The version of the store.
    pub version: u16,
    /// The fields, in order.
    pub fields: Vec<Value>,
}

/// A store as a bundle declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name.
    pub name: String,
    /// What it is at now, as if it began here: minor 0.
    pub schema: Schema,
    /// The fields of the versions before, ascending from 1.
    pub before: Vec<Vec<(String, Shape)>>,
}

impl Declared {
    /// The stores of a bundle; those of an artifact without histories are not among them.
    ///
    /// # Errors
    /// The name of a store whose schema is larger than [`SCHEMA_BYTES_MAX`].
    pub fn all(module: &Module) -> Result<Vec<Self>, String> {
        let stores = (0..module.stores.len()).filter_map(|at| {
            let store = module.stores.get(at)?;
            store.history.is_some().then(|| Self::of(module, at).ok_or_else(|| store.name.clone()))
        });
        stores.collect()
    }

    fn of(module: &Module, store: usize) -> Option<Self> {
        let store = module.stores.get(store)?;
        let history = store.history.as_ref()?;
        let now = shapes(module, store.schema)?;
        let mut fields = Vec::with_capacity(now.len());
        for ((name, shape), default) in now.into_iter().zip(&history.defaults) {
            let default = match default {
                Some(constant) => Some(shape.constant(constant)?),
                None => None,
            };
            fields.push(Field { name, shape, default, since: 0 });
        }
        let index = |field: &u16| Index { field: *field, added: 0, removed: None };
        let schema = Schema {
            version: store.version,
            minor: 0,
            fields,
            indexes: history.indexes.iter().map(index).collect(),
        };
        let before = history.migrations.iter().map(|step| shapes(module, step.old));
        Some(Self { name: store.name.clone(), schema, before: before.collect::<Option<_>>()? })
    }
}

fn shapes(module: &Module, record: RecordId) -> Option<Vec<(String, Shape)>> {
    // Half is left for defaults and what stands beside the shapes.
    let mut left = SCHEMA_BYTES_MAX / 2;
    let fields = &module.types.record(record)?.fields;
    let shaped = fields.iter().map(|(name, ty)| {
        Some((name.clone(), Shape::within(&module.types, ty, &mut left, SHAPE_DEPTH_MAX)?))
    });
    shaped.collect()
}
