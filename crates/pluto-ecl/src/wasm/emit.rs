//! The body of one policy function.
//!
//! Every register is a local; the compiler behind WASM turns locals into values, so nothing clever
//! is done here. After the registers come two words of gas, the mask and one scratch word.

mod arithmetic;

use pluto_core::policy::{Fault, Gas, MASK_BITS};
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

use arithmetic::MILLION;

use super::import::Import;
use crate::answer;
use crate::code::{Ending, Fact, Module, Node, Op, Policy, Reg};

/// Emits the function of a policy.
pub(super) fn function(
    module: &Module,
    policy: &Policy,
    imports: &[Import],
    arity: usize,
) -> Function {
    let registers = policy.registers.len();
    let mut function = Function::new([(super::index(registers + 4), ValType::I64)]);
    let mut emitter =
        Emitter::new(function.instructions(), module, policy, imports, Shape::Single { arity });
    emitter.nodes(&policy.body);
    emitter.out.unreachable().end();
    function
}

/// Emits the function that answers for the records of a batch, one after the other.
pub(super) fn batch(module: &Module, policy: &Policy, imports: &[Import]) -> Function {
    let registers = policy.registers.len();
    let mut function = Function::new([(super::index(registers + 5), ValType::I64)]);
    let inputs = policy.inputs.len();
    let mut emitter =
        Emitter::new(function.instructions(), module, policy, imports, Shape::Batch { inputs });
    let [first, second] = emitter.gas;
    let mask = emitter.mask;
    emitter.out.loop_(BlockType::Empty);
    emitter.out.local_get(AT).local_get(END).i32_ge_u().if_(BlockType::Empty).return_().end();
    for local in [first, second, mask] {
        emitter.out.i64_const(0).local_set(local);
    }
    emitter.out.block(BlockType::Empty);
    emitter.nodes(&policy.body);
    emitter.out.unreachable().end();
    emitter.out.local_get(AT).i32_const(WORD_BYTES).i32_add().local_set(AT);
    emitter.out.br(0).end().end();
    function
}

/// Parameters of a batch function: the byte at which the next record stands in each column, and the
/// byte at which the batch ends.
const AT: u32 = 0;
const END: u32 = 1;
const WORD_BYTES: i32 = 8;

/// Where inputs come from and where answers go.
#[derive(Clone, Copy)]
enum Shape {
    /// Parameters, and results.
    Single { arity: usize },
    /// Columns of a memory; the answer and its gas stand in the columns after the inputs.
    Batch { inputs: usize },
}

/// Column `number` of the batch memory.
fn column(number: usize) -> MemArg {
    let offset = (number * super::BATCH_MAX).saturating_mul(8) as u64;
    MemArg { offset, align: 3, memory_index: 0 }
}

struct Emitter<'a, 'f> {
    out: InstructionSink<'f>,
    module: &'a Module,
    imports: &'a [Import],
    shape: Shape,
    /// Blocks around the place that is emitted.
    depth: u32,
    base: u32,
    gas: [u32; 2],
    mask: u32,
    scratch: u32,
}

impl<'a, 'f> Emitter<'a, 'f> {
    fn new(
        out: InstructionSink<'f>,
        module: &'a Module,
        policy: &Policy,
        imports: &'a [Import],
        shape: Shape,
    ) -> Self {
        let registers = policy.registers.len();
        let params = match shape {
            Shape::Single { arity } => arity,
            Shape::Batch { .. } => 2,
        };
        let local = |offset: usize| super::index(params + offset);
        Self {
            out,
            module,
            imports,
            shape,
            depth: 0,
            base: local(0),
            gas: [local(registers), local(registers + 1)],
            mask: local(registers + 2),
            scratch: local(registers + 3),
        }
    }

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
                self.depth += 1;
                self.nodes(then);
                if !otherwise.is_empty() {
                    self.out.else_();
                    self.nodes(otherwise);
                }
                self.depth -= 1;
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
        self.depth += 2;
        self.nodes(body);
        self.depth -= 2;
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
        let [first, second] = self.gas;
        match self.shape {
            Shape::Single { .. } => {
                self.out.local_get(self.mask).i64_const(answer::ending(ending, rule)).i64_or();
                self.out.local_get(first).local_get(second).return_();
            }
            Shape::Batch { inputs } => {
                self.out.local_get(AT);
                self.out.local_get(self.mask).i64_const(answer::ending(ending, rule)).i64_or();
                self.out.i64_store(column(inputs));
                self.out.local_get(AT).local_get(first).i64_store(column(inputs + 1));
                self.out.local_get(AT).local_get(second).i64_store(column(inputs + 2));
                self.out.br(self.depth);
            }
        }
    }

    /// Ends with a fault if the flag on the stack is set.
    fn fault_if(&mut self, fault: Fault) {
        self.out.if_(BlockType::Empty);
        let word = answer::fault(fault);
        match self.shape {
            Shape::Single { .. } => {
                self.out.i64_const(word).i64_const(0).i64_const(0).return_();
            }
            Shape::Batch { inputs } => {
                self.out.local_get(AT).i64_const(word).i64_store(column(inputs));
                self.out.br(self.depth + 1);
            }
        }
        self.out.end();
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
            Shape::Batch { .. } => {
                self.out.local_get(AT).i64_load(column(usize::from(slot)));
            }
        }
    }
}
