//! Canonical bytes of schemas and records. `docs/formats/state.md` has the layout.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::did::Did;
use pluto_core::policy::Value;
use pluto_core::trust::TrustVector;

use super::{
    Field, INDEXES_MAX, Index, RECORD_BYTES_MAX, SCHEMA_BYTES_MAX, SHAPE_DEPTH_MAX, Schema, Shape,
    TypedRecord,
};
use crate::limits::{FIELDS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX, VARIANTS_MAX};

impl Shape {
    /// Appends a value of this shape; none when it is of another.
    pub(super) fn put(&self, value: &Value, out: &mut Vec<u8>) -> Option<()> {
        match (self, value) {
            (Self::Bool, Value::Bool(flag)) => out.push(u8::from(*flag)),
            (Self::Int, Value::Int(word))
            | (Self::Fixed, Value::Fixed(word))
            | (Self::Time, Value::Time(word))
            | (Self::Duration, Value::Duration(word)) => out.extend_from_slice(&word.to_be_bytes()),
            (Self::Did, Value::Did(did)) => did.encode_into(out),
            (Self::Symbol, Value::Symbol(text)) | (Self::Text(_), Value::Text(text)) => {
                put_bytes(out, text.as_bytes());
            }
            (Self::Trust, Value::Trust(vector)) => {
                vector.0.iter().for_each(|part| out.extend_from_slice(&part.to_be_bytes()));
            }
            (Self::Enum(variants), Value::Variant(name)) => {
                out.push(u8::try_from(variants.iter().position(|known| known == name)?).ok()?);
            }
            (Self::Set(variants), Value::Set(names)) => {
                let held = variants.iter().enumerate().filter(|(_, name)| names.contains(name));
                let mask = held.fold(0_u64, |mask, (place, _)| mask | 1 << place);
                out.extend_from_slice(&mask.to_be_bytes());
            }
            (Self::Record(fields), Value::Record(values)) if fields.len() == values.len() => {
                for ((_, shape), (_, value)) in fields.iter().zip(values) {
                    shape.put(value, out)?;
                }
            }
            (Self::Option(inner), Value::Option(value)) => {
                out.push(u8::from(value.is_some()));
                if let Some(value) = value {
                    inner.put(value, out)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Reads a value of this shape.
    pub(super) fn take(&self, input: &mut Reader<'_>) -> Decoded<Value> {
        Ok(match self {
            Self::Bool => Value::Bool(input.flag("bool")?),
            Self::Int => Value::Int(input.i64()?),
            Self::Fixed => Value::Fixed(input.i64()?),
            Self::Time => Value::Time(input.i64()?),
            Self::Duration => Value::Duration(input.i64()?),
            Self::Did => Value::Did(Did::decode_from(input)?),
            Self::Symbol => Value::Symbol(input.text("symbol", NAME_BYTES_MAX)?.to_owned()),
            Self::Text(max) => Value::Text(input.text("text", usize::from(*max))?.to_owned()),
            Self::Trust => {
                let mut vector = TrustVector([0; 6]);
                for part in &mut vector.0 {
                    *part = input.u32()?;
                    if *part > 1_000_000 {
                        return Err(bad("trust", u64::from(*part)));
                    }
                }
                Value::Trust(vector)
            }
            Self::Enum(variants) => {
                let place = input.u8()?;
                let name = variants.get(usize::from(place));
                Value::Variant(name.ok_or(bad("variant", u64::from(place)))?.clone())
            }
            Self::Set(variants) => {
                let mask = input.u64()?;
                if mask.checked_shr(u32::try_from(variants.len()).unwrap_or(64)).unwrap_or(0) != 0 {
                    return Err(bad("set", mask));
                }
                let held = variants.iter().enumerate().filter(|(place, _)| mask >> place & 1 == 1);
                Value::Set(held.map(|(_, name)| name.clone()).collect())
            }
            Self::Record(fields) => {
                let mut values = Vec::with_capacity(fields.len());
                for (name, shape) in fields {
                    values.push((name.clone(), shape.take(input)?));
                }
                Value::Record(values)
            }
            Self::Option(inner) => Value::Option(match input.flag("option")? {
                true => Some(Box::new(inner.take(input)?)),
                false => None,
            }),
        })
    }

    fn encode_shape(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool => out.push(0),
            Self::Int => out.push(1),
            Self::Fixed => out.push(2),
            Self::Time => out.push(3),
            Self::Duration => out.push(4),
            Self::Did => out.push(5),
            Self::Symbol => out.push(6),
            Self::Text(max) => {
                out.push(7);
                out.extend_from_slice(&max.to_be_bytes());
            }
            Self::Trust => out.push(8),
            Self::Enum(variants) | Self::Set(variants) => {
                out.push(if matches!(self, Self::Enum(_)) { 9 } else { 10 });
                out.push(u8::try_from(variants.len()).unwrap_or(u8::MAX));
                variants.iter().for_each(|name| put_bytes(out, name.as_bytes()));
            }
            Self::Record(fields) => {
                out.push(11);
                out.push(u8::try_from(fields.len()).unwrap_or(u8::MAX));
                for (name, shape) in fields {
                    put_bytes(out, name.as_bytes());
                    shape.encode_shape(out);
                }
            }
            Self::Option(inner) => {
                out.push(12);
                inner.encode_shape(out);
            }
        }
    }

    fn decode_shape(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        let (max, found) = (SHAPE_DEPTH_MAX, SHAPE_DEPTH_MAX + 1);
        let depth =
            depth.checked_sub(1).ok_or(CodecError::TooLarge { what: "nesting", found, max })?;
        Ok(match input.u8()? {
            0 => Self::Bool,
            1 => Self::Int,
            2 => Self::Fixed,
            3 => Self::Time,
            4 => Self::Duration,
            5 => Self::Did,
            6 => Self::Symbol,
            7 => match input.u16()? {
                max if max <= TEXT_BYTES_MAX => Self::Text(max),
                max => return Err(bad("text", u64::from(max))),
            },
            8 => Self::Trust,
            tag @ (9 | 10) => {
                let count = at_most(input.u8()?, VARIANTS_MAX, "variants")?;
                let mut variants = Vec::new();
                for _ in 0..count {
                    variants.push(name(input)?);
                }
                if tag == 9 { Self::Enum(variants) } else { Self::Set(variants) }
            }
            11 => {
                let count = at_most(input.u8()?, FIELDS_MAX, "fields")?;
                let mut fields = Vec::new();
                for _ in 0..count {
                    fields.push((name(input)?, Self::decode_shape(input, depth)?));
                }
                Self::Record(fields)
            }
            12 => Self::Option(Box::new(Self::decode_shape(input, depth)?)),
            tag => return Err(bad("shape", u64::from(tag))),
        })
    }
}

const fn bad(what: &'static str, found: u64) -> CodecError {
    CodecError::BadValue { what, found }
}

fn at_most(count: u8, max: usize, what: &'static str) -> Decoded<usize> {
    match usize::from(count) {
        found if found <= max => Ok(found),
        found => Err(CodecError::TooLarge { what, found, max }),
    }
}

fn name(input: &mut Reader<'_>) -> Decoded<String> {
    Ok(input.text("name", NAME_BYTES_MAX)?.to_owned())
}

impl Canonical for Schema {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.minor.to_be_bytes());
        out.push(u8::try_from(self.fields.len()).unwrap_or(u8::MAX));
        for field in &self.fields {
            put_bytes(out, field.name.as_bytes());
            field.shape.encode_shape(out);
            out.push(u8::from(field.default.is_some()));
            if let Some(default) = &field.default {
                // A default is of its field's shape: the constructors see to it.
                let _ = field.shape.put(default, out);
            }
            out.extend_from_slice(&field.since.to_be_bytes());
        }
        out.extend_from_slice(&u16::try_from(self.indexes.len()).unwrap_or(u16::MAX).to_be_bytes());
        for index in &self.indexes {
            out.extend_from_slice(&index.field.to_be_bytes());
            out.extend_from_slice(&index.added.to_be_bytes());
            out.push(u8::from(index.removed.is_some()));
            if let Some(removed) = index.removed {
                out.extend_from_slice(&removed.to_be_bytes());
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (version, minor) = (input.u16()?, input.u16()?);
        let count = at_most(input.u8()?, FIELDS_MAX, "fields")?;
        let mut fields = Vec::new();
        let mut before = 0;
        for _ in 0..count {
            let (name, shape) = (name(input)?, Shape::decode_shape(input, SHAPE_DEPTH_MAX)?);
            let default = match input.flag("default")? {
                true => Some(shape.take(input)?),
                false => None,
            };
            let since = input.u16()?;
            if since < before || since > minor {
                return Err(bad("minor of a field", u64::from(since)));
            }
            before = since;
            fields.push(Field { name, shape, default, since });
        }
        let count = usize::from(input.u16()?);
        if count > INDEXES_MAX {
            return Err(CodecError::TooLarge { what: "indexes", found: count, max: INDEXES_MAX });
        }
        let mut indexes = Vec::new();
        for _ in 0..count {
            let (field, added) = (input.u16()?, input.u16()?);
            if usize::from(field) >= fields.len() {
                return Err(bad("field of an index", u64::from(field)));
            }
            let removed = match input.flag("removed")? {
                true => Some(input.u16()?),
                false => None,
            };
            indexes.push(Index { field, added, removed });
        }
        Ok(Self { version, minor, fields, indexes })
    }
}

impl Schema {
    /// The schema with these bytes.
    ///
    /// # Errors
    /// `COR-0001` to `COR-0006` when they are none.
    pub fn from_bytes(bytes: &[u8]) -> Decoded<Self> {
        if bytes.len() > SCHEMA_BYTES_MAX {
            let (found, max) = (bytes.len(), SCHEMA_BYTES_MAX);
            return Err(CodecError::TooLarge { what: "schema", found, max });
        }
        Self::decode(bytes)
    }

    /// The bytes of the first fields of a record; none when a value is of another type, or they are
    /// too many or too large.
    #[must_use]
    pub fn encode_fields(&self, values: &[Value]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut fields = self.fields.iter();
        for value in values {
            let field = fields.next().filter(|field| field.shape.accepts(value))?;
            field.shape.put(value, &mut out)?;
        }
        (out.len() <= RECORD_BYTES_MAX).then_some(out)
    }

    /// The first `count` fields of a record, which fill the bytes exactly.
    ///
    /// # Errors
    /// `COR-0001` to `COR-0006` when the bytes are no such fields.
    pub fn decode_fields(&self, count: usize, bytes: &[u8]) -> Decoded<Vec<Value>> {
        let max = self.fields.len();
        if count > max {
            return Err(CodecError::TooLarge { what: "fields of a record", found: count, max });
        }
        let mut input = Reader::new(bytes);
        let fields = self.fields.iter().take(count);
        let values = fields.map(|field| field.shape.take(&mut input)).collect::<Decoded<_>>()?;
        input.finish()?;
        Ok(values)
    }
}

impl TypedRecord {
    /// The bytes: version u16 ‖ number of fields u8 ‖ fields. None when a value is not of the schema.
    #[must_use]
    pub fn to_bytes(&self, schema: &Schema) -> Option<Vec<u8>> {
        let mut out = self.version.to_be_bytes().to_vec();
        out.push(u8::try_from(self.fields.len()).ok()?);
        out.extend_from_slice(&schema.encode_fields(&self.fields)?);
        Some(out)
    }

    /// The record with these bytes, if it is one of the schema's version.
    ///
    /// # Errors
    /// `COR-0001` to `COR-0006` when it is not.
    pub fn from_bytes(schema: &Schema, bytes: &[u8]) -> Decoded<Self> {
        let mut input = Reader::new(bytes);
        let version = input.u16()?;
        if version != schema.version {
            return Err(bad("version of a record", u64::from(version)));
        }
        let count = usize::from(input.u8()?);
        let rest = bytes.get(3..).unwrap_or_default();
        if rest.len() > RECORD_BYTES_MAX {
            let (found, max) = (rest.len(), RECORD_BYTES_MAX);
            return Err(CodecError::TooLarge { what: "record", found, max });
        }
        Ok(Self { version, fields: schema.decode_fields(count, rest)? })
    }
}
