//! The body of one policy function.
//!
//! Every register is a local; the compiler behind WASM turns locals into values, so nothing clever
//! is done with them. After the registers come two words of gas, the mask and one scratch word; see
//! [`super::due`] for when they are used.

mod arithmetic;
mod operations;

use pluto_core::policy::Fault;
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

use super::due::{Branch, Due, MASK, Ways, bit_of};
use super::import::Import;
use super::{BATCH_MAX, Exit, UNDECIDED};
use crate::answer;
use crate::code::{Ending, Fact, Module, Node, Policy, Reg};

/// Emits the function of a policy.
pub(super) fn function(
    module: &Module,
    policy: &Policy,
    imports: &[Import],
    arity: usize,
) -> Function {
    let registers = policy.registers.len();
    let mut function = Function::new([(super::index(registers + LOCALS), ValType::I64)]);
    let mut emitter =
        Emitter::new(function.instructions(), module, policy, imports, Shape::Single { arity });
    emitter.nodes(&policy.body);
    emitter.out.unreachable().end();
    function
}

/// Emits the function that answers for the records of a batch, one after the other; its exits, and
/// which parts of an answer are added to while running.
pub(super) fn batch(module: &Module, policy: &Policy) -> (Function, Vec<Exit>, [bool; 3]) {
    let registers = policy.registers.len();
    let locals = [(super::index(registers + LOCALS), ValType::I64), (2, ValType::I32)];
    let mut function = Function::new(locals);
    let (inputs, at) = (policy.inputs.len(), super::index(2 + registers + LOCALS));
    let left_by = at + 1;
    let mut emitter =
        Emitter::new(function.instructions(), module, policy, &[], Shape::Batch { at });
    let adds = emitter.adds;
    emitter.out.local_get(RECORD).local_get(END).i32_ge_u().if_(BlockType::Empty).return_().end();
    emitter.out.loop_(BlockType::Empty);
    emitter.out.local_get(RECORD).i32_const(WORD_SHIFT).i32_shl().local_set(at);
    for (local, _) in emitter.parts.into_iter().zip(adds).filter(|(_, adds)| *adds) {
        emitter.out.i64_const(0).local_set(local);
    }
    emitter.out.block(BlockType::Result(ValType::I32));
    emitter.nodes(&policy.body);
    emitter.out.unreachable().end().local_set(left_by);
    let exits = MemArg { align: 0, ..column(inputs) };
    emitter.out.local_get(RECORD).local_get(left_by).i32_store8(exits);
    for (place, (local, adds)) in (inputs + 1..).zip(emitter.parts.into_iter().zip(adds)) {
        if adds {
            emitter.out.local_get(at).local_get(local).i64_store(column(place));
        }
    }
    emitter.out.local_get(RECORD).i32_const(1).i32_add().local_tee(RECORD);
    emitter.out.local_get(END).i32_lt_u().br_if(0).end().end();
    let exits = emitter.exits;
    (function, exits, adds)
}

/// Locals besides registers and parameters.
const LOCALS: usize = 4;
/// Parameters of a batch function: the next record, and the one behind the last.
const RECORD: u32 = 0;
const END: u32 = 1;
/// A word has eight bytes.
const WORD_SHIFT: i32 = 3;

/// Where inputs come from and where answers go.
#[derive(Clone, Copy)]
enum Shape {
    /// Parameters, and results.
    Single { arity: usize },
    /// Columns of a memory, and the local that says where the record stands in each. The body leaves
    /// the number of the exit.
    Batch { at: u32 },
}

/// Column `number` of the batch memory.
fn column(number: usize) -> MemArg {
    let offset = (number * BATCH_MAX).saturating_mul(8) as u64;
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
    /// Locals of gas and mask, and which of them are used.
    parts: [u32; 3],
    adds: [bool; 3],
    scratch: u32,
    /// What is due here and not in a local.
    due: Due,
    exits: Vec<Exit>,
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
        let mut ways = Ways::default();
        ways.after(&policy.body, Due::default());
        Self {
            out,
            module,
            imports,
            shape,
            depth: 0,
            base: local(0),
            parts: [local(registers), local(registers + 1), local(registers + 2)],
            adds: ways.adds,
            scratch: local(registers + 3),
            due: Due::default(),
            exits: Vec::new(),
        }
    }

    /// Whether the end of the nodes is reached.
    fn nodes(&mut self, nodes: &[Node]) -> bool {
        let mut rest = nodes;
        while let Some((node, tail)) = rest.split_first() {
            if let Some(branch) = Branch::at(rest) {
                if !self.branch(branch) {
                    return false;
                }
                rest = branch.rest;
                continue;
            }
            rest = tail;
            match node {
                Node::Charge(gas) => self.due.charge(*gas),
                Node::Let(dst, op) => {
                    self.op(*op);
                    self.set(*dst);
                }
                Node::Read { dst, fact, about } => self.read(*dst, *fact, *about),
                Node::If(..) => {}
                Node::Each { list, index, body } => self.each(*list, *index, body),
                Node::Mark(rule, condition) => self.mark(bit_of(*rule), *condition),
                Node::Decide(ending, rule) => {
                    self.decide(*ending, *rule);
                    return false;
                }
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
        true
    }

    fn branch(&mut self, branch: Branch<'_>) -> bool {
        let before = self.due;
        let behind = Ways::default().behind(branch, before);
        self.get(branch.condition);
        self.out.i32_wrap_i64().if_(BlockType::Empty);
        self.depth += 1;
        self.due = before.marked(branch.bits);
        self.way(branch.then, behind);
        self.due = before;
        // What goes on is what was due before wherever the ways differ, so no way at all adds nothing.
        if !branch.otherwise.is_empty() {
            self.out.else_();
            self.way(branch.otherwise, behind);
        }
        self.depth -= 1;
        self.out.end();
        self.due = behind.unwrap_or_default();
        behind.is_some()
    }

    /// One side of a branch; where it goes on it leaves due what is due behind the branch.
    fn way(&mut self, nodes: &[Node], behind: Option<Due>) {
        if self.nodes(nodes)
            && let Some(behind) = behind
        {
            self.add(behind);
        }
    }

    /// Adds to the locals what is due here and not in `left`.
    fn add(&mut self, left: Due) {
        let parts = self.parts.into_iter().zip(self.due.0.into_iter().zip(left.0));
        for (part, (local, (here, left))) in parts.enumerate() {
            if here == left {
                continue;
            }
            self.out.local_get(local);
            if part == MASK {
                self.out.i64_const(here).i64_or();
            } else {
                self.out.i64_const(here.wrapping_sub(left)).i64_add();
            }
            self.out.local_set(local);
        }
        self.due = left;
    }

    fn each(&mut self, list: u16, index: Reg, body: &[Node]) {
        self.add(Due::default());
        self.out.i64_const(0);
        self.set(index);
        self.out.block(BlockType::Empty).loop_(BlockType::Empty);
        self.get(index);
        self.out.i32_const(i32::from(list));
        self.call(Import::ListLength);
        self.out.i64_ge_s().br_if(1);
        self.depth += 2;
        if self.nodes(body) {
            self.add(Due::default());
        }
        self.due = Due::default();
        self.depth -= 2;
        self.get(index);
        self.out.i64_const(1).i64_add();
        self.set(index);
        self.out.br(0).end().end();
    }

    fn mark(&mut self, bit: i64, condition: Reg) {
        let [.., mask] = self.parts;
        if bit == 0 {
            return;
        }
        self.out.local_get(mask);
        self.get(condition);
        self.out.i64_const(i64::from(bit.trailing_zeros())).i64_shl().i64_or();
        self.out.local_set(mask);
    }

    fn decide(&mut self, ending: Ending, rule: u16) {
        let [first, second, mask] = self.due.0;
        let word = mask | answer::ending(ending, rule);
        match self.shape {
            Shape::Single { .. } => {
                self.part(MASK, word);
                self.part(0, first);
                self.part(1, second);
                self.out.return_();
            }
            Shape::Batch { .. } => {
                let number = u8::try_from(self.exits.len()).unwrap_or(UNDECIDED);
                self.exits.push(Exit { word, gas: [first, second] });
                self.out.i32_const(i32::from(number)).br(self.depth);
            }
        }
    }

    /// A part of the answer: what is due here, and what was added on the way.
    fn part(&mut self, part: usize, due: i64) {
        let adds = self.parts.into_iter().zip(self.adds).nth(part).filter(|(_, adds)| *adds);
        self.out.i64_const(due);
        if let Some((local, _)) = adds {
            self.out.local_get(local);
            if part == MASK {
                self.out.i64_or();
            } else {
                self.out.i64_add();
            }
        }
    }

    /// Ends with a fault if the flag on the stack is set.
    fn fault_if(&mut self, fault: Fault) {
        self.out.if_(BlockType::Empty);
        match self.shape {
            Shape::Single { .. } => {
                self.out.i64_const(answer::fault(fault)).i64_const(0).i64_const(0).return_();
            }
            Shape::Batch { .. } => self.give_up(),
        }
        self.out.end();
    }

    /// Leaves a record of a batch, from within one block more, to be decided alone.
    fn give_up(&mut self) {
        if let Shape::Batch { .. } = self.shape {
            self.out.i32_const(i32::from(UNDECIDED)).br(self.depth + 1);
        }
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
}
