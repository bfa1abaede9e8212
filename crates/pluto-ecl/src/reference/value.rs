//! Values of the reference evaluator: one enum, owned, and how they come in and go out.

use pluto_core::did::Did;
use pluto_core::policy::{Fault, Value};
use pluto_core::trust::{PPM, TrustVector};

use crate::limits::NAME_BYTES_MAX;
use crate::types::{Type, TypeTable};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Val {
    /// `bool`
    Bool(bool),
    /// Every type that is a number in its register but `bool`.
    Number(i64),
    /// `text`, `symbol`
    Text(String),
    /// `did`
    Did(Did),
    /// A record, or the six dimensions of trust.
    Fields(Vec<Self>),
    /// `option`
    Option(Option<Box<Self>>),
    /// `list`
    List(Vec<Self>),
}

impl Val {
    /// An argument of a request, if it fits the type.
    ///
    /// # Errors
    /// `TooLarge` above a bound, `BadRequest` for everything else that does not fit.
    pub(crate) fn accept(types: &TypeTable, ty: &Type, value: &Value) -> Result<Self, Fault> {
        Ok(match (ty, value) {
            (Type::Bool, Value::Bool(flag)) => Self::Bool(*flag),
            (Type::Int, Value::Int(number))
            | (Type::Fixed, Value::Fixed(number))
            | (Type::Time, Value::Time(number))
            | (Type::Duration, Value::Duration(number)) => Self::Number(*number),
            (Type::Did, Value::Did(did)) => Self::Did(*did),
            (Type::Symbol, Value::Symbol(text)) => bounded(text, NAME_BYTES_MAX)?,
            (Type::Text(max), Value::Text(text)) => bounded(text, usize::from(*max))?,
            (Type::Trust, Value::Trust(vector)) => Self::trust(vector).ok_or(Fault::BadRequest)?,
            (Type::Enum(id), Value::Variant(name)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                Self::Number(place(variants, name)?)
            }
            (Type::Set(id), Value::Set(names)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                let mut bits = names.iter().map(|name| place(variants, name));
                Self::Number(bits.try_fold(0, |mask, bit| Ok(mask | 1 << bit?))?)
            }
            (Type::Record(id), Value::Record(fields)) => {
                let declared = &types.record(*id).ok_or(Fault::Engine)?.fields;
                if declared.len() != fields.len() {
                    return Err(Fault::BadRequest);
                }
                let pairs = declared.iter().zip(fields);
                let accept = |((name, ty), (given, value)): (&(String, Type), &(String, Value))| {
                    let named = if name == given { Ok(()) } else { Err(Fault::BadRequest) };
                    named.and_then(|()| Self::accept(types, ty, value))
                };
                Self::Fields(pairs.map(accept).collect::<Result<_, _>>()?)
            }
            (Type::Option(inner), Value::Option(value)) => {
                let accept = |value: &Value| Self::accept(types, inner, value).map(Box::new);
                Self::Option(value.as_deref().map(accept).transpose()?)
            }
            (Type::List(item, max), Value::List(items)) => {
                if items.len() > usize::from(*max) {
                    return Err(Fault::TooLarge);
                }
                let accept = |value| Self::accept(types, item, value);
                Self::List(items.iter().map(accept).collect::<Result<_, _>>()?)
            }
            _ => return Err(Fault::BadRequest),
        })
    }

    /// Six dimensions, if none is above one whole.
    pub(crate) fn trust(vector: &TrustVector) -> Option<Self> {
        let fits = vector.0.iter().all(|dimension| *dimension <= PPM);
        let dimension = |ppm: &u32| Self::Number(i64::from(*ppm));
        fits.then(|| Self::Fields(vector.0.iter().map(dimension).collect()))
    }

    /// The value as it leaves the evaluator.
    ///
    /// # Errors
    /// `Engine` when the value is not of the type, which the checker excludes.
    pub(crate) fn leave(&self, types: &TypeTable, ty: &Type) -> Result<Value, Fault> {
        Ok(match (ty, self) {
            (Type::Bool, Self::Bool(flag)) => Value::Bool(*flag),
            (Type::Int, Self::Number(number)) => Value::Int(*number),
            (Type::Fixed, Self::Number(number)) => Value::Fixed(*number),
            (Type::Time, Self::Number(number)) => Value::Time(*number),
            (Type::Duration, Self::Number(number)) => Value::Duration(*number),
            (Type::Did, Self::Did(did)) => Value::Did(*did),
            (Type::Symbol, Self::Text(text)) => Value::Symbol(text.clone()),
            (Type::Text(_), Self::Text(text)) => Value::Text(text.clone()),
            (Type::Trust, Self::Fields(dimensions)) => Value::Trust(vector(dimensions)?),
            (Type::Enum(id), Self::Number(number)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                let name = usize::try_from(*number).ok().and_then(|place| variants.get(place));
                Value::Variant(name.ok_or(Fault::Engine)?.clone())
            }
            (Type::Set(id), Self::Number(mask)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                let held = variants.iter().enumerate().filter(|(place, _)| mask >> place & 1 == 1);
                Value::Set(held.map(|(_, name)| name.clone()).collect())
            }
            (Type::Record(id), Self::Fields(values)) => {
                let declared = &types.record(*id).ok_or(Fault::Engine)?.fields;
                let fields = declared.iter().zip(values);
                let leave = |((name, ty), value): (&(String, Type), &Self)| {
                    Ok((name.clone(), value.leave(types, ty)?))
                };
                Value::Record(fields.map(leave).collect::<Result<_, Fault>>()?)
            }
            (Type::Option(inner), Self::Option(value)) => {
                let leave = |value: &Self| value.leave(types, inner).map(Box::new);
                Value::Option(value.as_deref().map(leave).transpose()?)
            }
            (Type::List(item, _), Self::List(items)) => {
                let leave = |value: &Self| value.leave(types, item);
                Value::List(items.iter().map(leave).collect::<Result<_, _>>()?)
            }
            _ => return Err(Fault::Engine),
        })
    }

    /// A flag.
    ///
    /// # Errors
    /// `Engine` for any other value, which the checker excludes; the same below.
    pub(crate) const fn flag(&self) -> Result<bool, Fault> {
        if let Self::Bool(flag) = self { Ok(*flag) } else { Err(Fault::Engine) }
    }

    /// A number.
    pub(crate) const fn number(&self) -> Result<i64, Fault> {
        if let Self::Number(number) = self { Ok(*number) } else { Err(Fault::Engine) }
    }

    /// A text or symbol.
    pub(crate) fn text(&self) -> Result<&str, Fault> {
        if let Self::Text(text) = self { Ok(text) } else { Err(Fault::Engine) }
    }

    /// An identity.
    pub(crate) const fn did(&self) -> Result<&Did, Fault> {
        if let Self::Did(did) = self { Ok(did) } else { Err(Fault::Engine) }
    }

    /// An option.
    pub(crate) fn option(self) -> Result<Option<Self>, Fault> {
        if let Self::Option(value) = self { Ok(value.map(|v| *v)) } else { Err(Fault::Engine) }
    }

    /// The items of a list.
    pub(crate) fn items(self) -> Result<Vec<Self>, Fault> {
        if let Self::List(items) = self { Ok(items) } else { Err(Fault::Engine) }
    }

    /// A field of a record, or a dimension.
    pub(crate) fn field(self, place: u16) -> Result<Self, Fault> {
        let Self::Fields(fields) = self else { return Err(Fault::Engine) };
        fields.into_iter().nth(usize::from(place)).ok_or(Fault::Engine)
    }

    /// The dimensions of trust.
    pub(crate) fn dimensions(&self) -> Result<[i64; 6], Fault> {
        let Self::Fields(fields) = self else { return Err(Fault::Engine) };
        let numbers: Vec<i64> = fields.iter().map(Self::number).collect::<Result<_, _>>()?;
        numbers.try_into().map_err(|_| Fault::Engine)
    }
}

fn bounded(text: &str, bytes_max: usize) -> Result<Val, Fault> {
    if text.len() > bytes_max { Err(Fault::TooLarge) } else { Ok(Val::Text(text.to_owned())) }
}

fn place(variants: &[String], name: &str) -> Result<i64, Fault> {
    let found = variants.iter().position(|variant| variant == name).ok_or(Fault::BadRequest)?;
    i64::try_from(found).map_err(|_| Fault::Engine)
}

fn vector(dimensions: &[Val]) -> Result<TrustVector, Fault> {
    let ppm = |value: &Val| u32::try_from(value.number()?).map_err(|_| Fault::Engine);
    let dimensions: Vec<u32> = dimensions.iter().map(ppm).collect::<Result<_, _>>()?;
    Ok(TrustVector(dimensions.try_into().map_err(|_| Fault::Engine)?))
}
