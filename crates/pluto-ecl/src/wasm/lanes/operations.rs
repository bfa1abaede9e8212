//! One operation on two records.

use super::{AT, Lanes, column};
use crate::code::{Kind, Op, Reg};
use crate::hir::{Arithmetic, Comparison};

/// One whole of a `fixed`.
const MILLION: i64 = 1_000_000;

impl Lanes<'_, '_> {
    /// `dst = op`; none when lanes cannot do it.
    pub(super) fn set(&mut self, dst: Reg, op: Op) -> Option<()> {
        self.op(dst, op)?;
        let (local, mask) = (self.base + u32::from(dst.0), self.mask());
        if self.used(dst).set > 1 && self.depth > 0 {
            self.out.local_get(local).local_get(mask).v128_bitselect();
        }
        self.out.local_set(local);
        if let (Op::Const(value), 1) = (op, self.used(dst).set) {
            *self.constants.get_mut(usize::from(dst.0))? = Some(value);
        }
        Some(())
    }

    /// Leaves the result of the operation on the stack.
    fn op(&mut self, dst: Reg, op: Op) -> Option<()> {
        match op {
            Op::Const(value) => self.word(dst, value),
            Op::Literal(handle) => self.word(dst, i64::from(handle)),
            Op::Absent => self.constant(0),
            Op::Input(slot) => self.input(dst, slot),
            Op::Copy(a) => self.get(a),
            Op::Select(condition, a, b) => {
                self.two(a, b);
                self.get(condition);
                self.out.v128_bitselect();
            }
            Op::Not(a) => {
                self.get(a);
                self.out.v128_not();
            }
            Op::And(a, b) => {
                self.two(a, b);
                self.out.v128_and();
            }
            Op::Or(a, b) => {
                self.two(a, b);
                self.out.v128_or();
            }
            Op::Compare(comparison, a, b) => {
                self.two(a, b);
                self.compare(comparison);
            }
            Op::CompareConst(comparison, a, value) => {
                let (comparison, value) = strict(comparison, value);
                self.get(a);
                self.word(a, value);
                self.compare(comparison);
            }
            Op::Min(a, b) => self.choose(a, b, Comparison::Le),
            Op::Max(a, b) => self.choose(a, b, Comparison::Ge),
            Op::Negate(a) => {
                self.least(a);
                self.get(a);
                self.out.i64x2_neg();
            }
            Op::Abs(a) => {
                self.least(a);
                self.get(a);
                self.out.i64x2_abs();
            }
            Op::ToFixed(a) => self.times(a, MILLION, true),
            Op::Unchecked(kind, a, b) => self.unchecked(kind, a, b)?,
            Op::Arithmetic(kind, a, b) => self.arithmetic(kind, a, b)?,
            _ => return None,
        }
        Some(())
    }

    fn two(&mut self, a: Reg, b: Reg) {
        self.get(a);
        self.get(b);
    }

    /// A number as a register of the kind of `like` holds it: a flag is a mask.
    fn word(&mut self, like: Reg, value: i64) {
        self.constant(if self.kind(like) == Kind::Bool { value.wrapping_neg() } else { value });
    }

    fn input(&mut self, dst: Reg, slot: u16) {
        self.out.local_get(AT).v128_load(column(usize::from(slot)));
        if self.kind(dst) == Kind::Bool {
            self.out.i64x2_neg();
        }
    }

    fn compare(&mut self, comparison: Comparison) {
        match comparison {
            Comparison::Eq => self.out.i64x2_eq(),
            Comparison::Ne => self.out.i64x2_ne(),
            Comparison::Lt => self.out.i64x2_lt_s(),
            Comparison::Le => self.out.i64x2_le_s(),
            Comparison::Gt => self.out.i64x2_gt_s(),
            Comparison::Ge => self.out.i64x2_ge_s(),
        };
    }

    fn choose(&mut self, a: Reg, b: Reg, comparison: Comparison) {
        self.two(a, b);
        self.two(a, b);
        self.compare(comparison);
        self.out.v128_bitselect();
    }

    /// Records here of which the lanes on the stack are negative have to be decided alone.
    fn lose(&mut self) {
        self.here();
        self.out.local_get(self.lost).v128_or().local_set(self.lost);
    }

    /// The least number has no counterpart.
    fn least(&mut self, a: Reg) {
        self.get(a);
        self.constant(i64::MIN);
        self.out.i64x2_eq();
        self.lose();
    }

    fn unchecked(&mut self, kind: Arithmetic, a: Reg, b: Reg) -> Option<()> {
        match kind {
            Arithmetic::Add | Arithmetic::Sub => {
                self.two(a, b);
                self.sum(kind);
            }
            Arithmetic::Mul => self.product(a, b, false),
            _ => return None,
        }
        Some(())
    }

    fn arithmetic(&mut self, kind: Arithmetic, a: Reg, b: Reg) -> Option<()> {
        match kind {
            Arithmetic::Add | Arithmetic::Sub => self.checked_sum(kind, a, b),
            Arithmetic::Mul => self.product(a, b, true),
            _ => return None,
        }
        Some(())
    }

    fn sum(&mut self, kind: Arithmetic) {
        if kind == Arithmetic::Add {
            self.out.i64x2_add();
        } else {
            self.out.i64x2_sub();
        }
    }

    /// Two's complement overflow: the signs of the operands and of the result tell.
    fn checked_sum(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
        let [sum, _] = self.scratch;
        self.two(a, b);
        self.sum(kind);
        self.out.local_tee(sum);
        self.get(a);
        self.out.v128_xor();
        self.get(b);
        if kind == Arithmetic::Add {
            self.out.local_get(sum).v128_xor();
        } else {
            self.get(a);
            self.out.v128_xor();
        }
        self.out.v128_and();
        self.lose();
        self.out.local_get(sum);
    }

    fn known(&self, reg: Reg) -> Option<i64> {
        self.constants.get(usize::from(reg.0)).copied().flatten()
    }

    fn product(&mut self, a: Reg, b: Reg, checked: bool) {
        if let Some(factor) = self.known(b) {
            return self.times(a, factor, checked);
        }
        if let Some(factor) = self.known(a) {
            return self.times(b, factor, checked);
        }
        if checked {
            for operand in [a, b] {
                self.get(operand);
                self.get(operand);
                self.out.i32_const(32).i64x2_shl().i32_const(32).i64x2_shr_s().i64x2_ne();
                self.lose();
            }
        }
        self.two(a, b);
        self.out.i64x2_mul();
    }

    /// A product with a constant: shifts where two of them do.
    fn times(&mut self, a: Reg, factor: i64, checked: bool) {
        if checked {
            let most = factor.checked_abs().map_or(0, |size| i64::MAX / size.max(1));
            for (comparison, bound) in [(Comparison::Gt, most), (Comparison::Lt, -most)] {
                self.get(a);
                self.constant(bound);
                self.compare(comparison);
                self.lose();
            }
        }
        self.get(a);
        let (low, ones) = (factor.trailing_zeros(), factor.count_ones());
        if factor > 0 && ones == 1 {
            self.shifted(low);
        } else if factor > 0 && ones == 2 {
            self.shifted(factor.ilog2());
            self.get(a);
            self.shifted(low);
            self.out.i64x2_add();
        } else if factor > 0 && ones == factor.trailing_ones() {
            self.shifted(ones);
            self.get(a);
            self.out.i64x2_sub();
        } else {
            self.constant(factor);
            self.out.i64x2_mul();
        }
    }

    fn shifted(&mut self, bits: u32) {
        if bits > 0 {
            self.out.i32_const(bits.cast_signed()).i64x2_shl();
        }
    }
}

/// The same question without "or equal", which lanes answer in one step.
fn strict(comparison: Comparison, value: i64) -> (Comparison, i64) {
    let strict = match comparison {
        Comparison::Ge => value.checked_sub(1).map(|value| (Comparison::Gt, value)),
        Comparison::Le => value.checked_add(1).map(|value| (Comparison::Lt, value)),
        _ => None,
    };
    strict.unwrap_or((comparison, value))
}
