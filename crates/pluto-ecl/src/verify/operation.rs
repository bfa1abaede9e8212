//! What each operation takes and gives.

use super::{Refusal, Verified};
use crate::code::{Kind, Op, Reg};
use crate::hir::{Arithmetic, Comparison};
use crate::layout::Slot;

/// What is known of the content of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) kind: Kind,
    /// For texts: the most bytes.
    pub(super) text: u16,
}

impl Held {
    pub(super) fn join(self, other: Self) -> Self {
        Self { kind: self.kind, text: self.text.max(other.text) }
    }
}

impl From<Slot> for Held {
    fn from(slot: Slot) -> Self {
        Self { kind: slot.kind, text: slot.text_bytes_max }
    }
}

/// What operations refer to besides registers.
pub(super) struct Facts<'a> {
    pub(super) literals: &'a [String],
    pub(super) inputs: Vec<Held>,
    /// The words of an item, by list.
    pub(super) items: Vec<Vec<Slot>>,
}

/// What an operation gives, nothing if it fits every register; and the item it looks at.
type Given = (Option<Held>, Option<(u16, Reg)>);

const fn given(kind: Kind) -> Given {
    (Some(Held { kind, text: 0 }), None)
}

impl Facts<'_> {
    /// What `op` gives, when it may read what it reads.
    pub(super) fn result(&self, op: &Op, read: impl Fn(Reg) -> Verified<Held>) -> Verified<Given> {
        let kind = |reg: Reg, kind: Kind| {
            if read(reg)?.kind == kind { Ok(()) } else { Err(Refusal::Kind(reg.0)) }
        };
        let numbers = |a: Reg, b: Reg| kind(a, Kind::Number).and_then(|()| kind(b, Kind::Number));
        match *op {
            Op::Const(_) | Op::Absent => Ok((None, None)),
            Op::Literal(handle) => {
                let text =
                    self.literals.get(usize::from(handle)).ok_or(Refusal::Range("literal"))?;
                let text = u16::try_from(text.len()).unwrap_or(u16::MAX);
                Ok((Some(Held { kind: Kind::Text, text }), None))
            }
            Op::Input(slot) => {
                let held = self.inputs.get(usize::from(slot)).ok_or(Refusal::Range("input"))?;
                Ok((Some(*held), None))
            }
            Op::Copy(a) => Ok((Some(read(a)?), None)),
            Op::Not(a) => kind(a, Kind::Bool).map(|()| given(Kind::Bool)),
            Op::Negate(a) | Op::Abs(a) | Op::ToFixed(a) | Op::ToInt(a) | Op::Sqrt(a) => {
                kind(a, Kind::Number).map(|()| given(Kind::Number))
            }
            Op::Compare(op, a, b) => {
                kind(b, read(a)?.kind)?;
                ordered(op, read(a)?.kind, a).map(|()| given(Kind::Bool))
            }
            Op::CompareConst(op, a, value) => {
                let held = read(a)?.kind;
                ordered(op, held, a)?;
                match held {
                    Kind::Number => Ok(given(Kind::Bool)),
                    Kind::Bool if matches!(value, 0 | 1) => Ok(given(Kind::Bool)),
                    _ => Err(Refusal::Kind(a.0)),
                }
            }
            Op::And(a, b) | Op::Or(a, b) => {
                kind(a, Kind::Bool)?;
                kind(b, Kind::Bool).map(|()| given(Kind::Bool))
            }
            Op::Unchecked(op, a, b) => {
                if !matches!(op, Arithmetic::Add | Arithmetic::Sub | Arithmetic::Mul) {
                    return Err(Refusal::Place("a division that is not checked"));
                }
                numbers(a, b).map(|()| given(Kind::Number))
            }
            Op::Arithmetic(_, a, b) | Op::Min(a, b) | Op::Max(a, b) | Op::Combine(a, b) => {
                numbers(a, b).map(|()| given(Kind::Number))
            }
            Op::Bit(a, b) => numbers(a, b).map(|()| given(Kind::Bool)),
            Op::Norm(first) => {
                let last = first.0.checked_add(5).ok_or(Refusal::Range("register"))?;
                (first.0..=last).try_for_each(|reg| kind(Reg(reg), Kind::Number))?;
                Ok(given(Kind::Number))
            }
            Op::Select(..)
            | Op::TextLength(_)
            | Op::TextTest(..)
            | Op::ListLength(_)
            | Op::Item(..) => self.other(op, read),
        }
    }

    fn other(&self, op: &Op, read: impl Fn(Reg) -> Verified<Held>) -> Verified<Given> {
        let kind = |reg: Reg, kind: Kind| {
            if read(reg)?.kind == kind { Ok(()) } else { Err(Refusal::Kind(reg.0)) }
        };
        match *op {
            Op::Select(condition, yes, no) => {
                kind(condition, Kind::Bool)?;
                kind(no, read(yes)?.kind)?;
                Ok((Some(read(yes)?.join(read(no)?)), None))
            }
            Op::TextLength(a) => kind(a, Kind::Text).map(|()| given(Kind::Number)),
            Op::TextTest(_, a, b) => {
                kind(a, Kind::Text)?;
                kind(b, Kind::Text).map(|()| given(Kind::Bool))
            }
            Op::Item(list, index, part) => {
                let words = self.items.get(usize::from(list)).ok_or(Refusal::Range("list"))?;
                let slot = words.get(usize::from(part)).ok_or(Refusal::Range("word of an item"))?;
                Ok((Some(Held::from(*slot)), Some((list, index))))
            }
            Op::ListLength(list) if usize::from(list) < self.items.len() => Ok(given(Kind::Number)),
            _ => Err(Refusal::Range("list")),
        }
    }
}

fn ordered(op: Comparison, kind: Kind, reg: Reg) -> Verified<()> {
    let equality = matches!(op, Comparison::Eq | Comparison::Ne);
    if equality || kind == Kind::Number { Ok(()) } else { Err(Refusal::Kind(reg.0)) }
}
