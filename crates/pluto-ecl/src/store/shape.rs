//! Types with everything they name written out, and values of them.

use std::fmt;

use pluto_core::policy::Value;

use super::{SCHEMA_BYTES_MAX, SHAPE_DEPTH_MAX};
use crate::hir::Constant;
use crate::limits::NAME_BYTES_MAX;
use crate::types::{Type, TypeTable};

/// A type that needs no table: two are equal when the same values are of both. Lists are not in it,
/// because stores have none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type it is named after")]
pub enum Shape {
    Bool,
    Int,
    Fixed,
    Time,
    Duration,
    Did,
    Symbol,
    /// Text of at most so many bytes.
    Text(u16),
    Trust,
    /// One of these variants.
    Enum(Vec<String>),
    /// Some of these variants.
    Set(Vec<String>),
    /// Named fields.
    Record(Vec<(String, Self)>),
    Option(Box<Self>),
}

impl Shape {
    /// The shape of a type; none when it holds a list, or is larger than a schema may be.
    #[must_use]
    pub fn of(types: &TypeTable, ty: &Type) -> Option<Self> {
        let mut left = SCHEMA_BYTES_MAX;
        Self::within(types, ty, &mut left, SHAPE_DEPTH_MAX)
    }

    /// The same, taking what it needs from `left` bytes, and at most so deep.
    pub(super) fn within(
        types: &TypeTable,
        ty: &Type,
        left: &mut usize,
        depth: usize,
    ) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let mut take = |bytes: usize| {
            *left = left.checked_sub(bytes)?;
            Some(())
        };
        take(3)?;
        Some(match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Fixed => Self::Fixed,
            Type::Time => Self::Time,
            Type::Duration => Self::Duration,
            Type::Did => Self::Did,
            Type::Symbol => Self::Symbol,
            Type::Text(max) => Self::Text(*max),
            Type::Trust => Self::Trust,
            Type::Enum(id) | Type::Set(id) => {
                let variants = &types.enumeration(*id)?.variants;
                take(variants.iter().map(|variant| variant.len() + 4).sum())?;
                match ty {
                    Type::Enum(_) => Self::Enum(variants.clone()),
                    _ => Self::Set(variants.clone()),
                }
            }
            Type::Record(id) => {
                let mut fields = Vec::new();
                for (name, ty) in &types.record(*id)?.fields {
                    *left = left.checked_sub(name.len() + 4)?;
                    fields.push((name.clone(), Self::within(types, ty, left, depth)?));
                }
                Self::Record(fields)
            }
            Type::Option(inner) => Self::Option(Box::new(Self::within(types, inner, left, depth)?)),
            Type::List(..) => return None,
        })
    }

    /// Whether the value is of this shape.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::Fixed, Value::Fixed(_))
            | (Self::Time, Value::Time(_))
            | (Self::Duration, Value::Duration(_))
            | (Self::Did, Value::Did(_)) => true,
            (Self::Symbol, Value::Symbol(text)) => text.len() <= NAME_BYTES_MAX,
            (Self::Text(max), Value::Text(text)) => text.len() <= usize::from(*max),
            (Self::Trust, Value::Trust(vector)) => vector.0.iter().all(|part| *part <= 1_000_000),
            (Self::Enum(variants), Value::Variant(name)) => variants.contains(name),
            (Self::Set(variants), Value::Set(names)) => {
                names.iter().all(|name| variants.contains(name))
            }
            (Self::Record(fields), Value::Record(values)) => {
                fields.len() == values.len()
                    && fields.iter().zip(values).all(|((name, shape), (given, value))| {
                        name == given && shape.accepts(value)
                    })
            }
            (Self::Option(inner), Value::Option(value)) => {
                value.as_ref().is_none_or(|value| inner.accepts(value))
            }
            _ => false,
        }
    }

    /// A constant of the source as a value of this shape.
    #[must_use]
    pub fn constant(&self, constant: &Constant) -> Option<Value> {
        let value = match (self, constant) {
            (Self::Bool, Constant::Number(word @ (0 | 1))) => Value::Bool(*word == 1),
            (Self::Int, Constant::Number(word)) => Value::Int(*word),
            (Self::Fixed, Constant::Number(word)) => Value::Fixed(*word),
            (Self::Time, Constant::Number(word)) => Value::Time(*word),
            (Self::Duration, Constant::Number(word)) => Value::Duration(*word),
            (Self::Symbol, Constant::Text(text)) => Value::Symbol(text.clone()),
            (Self::Text(_), Constant::Text(text)) => Value::Text(text.clone()),
            (Self::Enum(variants), Constant::Number(word)) => {
                Value::Variant(variants.get(usize::try_from(*word).ok()?)?.clone())
            }
            (Self::Set(variants), Constant::Number(word)) => {
                let held = variants.iter().enumerate().filter(|(place, _)| word >> place & 1 == 1);
                Value::Set(held.map(|(_, name)| name.clone()).collect())
            }
            (Self::Option(_), Constant::None) => Value::Option(None),
            _ => return None,
        };
        self.accepts(&value).then_some(value)
    }

    /// The value as one word of an index: at most 65 bytes, equal for equal values and for no others.
    /// None for values that are no single word.
    #[must_use]
    pub fn index_word(value: &Value) -> Option<Vec<u8>> {
        let mut out = match value {
            Value::Bool(flag) => vec![u8::from(*flag)],
            Value::Int(word) | Value::Fixed(word) | Value::Time(word) | Value::Duration(word) => {
                // Shifted, so that the order of the bytes is that of the numbers.
                (word.cast_unsigned() ^ 1 << 63).to_be_bytes().to_vec()
            }
            Value::Did(did) => did.to_bytes().to_vec(),
            Value::Symbol(text) | Value::Text(text) | Value::Variant(text) => {
                text.as_bytes().to_vec()
            }
            _ => return None,
        };
        if out.len() > WORD_BYTES_MAX {
            let digest = INDEX_WORD.hash(&out);
            out.truncate(WORD_BYTES_MAX - digest.0.len());
            out.extend_from_slice(&digest.0);
        }
        out.insert(0, u8::try_from(out.len()).ok()?);
        Some(out)
    }
}

/// Longest word of an index without its length; a longer text ends with its hash.
const WORD_BYTES_MAX: usize = 64;

pluto_core::domains! {
    /// A text that is longer than a word of an index.
    INDEX_WORD = "pluto ecl index word v1";
}

impl fmt::Display for Shape {
    /// As a source would have it; records have lost their names and are shown by their fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Fixed => f.write_str("fixed"),
            Self::Time => f.write_str("time"),
            Self::Duration => f.write_str("duration"),
            Self::Did => f.write_str("did"),
            Self::Symbol => f.write_str("symbol"),
            Self::Text(max) => write!(f, "text<{max}>"),
            Self::Trust => f.write_str("trust"),
            Self::Enum(variants) => write!(f, "enum {{ {} }}", variants.join(", ")),
            Self::Set(variants) => write!(f, "set<enum {{ {} }}>", variants.join(", ")),
            Self::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, shape)| format!("{name}: {shape}")).collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
            Self::Option(inner) => write!(f, "option<{inner}>"),
        }
    }
}
