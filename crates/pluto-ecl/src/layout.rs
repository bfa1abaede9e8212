//! How a value lies in registers, word by word: shared by all that make, check or run code.

use crate::code::{Fact, Kind};
use crate::limits::NAME_BYTES_MAX;
use crate::types::{Type, TypeTable};

/// One word of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What it holds; a list counts as a number.
    pub kind: Kind,
    /// For texts and symbols: the most bytes.
    pub text_bytes_max: u16,
    /// Whether it stands for a list, which lies outside the registers.
    pub list: bool,
}

impl Slot {
    const fn of(kind: Kind) -> Self {
        Self { kind, text_bytes_max: 0, list: false }
    }
}

/// The words of a value of that type, in order.
#[must_use]
pub fn slots(types: &TypeTable, ty: &Type) -> Vec<Slot> {
    let mut out = Vec::new();
    push(types, ty, &mut out);
    out
}

/// What each word of a value of that type holds.
#[must_use]
pub fn kinds(types: &TypeTable, ty: &Type) -> Vec<Kind> {
    slots(types, ty).iter().map(|slot| slot.kind).collect()
}

fn push(types: &TypeTable, ty: &Type, out: &mut Vec<Slot>) {
    match ty {
        Type::Bool => out.push(Slot::of(Kind::Bool)),
        Type::Did => out.push(Slot::of(Kind::Did)),
        Type::Symbol => {
            let text_bytes_max = u16::try_from(NAME_BYTES_MAX).unwrap_or(u16::MAX);
            out.push(Slot { text_bytes_max, ..Slot::of(Kind::Text) });
        }
        Type::Text(max) => out.push(Slot { text_bytes_max: *max, ..Slot::of(Kind::Text) }),
        Type::Trust => out.extend([Slot::of(Kind::Number); 6]),
        Type::Option(inner) => {
            out.push(Slot::of(Kind::Bool));
            push(types, inner, out);
        }
        Type::Record(id) => {
            let fields = types.record(*id).map_or(&[][..], |record| &record.fields);
            fields.iter().for_each(|(_, field)| push(types, field, out));
        }
        Type::List(..) => out.push(Slot { list: true, ..Slot::of(Kind::Number) }),
        Type::Int | Type::Fixed | Type::Time | Type::Duration | Type::Enum(_) | Type::Set(_) => {
            out.push(Slot::of(Kind::Number))
        }
    }
}

/// What the words of a fact about an identity hold; nothing for a record, whose schema says it.
#[must_use]
pub const fn fact_kinds(fact: Fact) -> &'static [Kind] {
    match fact {
        Fact::Trust => &[Kind::Number; 6],
        Fact::Balance => &[Kind::Number],
        Fact::Known | Fact::Has(..) => &[Kind::Bool],
        Fact::Record(_) => &[],
    }
}
