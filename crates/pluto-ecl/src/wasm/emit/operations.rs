//! One operation in WASM: reads registers, leaves its result on the stack.

use super::arithmetic::MILLION;
use super::{Emitter, Shape, column};
use crate::code::{Op, Reg};
use crate::wasm::import::Import;

impl Emitter<'_, '_> {
    /// Leaves the result of the operation on the stack.
    pub(super) fn op(&mut self, op: Op) {
        match op {
            Op::Const(value) => {
                self.out.i64_const(value);
            }
            Op::Literal(handle) => {
                self.out.i64_const(i64::from(handle));
            }
            Op::Input(slot) => self.input(slot),
            Op::Absent => {
                self.out.i64_const(0);
            }
            Op::Copy(a) => self.get(a),
            Op::Select(condition, a, b) => {
                self.two(a, b);
                self.get(condition);
                self.out.i32_wrap_i64().select();
            }
            Op::Not(a) => {
                self.get(a);
                self.out.i64_eqz().i64_extend_i32_u();
            }
            Op::Negate(a) => {
                self.least(a);
                self.out.i64_const(0);
                self.get(a);
                self.out.i64_sub();
            }
            Op::Abs(a) => self.abs(a),
            Op::Compare(comparison, a, b) => {
                self.two(a, b);
                self.compare(comparison);
            }
            Op::CompareConst(comparison, a, value) => {
                self.get(a);
                self.out.i64_const(value);
                self.compare(comparison);
            }
            Op::And(a, b) => {
                self.two(a, b);
                self.out.i64_and();
            }
            Op::Or(a, b) => {
                self.two(a, b);
                self.out.i64_or();
            }
            Op::Arithmetic(kind, a, b) => self.arithmetic(kind, a, b),
            Op::Unchecked(kind, a, b) => self.unchecked(kind, a, b),
            Op::Min(a, b) => self.select(a, b, true),
            Op::Max(a, b) => self.select(a, b, false),
            _ => self.function_op(op),
        }
    }

    fn function_op(&mut self, op: Op) {
        match op {
            Op::ToFixed(a) => self.to_fixed(a),
            Op::ToInt(a) => {
                self.get(a);
                self.out.i64_const(MILLION).i64_div_s();
            }
            Op::Sqrt(a) => {
                self.get(a);
                self.call(Import::Sqrt);
            }
            Op::Bit(mask, bit) => {
                self.two(mask, bit);
                self.out.i64_shr_u().i64_const(1).i64_and().i64_const(0);
                self.get(bit);
                self.out.i64_const(64).i64_lt_u().select();
            }
            Op::Norm(first) => {
                for offset in 0..6 {
                    self.get(Reg(first.0.saturating_add(offset)));
                }
                self.call(Import::Norm);
            }
            Op::Combine(a, b) => {
                self.two(a, b);
                self.call(Import::Combine);
            }
            Op::ListLength(list) => {
                self.out.i32_const(i32::from(list));
                self.call(Import::ListLength);
            }
            Op::Item(list, index, field) => {
                self.out.i32_const(i32::from(list));
                self.get(index);
                self.out.i32_const(i32::from(field));
                self.call(Import::Item);
            }
            Op::TextLength(a) => {
                self.get(a);
                self.call(Import::TextLength);
            }
            Op::TextTest(test, a, b) => {
                self.out.i32_const(test as i32);
                self.two(a, b);
                self.call(Import::TextTest);
            }
            _ => {
                self.out.unreachable();
            }
        }
    }

    fn input(&mut self, slot: u16) {
        match self.shape {
            Shape::Single { arity } if usize::from(slot) < arity => {
                self.out.local_get(u32::from(slot));
            }
            Shape::Single { .. } => {
                self.out.i32_const(i32::from(slot));
                self.call(Import::Input);
            }
            Shape::Batch { at } => {
                self.out.local_get(at).i64_load(column(usize::from(slot)));
            }
        }
    }
}
