//! Values taken apart into words, before any of them is in a register.

use crate::code::{Kind, Reg};
use crate::types::{Type, TypeTable};

/// Where a word comes from. Loading any of these twice gives the same word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// It is in a register.
    Reg(Reg),
    /// A number or flag.
    Const(i64),
    /// A literal of the module.
    Literal(u16),
    /// The word of an option without a value.
    Absent,
    /// Word `.1` of parameter `.0`.
    Param(u16, u16),
    /// Who acts.
    Subject,
    /// Realm time.
    Now,
    /// An input that exists already.
    Input(u16),
    /// Word `.2` of the item of list `.0` at index `.1`.
    Item(u16, Reg, u16),
    /// A list, by number.
    List(u16),
}

/// A word and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) source: Source,
    pub(super) kind: Kind,
}

/// The words of a value, in order.
pub(super) type Value = Vec<Word>;

pub(super) const fn flag(reg: Reg) -> Word {
    Word { source: Source::Reg(reg), kind: Kind::Bool }
}

pub(super) const fn number(reg: Reg) -> Word {
    Word { source: Source::Reg(reg), kind: Kind::Number }
}

/// The first word and the number of words of a field of a record, or of a dimension of trust.
pub(super) fn field(types: &TypeTable, ty: &Type, place: u16) -> Option<(usize, usize)> {
    match ty {
        Type::Trust if place < 6 => Some((usize::from(place), 1)),
        Type::Record(id) => {
            let fields = &types.record(*id)?.fields;
            let place = usize::from(place);
            let (_, own) = fields.get(place)?;
            let before = fields.iter().take(place).map(|(_, field)| types.width(field)).sum();
            Some((before, types.width(own)))
        }
        _ => None,
    }
}
