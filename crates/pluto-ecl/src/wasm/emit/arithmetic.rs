//! Arithmetic in WASM: the same numbers and the same faults as [`crate::numeric`].

use pluto_core::policy::Fault;
use wasm_encoder::{BlockType, ValType};

use super::super::import::Import;
use super::{Emitter, Shape};
use crate::code::Reg;
use crate::hir::{Arithmetic, Comparison};

/// One whole of a `fixed`.
pub(super) const MILLION: i64 = 1_000_000;
/// The largest number whose product with a million fits 64 bits.
const MILLION_MAX: i64 = i64::MAX / MILLION;

impl Emitter<'_, '_> {
    pub(super) fn compare(&mut self, comparison: Comparison) {
        match comparison {
            Comparison::Eq => self.out.i64_eq(),
            Comparison::Ne => self.out.i64_ne(),
            Comparison::Lt => self.out.i64_lt_s(),
            Comparison::Le => self.out.i64_le_s(),
            Comparison::Gt => self.out.i64_gt_s(),
            Comparison::Ge => self.out.i64_ge_s(),
        };
        self.out.i64_extend_i32_u();
    }

    pub(super) fn select(&mut self, a: Reg, b: Reg, smaller: bool) {
        self.two(a, b);
        self.two(a, b);
        if smaller {
            self.out.i64_le_s();
        } else {
            self.out.i64_ge_s();
        }
        self.out.select();
    }

    /// Faults when `a` is the least number, which has no counterpart.
    pub(super) fn least(&mut self, a: Reg) {
        self.get(a);
        self.out.i64_const(i64::MIN).i64_eq();
        self.fault_if(Fault::Overflow);
    }

    pub(super) fn abs(&mut self, a: Reg) {
        self.least(a);
        self.out.i64_const(0);
        self.get(a);
        self.out.i64_sub();
        self.get(a);
        self.get(a);
        self.out.i64_const(0).i64_lt_s().select();
    }

    pub(super) fn to_fixed(&mut self, a: Reg) {
        self.get(a);
        self.outside(MILLION_MAX);
        self.fault_if(Fault::Overflow);
        self.get(a);
        self.out.i64_const(MILLION).i64_mul();
    }

    /// Turns the number on the stack into whether it is outside `-max..=max`.
    fn outside(&mut self, max: i64) {
        self.out.i64_const(max).i64_add().i64_const(max.wrapping_mul(2)).i64_gt_u();
    }

    pub(super) fn unchecked(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
        self.two(a, b);
        match kind {
            Arithmetic::Add => self.out.i64_add(),
            Arithmetic::Sub => self.out.i64_sub(),
            Arithmetic::Mul => self.out.i64_mul(),
            Arithmetic::FixedMul => self.out.i64_mul().i64_const(MILLION).i64_div_s(),
            _ => self.out.unreachable(),
        };
    }

    pub(super) fn arithmetic(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
        match kind {
            Arithmetic::Add | Arithmetic::Sub => self.add_or_sub(kind, a, b),
            Arithmetic::Mul => self.small_or_call(a, b, Import::Mul),
            Arithmetic::FixedMul => self.small_or_call(a, b, Import::FixedMul),
            Arithmetic::FixedDiv => self.fixed_div(a, b),
            Arithmetic::Div => self.div(a, b),
            Arithmetic::Rem => {
                self.zero(b);
                self.two(a, b);
                self.out.i64_rem_s();
            }
        }
    }

    /// Two's complement overflow: the signs of the operands and of the result tell.
    fn add_or_sub(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
        self.unchecked(kind, a, b);
        self.out.local_set(self.scratch);
        self.get(a);
        if kind == Arithmetic::Add {
            self.out.local_get(self.scratch).i64_xor();
            self.get(b);
            self.out.local_get(self.scratch).i64_xor();
        } else {
            self.get(b);
            self.out.i64_xor();
            self.get(a);
            self.out.local_get(self.scratch).i64_xor();
        }
        self.out.i64_and().i64_const(0).i64_lt_s();
        self.fault_if(Fault::Overflow);
        self.out.local_get(self.scratch);
    }

    /// Multiplies in place when both operands have 32 bits, and by the host otherwise.
    fn small_or_call(&mut self, a: Reg, b: Reg, import: Import) {
        for operand in [a, b] {
            self.get(operand);
            self.get(operand);
            self.out.i64_extend32_s().i64_eq();
        }
        self.out.i32_and().if_(BlockType::Result(ValType::I64));
        self.two(a, b);
        self.out.i64_mul();
        if import == Import::FixedMul {
            self.out.i64_const(MILLION).i64_div_s();
        }
        self.out.else_();
        self.large(a, b, import);
        self.out.end();
    }

    /// What takes more than 64 bits on the way: the host's, and in a batch nobody's.
    fn large(&mut self, a: Reg, b: Reg, import: Import) {
        if matches!(self.shape, Shape::Batch { .. }) {
            self.give_up();
            return;
        }
        self.two(a, b);
        self.call(import);
    }

    fn fixed_div(&mut self, a: Reg, b: Reg) {
        self.zero(b);
        self.get(a);
        self.outside(MILLION_MAX);
        self.out.if_(BlockType::Result(ValType::I64));
        self.large(a, b, Import::FixedDiv);
        self.out.else_();
        self.get(a);
        self.out.i64_const(MILLION).i64_mul();
        self.get(b);
        self.out.i64_div_s().end();
    }

    fn div(&mut self, a: Reg, b: Reg) {
        self.zero(b);
        self.get(a);
        self.out.i64_const(i64::MIN).i64_eq();
        self.get(b);
        self.out.i64_const(-1).i64_eq().i32_and();
        self.fault_if(Fault::Overflow);
        self.two(a, b);
        self.out.i64_div_s();
    }

    fn zero(&mut self, b: Reg) {
        self.get(b);
        self.out.i64_eqz();
        self.fault_if(Fault::DivisionByZero);
    }
}
