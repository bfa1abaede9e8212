//! The body of one policy function.
//!
//! Every register is a local; the compiler behind WASM turns locals into values, so nothing clever
//! is done here. After the registers come two words of gas, the mask and one scratch word.

use pluto_core::policy::{Fault, Gas, MASK_BITS};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::import::Import;
use crate::answer;
use crate::code::{Ending, Fact, Module, Node, Op, Policy, Reg};
use crate::hir::{Arithmetic, Comparison};

/// Half the numbers whose product with a million fits 64 bits: `|a| <= MILLION_MAX`.
const MILLION: i64 = 1_000_000;
const MILLION_MAX: i64 = i64::MAX / MILLION;

/// Emits the function of a policy.
pub(super) fn function(
    module: &Module,
    policy: &Policy,
    imports: &[Import],
    arity: usize,
) -> Function {
    let registers = policy.registers.len();
    let local = |offset: usize| super::index(arity + offset);
    let mut function = Function::new([(super::index(registers + 4), ValType::I64)]);
    let mut emitter = Emitter {
        out: function.instructions(),
        module,
        imports,
        arity,
        base: local(0),
        gas: [local(registers), local(registers + 1)],
        mask: local(registers + 2),
        scratch: local(registers + 3),
    };
    emitter.nodes(&policy.body);
    emitter.out.unreachable().end();
    function
}

struct Emitter<'a, 'f> {
    out: InstructionSink<'f>,
    module: &'a Module,
    imports: &'a [Import],
    arity: usize,
    base: u32,
    gas: [u32; 2],
    mask: u32,
    scratch: u32,
}

impl Emitter<'_, '_> {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Charge(gas) => self.charge(*gas),
            Node::Let(dst, op) => {
                self.op(*op);
                self.set(*dst);
            }
            Node::Read { dst, fact, about } => self.read(*dst, *fact, *about),
            Node::If(condition, then, otherwise) => {
                self.get(*condition);
                self.out.i32_wrap_i64().if_(BlockType::Empty);
                self.nodes(then);
                if !otherwise.is_empty() {
                    self.out.else_();
                    self.nodes(otherwise);
                }
                self.out.end();
            }
            Node::Each { list, index, body } => self.each(*list, *index, body),
            Node::Mark(rule, condition) => self.mark(*rule, *condition),
            Node::Decide(ending, rule) => self.decide(*ending, *rule),
            Node::Effect(site, fields) => {
                for field in fields {
                    self.get(*field);
                    self.call(Import::Push);
                }
                self.out.i32_const(i32::from(*site));
                self.call(Import::Effect);
            }
        }
    }

    fn charge(&mut self, gas: Gas) {
        let words = answer::gas_words(gas);
        for (local, word) in self.gas.into_iter().zip(words) {
            if word != 0 {
                self.out.local_get(local).i64_const(word).i64_add().local_set(local);
            }
        }
    }

    fn each(&mut self, list: u16, index: Reg, body: &[Node]) {
        self.out.i64_const(0);
        self.set(index);
        self.out.block(BlockType::Empty).loop_(BlockType::Empty);
        self.get(index);
        self.out.i32_const(i32::from(list));
        self.call(Import::ListLength);
        self.out.i64_ge_s().br_if(1);
        self.nodes(body);
        self.get(index);
        self.out.i64_const(1).i64_add();
        self.set(index);
        self.out.br(0).end().end();
    }

    fn mark(&mut self, rule: u16, condition: Reg) {
        if rule == 0 || u32::from(rule) > MASK_BITS {
            return;
        }
        self.out.local_get(self.mask);
        self.get(condition);
        self.out.i64_const(i64::from(rule - 1) + answer::MASK_SHIFT).i64_shl().i64_or();
        self.out.local_set(self.mask);
    }

    fn decide(&mut self, ending: Ending, rule: u16) {
        self.out.local_get(self.mask).i64_const(answer::ending(ending, rule)).i64_or();
        let [first, second] = self.gas;
        self.out.local_get(first).local_get(second).return_();
    }

    /// Ends with a fault if the flag on the stack is set.
    fn fault_if(&mut self, fault: Fault) {
        self.out.if_(BlockType::Empty);
        self.out.i64_const(answer::fault(fault)).i64_const(0).i64_const(0).return_().end();
    }

    fn read(&mut self, dst: Reg, fact: Fact, about: Reg) {
        let (number, literal) = answer::fact_numbers(fact);
        self.out.i32_const(number).i32_const(literal);
        self.get(about);
        self.call(Import::Read);
        self.set(dst);
        for part in 1..self.module.fact_width(fact) {
            self.out.i32_const(i32::try_from(part).unwrap_or(i32::MAX));
            self.call(Import::Word);
            self.set(Reg(dst.0.saturating_add(u16::try_from(part).unwrap_or(u16::MAX))));
        }
    }

    fn get(&mut self, register: Reg) {
        self.out.local_get(self.base + u32::from(register.0));
    }

    fn set(&mut self, register: Reg) {
        self.out.local_set(self.base + u32::from(register.0));
    }

    fn call(&mut self, import: Import) {
        let place = self.imports.iter().position(|other| *other == import);
        self.out.call(super::index(place.unwrap_or_default()));
    }

    fn two(&mut self, a: Reg, b: Reg) {
        self.get(a);
        self.get(b);
    }

    /// Leaves the result of the operation on the stack.
    fn op(&mut self, op: Op) {
        match op {
            Op::Const(value) => {
                self.out.i64_const(value);
            }
            Op::Literal(handle) => {
                self.out.i64_const(i64::from(handle));
            }
            Op::Input(slot) if usize::from(slot) < self.arity => {
                self.out.local_get(u32::from(slot));
            }
            Op::Input(slot) => {
                self.out.i32_const(i32::from(slot));
                self.call(Import::Input);
            }
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

    fn compare(&mut self, comparison: Comparison) {
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

    fn select(&mut self, a: Reg, b: Reg, smaller: bool) {
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
    fn least(&mut self, a: Reg) {
        self.get(a);
        self.out.i64_const(i64::MIN).i64_eq();
        self.fault_if(Fault::Overflow);
    }

    fn abs(&mut self, a: Reg) {
        self.least(a);
        self.out.i64_const(0);
        self.get(a);
        self.out.i64_sub();
        self.get(a);
        self.get(a);
        self.out.i64_const(0).i64_lt_s().select();
    }

    fn to_fixed(&mut self, a: Reg) {
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

    fn unchecked(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
        self.two(a, b);
        match kind {
            Arithmetic::Add => self.out.i64_add(),
            Arithmetic::Sub => self.out.i64_sub(),
            Arithmetic::Mul => self.out.i64_mul(),
            Arithmetic::FixedMul => self.out.i64_mul().i64_const(MILLION).i64_div_s(),
            _ => self.out.unreachable(),
        };
    }

    fn arithmetic(&mut self, kind: Arithmetic, a: Reg, b: Reg) {
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
        self.two(a, b);
        self.call(import);
        self.out.end();
    }

    fn fixed_div(&mut self, a: Reg, b: Reg) {
        self.zero(b);
        self.get(a);
        self.outside(MILLION_MAX);
        self.out.if_(BlockType::Result(ValType::I64));
        self.two(a, b);
        self.call(Import::FixedDiv);
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
