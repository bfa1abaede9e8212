//! Between which numbers a word lies.
//!
//! Dimensions of trust are in 0 to one whole: the interpreter refuses arguments, records and facts
//! that are not. Numbers of requests can be anything.

use crate::code::{Fact, Input, Kind, Module, Policy};
use crate::hir::Comparison;
use crate::limits::TEXT_BYTES_MAX;
use crate::numeric::FIXED_ONE;
use crate::types::{Type, TypeTable};

/// All numbers from `low` to `high`; none when `low` is above `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Range {
    pub(super) const ALL: Self = Self::new(i64::MIN, i64::MAX);
    pub(super) const FLAG: Self = Self::new(0, 1);
    pub(super) const WHOLE: Self = Self::new(0, FIXED_ONE);
    pub(super) const TEXT: Self = Self::new(0, TEXT_BYTES_MAX as i64);

    pub(super) const fn new(low: i64, high: i64) -> Self {
        Self { low, high }
    }

    /// What a register of that kind can hold.
    pub(super) const fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::FLAG,
            Kind::Number | Kind::Text | Kind::Did => Self::ALL,
        }
    }

    /// The only number it can be.
    pub(super) fn constant(self) -> Option<i64> {
        (self.low == self.high).then_some(self.low)
    }

    /// Numbers in both; if there are none, this code is never reached and anything is true of it.
    pub(super) fn both(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high { Self { low, high } } else { self }
    }

    /// Numbers in either, and those between.
    pub(super) fn either(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The numbers of which the comparison with a constant holds.
    pub(super) fn where_it(self, op: Comparison, value: i64) -> Self {
        let narrowed = match op {
            Comparison::Eq => Self::new(value, value),
            Comparison::Ne => self,
            Comparison::Lt => Self::new(i64::MIN, value.saturating_sub(1)),
            Comparison::Le => Self::new(i64::MIN, value),
            Comparison::Gt => Self::new(value.saturating_add(1), i64::MAX),
            Comparison::Ge => Self::new(value, i64::MAX),
        };
        self.both(narrowed)
    }

    /// The answer to a comparison, if it is the same for all numbers.
    pub(super) fn compare(self, op: Comparison, other: Self) -> Option<bool> {
        let (below, above) = (self.high < other.low, self.low > other.high);
        let (at_most, at_least) = (self.high <= other.low, self.low >= other.high);
        let equal = self.constant().is_some() && self.constant() == other.constant();
        match op {
            Comparison::Eq if equal => Some(true),
            Comparison::Eq if below || above => Some(false),
            Comparison::Ne if equal => Some(false),
            Comparison::Ne if below || above => Some(true),
            Comparison::Lt if below => Some(true),
            Comparison::Lt if at_least => Some(false),
            Comparison::Le if at_most => Some(true),
            Comparison::Le if above => Some(false),
            Comparison::Gt if above => Some(true),
            Comparison::Gt if at_most => Some(false),
            Comparison::Ge if at_least => Some(true),
            Comparison::Ge if below => Some(false),
            _ => None,
        }
    }

    /// The range of `f` of two numbers, if it takes its extremes at the ends and stays in 64 bits.
    pub(super) fn corners(self, other: Self, f: impl Fn(i128, i128) -> i128) -> Option<Self> {
        let [a, b] = [self.low, self.high].map(i128::from);
        let [c, d] = [other.low, other.high].map(i128::from);
        let all = [f(a, c), f(a, d), f(b, c), f(b, d)];
        let low = all.iter().copied().min()?;
        let high = all.iter().copied().max()?;
        Some(Self { low: i64::try_from(low).ok()?, high: i64::try_from(high).ok()? })
    }
}

/// Ranges of the words of a value.
pub(super) fn words(types: &TypeTable, ty: &Type) -> Vec<Range> {
    let mut out = Vec::new();
    push(types, ty, &mut out);
    out
}

fn push(types: &TypeTable, ty: &Type, out: &mut Vec<Range>) {
    match ty {
        Type::Bool => out.push(Range::FLAG),
        Type::Trust => out.extend([Range::WHOLE; 6]),
        Type::Enum(id) => {
            let count = types.enumeration(*id).map_or(0, |found| found.variants.len());
            let high = i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1).max(0);
            out.push(Range::new(0, high));
        }
        Type::Option(inner) => {
            out.push(Range::FLAG);
            // Without a value its words are zero, which these ranges hold as well.
            push(types, inner, out);
        }
        Type::Record(id) => {
            let fields = types.record(*id).map_or(&[][..], |record| &record.fields);
            fields.iter().for_each(|(_, field)| push(types, field, out));
        }
        _ => out.push(Range::ALL),
    }
}

pub(super) fn fact(module: &Module, fact: Fact) -> Vec<Range> {
    match fact {
        Fact::Trust => vec![Range::WHOLE; 6],
        Fact::Balance => vec![Range::ALL],
        Fact::Known | Fact::Has(..) => vec![Range::FLAG],
        Fact::Record(store) => {
            let schema = module.stores.get(usize::from(store)).map(|store| store.schema);
            let record = schema.and_then(|schema| module.types.record(schema));
            let mut out = vec![Range::FLAG];
            for (_, field) in record.map_or(&[][..], |record| &record.fields) {
                push(&module.types, field, &mut out);
            }
            out
        }
    }
}

/// Ranges of the inputs of a policy.
pub(super) fn inputs(module: &Module, policy: &Policy) -> Vec<Range> {
    let params: Vec<_> = policy.params.iter().map(|(_, ty)| words(&module.types, ty)).collect();
    let one = |input: &Input| match *input {
        Input::Param { param, part } => {
            let words = params.get(usize::from(param));
            words.and_then(|words| words.get(usize::from(part))).copied().unwrap_or(Range::ALL)
        }
        Input::Fact { fact: which, part, .. } => {
            let words = fact(module, which);
            words.get(usize::from(part)).copied().unwrap_or(Range::ALL)
        }
        Input::Subject | Input::Now => Range::ALL,
    };
    policy.inputs.iter().map(one).collect()
}
