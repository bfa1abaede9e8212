//! Types of the language, and how a value of each lies in registers.
//!
//! Every register holds 64 bits. `bool` is 0 or 1, `fixed` counts millionths, `time` and `duration`
//! count milliseconds, an enum is the number of its variant, a set of variants is a bit mask, `did`,
//! `symbol` and `text` are handles into tables of the frame. Composite values lie flat: a record is
//! its fields one after the other, trust its six dimensions, an option a flag and then its value.
//! Lists lie outside the registers and are read by index.

use std::fmt;

/// Index of an enum of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnumId(pub u16);

/// Index of a record of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u16);

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`: 64 bits, checked.
    Int,
    /// `fixed`: a decimal number in millionths.
    Fixed,
    /// `time`: a moment.
    Time,
    /// `duration`: a span.
    Duration,
    /// `did`: an identity.
    Did,
    /// `symbol`: a word from an open vocabulary; only compared.
    Symbol,
    /// `text<N>`: at most `N` bytes.
    Text(u16),
    /// `trust`: six dimensions.
    Trust,
    /// An enum by name.
    Enum(EnumId),
    /// `set<E>`: variants of an enum.
    Set(EnumId),
    /// A record by name.
    Record(RecordId),
    /// `option<T>`
    Option(Box<Type>),
    /// `list<T, N>`: at most `N` items; items hold no list.
    List(Box<Type>, u16),
}

/// An enum: a closed vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumType {
    /// The name.
    pub name: String,
    /// The variants; their numbers are their places.
    pub variants: Vec<String>,
}

/// A record, or the schema of one version of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordType {
    /// The name.
    pub name: String,
    /// The fields, in order.
    pub fields: Vec<(String, Type)>,
}

/// The named types of a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeTable {
    /// Enums; [`EnumId`] is an index.
    pub enums: Vec<EnumType>,
    /// Records; [`RecordId`] is an index. A record refers only to records before it.
    pub records: Vec<RecordType>,
}

impl TypeTable {
    /// The enum with that id.
    #[must_use]
    pub fn enumeration(&self, id: EnumId) -> Option<&EnumType> {
        self.enums.get(usize::from(id.0))
    }

    /// The record with that id.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<&RecordType> {
        self.records.get(usize::from(id.0))
    }

    /// How many registers a value takes; 1 for a list, which is its number in the frame.
    #[must_use]
    pub fn width(&self, ty: &Type) -> usize {
        match ty {
            Type::Trust => 6,
            Type::Option(inner) => 1 + self.width(inner),
            Type::Record(id) => self
                .record(*id)
                .map_or(0, |record| record.fields.iter().map(|(_, field)| self.width(field)).sum()),
            _ => 1,
        }
    }

    /// The type as it is written.
    #[must_use]
    pub fn show<'a>(&'a self, ty: &'a Type) -> impl fmt::Display + 'a {
        Shown { table: self, ty }
    }
}

struct Shown<'a> {
    table: &'a TypeTable,
    ty: &'a Type,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enum_name =
            |id: &EnumId| self.table.enumeration(*id).map_or("?", |found| found.name.as_str());
        match self.ty {
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Fixed => f.write_str("fixed"),
            Type::Time => f.write_str("time"),
            Type::Duration => f.write_str("duration"),
            Type::Did => f.write_str("did"),
            Type::Symbol => f.write_str("symbol"),
            Type::Text(max) => write!(f, "text<{max}>"),
            Type::Trust => f.write_str("trust"),
            Type::Enum(id) => f.write_str(enum_name(id)),
            Type::Set(id) => write!(f, "set<{}>", enum_name(id)),
            Type::Record(id) => {
                f.write_str(self.table.record(*id).map_or("?", |found| found.name.as_str()))
            }
            Type::Option(inner) => write!(f, "option<{}>", self.table.show(inner)),
            Type::List(item, max) => write!(f, "list<{}, {max}>", self.table.show(item)),
        }
    }
}
