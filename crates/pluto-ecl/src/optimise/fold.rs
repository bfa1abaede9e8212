//! One operation at a time: what it is when its operands are known.

use super::range::Range;
use super::{Forward, Known, may_fault};
use crate::code::{Kind, Node, Op, Reg, mirrored};
use crate::hir::{Arithmetic, Comparison};
use crate::numeric::{self, FIXED_ONE};

impl Forward<'_> {
    /// The operation in its simplest form; remembers what is known of its result.
    pub(super) fn operation(&mut self, dst: Reg, op: Op) -> Op {
        let op = self.simpler(self.renamed(op));
        let (op, range) = match (self.result(&op), self.kind(dst)) {
            (Some(range), Kind::Number | Kind::Bool) => match (range.constant(), &op) {
                (Some(value), Op::Arithmetic(..)) => (Op::Const(value), range),
                (Some(value), other) if !may_fault(self.policy, other) => (Op::Const(value), range),
                (_, Op::Arithmetic(which, a, b)) if may_skip_check(*which) => {
                    (Op::Unchecked(*which, *a, *b), range)
                }
                _ => (op, range),
            },
            _ => (op, Range::of_kind(self.kind(dst))),
        };
        let mut known = Known { same: dst, range, asks: None, denies: None };
        match op {
            Op::Copy(a) if self.settled(a) => known.same = a,
            Op::CompareConst(op, a, value) if self.settled(a) => known.asks = Some((op, a, value)),
            Op::Not(a) if self.settled(a) => known.denies = Some(a),
            _ => {}
        }
        self.learn(dst, known);
        op
    }

    /// With every copy replaced by what it copies.
    fn renamed(&self, op: Op) -> Op {
        let same = |reg: Reg| self.same(reg);
        match op {
            Op::Const(_) | Op::Literal(_) | Op::Input(_) | Op::Absent | Op::ListLength(_) => op,
            // Side by side, which copies need not be.
            Op::Norm(_) => op,
            Op::Copy(a) => Op::Copy(same(a)),
            Op::Select(c, a, b) => Op::Select(same(c), same(a), same(b)),
            Op::Not(a) => Op::Not(same(a)),
            Op::Negate(a) => Op::Negate(same(a)),
            Op::Abs(a) => Op::Abs(same(a)),
            Op::Compare(op, a, b) => Op::Compare(op, same(a), same(b)),
            Op::CompareConst(op, a, value) => Op::CompareConst(op, same(a), value),
            Op::And(a, b) => Op::And(same(a), same(b)),
            Op::Or(a, b) => Op::Or(same(a), same(b)),
            Op::Arithmetic(op, a, b) => Op::Arithmetic(op, same(a), same(b)),
            Op::Unchecked(op, a, b) => Op::Unchecked(op, same(a), same(b)),
            Op::Min(a, b) => Op::Min(same(a), same(b)),
            Op::Max(a, b) => Op::Max(same(a), same(b)),
            Op::ToFixed(a) => Op::ToFixed(same(a)),
            Op::ToInt(a) => Op::ToInt(same(a)),
            Op::Sqrt(a) => Op::Sqrt(same(a)),
            Op::Bit(a, b) => Op::Bit(same(a), same(b)),
            Op::Combine(a, b) => Op::Combine(same(a), same(b)),
            Op::Item(list, index, part) => Op::Item(list, index, part),
            Op::TextLength(a) => Op::TextLength(same(a)),
            Op::TextTest(test, a, b) => Op::TextTest(test, same(a), same(b)),
        }
    }

    fn constant(&self, reg: Reg) -> Option<i64> {
        match self.kind(reg) {
            Kind::Bool | Kind::Number => self.range(reg).constant(),
            Kind::Text | Kind::Did => None,
        }
    }

    fn simpler(&self, op: Op) -> Op {
        match op {
            Op::Compare(op, a, b) if a == b && self.settled(a) => {
                let holds = matches!(op, Comparison::Eq | Comparison::Le | Comparison::Ge);
                Op::Const(i64::from(holds))
            }
            Op::Compare(op, a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(value)) => Op::CompareConst(op, a, value),
                (Some(value), _) => Op::CompareConst(mirrored(op), b, value),
                _ => Op::Compare(op, a, b),
            },
            Op::And(a, b) | Op::Or(a, b) => {
                // The side that leaves the answer to the other.
                let neutral = i64::from(matches!(op, Op::And(..)));
                match (self.constant(a), self.constant(b)) {
                    (Some(value), _) if value == neutral => Op::Copy(b),
                    (_, Some(value)) if value == neutral => Op::Copy(a),
                    _ => op,
                }
            }
            Op::Select(c, a, b) => match self.constant(c) {
                Some(0) => Op::Copy(b),
                Some(_) => Op::Copy(a),
                None if a == b => Op::Copy(a),
                None => op,
            },
            other => other,
        }
    }

    /// The range of the result; none for a fault that cannot be excluded, or no number.
    fn result(&self, op: &Op) -> Option<Range> {
        let range = |reg: Reg| self.range(reg);
        let flag = |known: Option<bool>| {
            known.map_or(Range::FLAG, |holds| Range::new(i64::from(holds), i64::from(holds)))
        };
        Some(match *op {
            Op::Const(value) => Range::new(value, value),
            Op::Input(slot) => self.inputs.get(usize::from(slot)).copied()?,
            Op::Absent | Op::Literal(_) => return None,
            Op::Copy(a) => range(a),
            Op::Select(_, a, b) => range(a).either(range(b)),
            Op::Not(a) => flag(range(a).constant().map(|value| value == 0)),
            Op::Negate(a) => range(a).corners(Range::new(0, 0), |a, _| -a)?,
            Op::Abs(a) => {
                let ends = range(a).corners(Range::new(0, 0), |a, _| a.abs())?;
                let low = if range(a).low <= 0 && range(a).high >= 0 { 0 } else { ends.low };
                Range::new(low, ends.high)
            }
            Op::Compare(op, a, b) => {
                let numbers = self.kind(a) == Kind::Number;
                flag(numbers.then(|| range(a).compare(op, range(b))).flatten())
            }
            Op::CompareConst(op, a, value) => flag(range(a).compare(op, Range::new(value, value))),
            Op::And(a, b) => Range::new(range(a).low & range(b).low, range(a).high & range(b).high),
            Op::Or(a, b) => Range::new(range(a).low | range(b).low, range(a).high | range(b).high),
            Op::Arithmetic(op, a, b) | Op::Unchecked(op, a, b) => {
                arithmetic(op, range(a), range(b))?
            }
            Op::Min(a, b) => {
                let (a, b) = (range(a), range(b));
                Range::new(a.low.min(b.low), a.high.min(b.high))
            }
            Op::Max(a, b) => {
                let (a, b) = (range(a), range(b));
                Range::new(a.low.max(b.low), a.high.max(b.high))
            }
            Op::ToFixed(a) => {
                range(a).corners(Range::new(0, 0), |a, _| a * i128::from(FIXED_ONE))?
            }
            Op::ToInt(a) => {
                Range::new(numeric::to_int(range(a).low), numeric::to_int(range(a).high))
            }
            Op::Sqrt(a) => {
                let root = |value: i64| numeric::sqrt(value.max(0)).ok();
                Range::new(root(range(a).low)?, root(range(a).high)?)
            }
            Op::Bit(set, place) => match (range(set).constant(), range(place).constant()) {
                (Some(set), Some(place @ 0..64)) => flag(Some(set >> place & 1 == 1)),
                (Some(_), Some(_)) => flag(Some(false)),
                _ => Range::FLAG,
            },
            Op::Norm(_) | Op::Combine(..) => Range::WHOLE,
            Op::ListLength(list) => {
                let max = self.policy.lists.get(usize::from(list)).map_or(0, |list| list.max);
                Range::new(0, i64::from(max))
            }
            Op::Item(list, _, part) => {
                let words = self.items.get(usize::from(list))?;
                words.get(usize::from(part)).copied()?
            }
            Op::TextLength(_) => Range::TEXT,
            Op::TextTest(..) => Range::FLAG,
        })
    }
}

const fn may_skip_check(op: Arithmetic) -> bool {
    matches!(op, Arithmetic::Add | Arithmetic::Sub | Arithmetic::Mul)
}

/// The range of the result when no operands in these ranges fault.
pub(super) fn arithmetic(op: Arithmetic, a: Range, b: Range) -> Option<Range> {
    let divides = matches!(op, Arithmetic::Div | Arithmetic::Rem | Arithmetic::FixedDiv);
    if divides && b.low <= 0 && b.high >= 0 {
        return None;
    }
    let one = i128::from(FIXED_ONE);
    match op {
        Arithmetic::Add => a.corners(b, |a, b| a + b),
        Arithmetic::Sub => a.corners(b, |a, b| a - b),
        Arithmetic::Mul => a.corners(b, |a, b| a * b),
        // The divisor keeps its sign, so the extremes are at the ends.
        Arithmetic::Div => a.corners(b, |a, b| a / b),
        Arithmetic::FixedMul => a.corners(b, |a, b| a * b / one),
        Arithmetic::FixedDiv => a.corners(b, |a, b| a * one / b),
        Arithmetic::Rem => match (a.constant(), b.constant()) {
            (Some(x), Some(y)) => a.corners(b, |_, _| i128::from(x) % i128::from(y)),
            _ => {
                let most = b.low.unsigned_abs().max(b.high.unsigned_abs()) - 1;
                let most = i64::try_from(most).ok()?;
                Some(Range::new(
                    if a.low < 0 { -most } else { 0 },
                    if a.high > 0 { most } else { 0 },
                ))
            }
        },
    }
}

/// A branch whose ways only set one register is an operation; one that does nothing is nothing.
pub(super) fn joined(
    condition: Reg,
    then: Vec<Node>,
    otherwise: Vec<Node>,
    kind: impl Fn(Reg) -> Kind,
) -> Option<Node> {
    match (then.as_slice(), otherwise.as_slice()) {
        ([], []) => None,
        ([Node::Let(d, yes)], [Node::Let(e, no)]) if d == e => {
            let op = match (yes, no) {
                (Op::Copy(a), Op::Copy(b)) => Op::Select(condition, *a, *b),
                (Op::Copy(a), Op::Const(0)) if kind(*d) == Kind::Bool => Op::And(condition, *a),
                (Op::Const(1), Op::Copy(b)) if kind(*d) == Kind::Bool => Op::Or(condition, *b),
                _ => return Some(Node::If(condition, then, otherwise)),
            };
            Some(Node::Let(*d, op))
        }
        _ => Some(Node::If(condition, then, otherwise)),
    }
}
