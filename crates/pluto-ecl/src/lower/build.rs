//! The state of lowering one policy: the open block, registers, and what is in them already.
//!
//! A word once loaded stays known in its block and the blocks inside, and is forgotten at the end of
//! the block; so every read is assigned on all paths, and a fact faults where it is first used.

use std::collections::BTreeMap;
use std::mem::take;

use pluto_core::policy::Gas;

use super::value::{Source, Value, Word};
use super::{Lowered, Stop, codes};
use crate::code::{Input, Kind, List, Node, Op, Reg};
use crate::diagnostic::Span;
use crate::hir;
use crate::limits::{CODE_NESTING_MAX, INPUTS_MAX, NODES_MAX, REGISTERS_MAX};

/// Deepest recursion into the tree: chains such as `a + b + c` are as deep as they are long.
const TREE_DEPTH_MAX: usize = 1024;

pub(super) struct Builder<'a> {
    pub(super) bundle: &'a hir::Bundle,
    pub(super) policy: &'a hir::Policy,
    pub(super) locals: Vec<Option<Value>>,
    pub(super) inputs: Vec<Input>,
    pub(super) lists: Vec<List>,
    literals: &'a mut Vec<String>,
    registers: Vec<Kind>,
    block: Vec<Node>,
    /// The charge of the open stretch, by its place in the block.
    stretch: Option<usize>,
    /// Words that are in a register on this path.
    known: BTreeMap<Word, Reg>,
    /// The order in which they became known.
    learnt: Vec<Word>,
    nodes: usize,
    nesting: usize,
    depth: usize,
    /// The place that is being lowered, for messages.
    pub(super) span: Span,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        bundle: &'a hir::Bundle,
        policy: &'a hir::Policy,
        literals: &'a mut Vec<String>,
    ) -> Self {
        Self {
            bundle,
            policy,
            locals: vec![None; policy.locals.len()],
            inputs: Vec::new(),
            lists: Vec::new(),
            literals,
            registers: Vec::new(),
            block: Vec::new(),
            stretch: None,
            known: BTreeMap::new(),
            learnt: Vec::new(),
            nodes: 0,
            nesting: 0,
            depth: 0,
            span: policy.span,
        }
    }

    pub(super) fn finish(self) -> (Vec<Node>, Vec<Input>, Vec<List>, Vec<Kind>) {
        (self.block, self.inputs, self.lists, self.registers)
    }

    pub(super) const fn stop(&self, code: pluto_error::Code, what: &'static str) -> Stop {
        Stop { code, what, span: self.span }
    }

    /// The tree breaks a rule of [`crate::hir`].
    pub(super) const fn broken(&self, what: &'static str) -> Stop {
        self.stop(codes::NOT_LOWERED, what)
    }

    /// Runs `f` one level deeper in the tree.
    pub(super) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<T> {
        if self.depth >= TREE_DEPTH_MAX {
            return Err(self.stop(codes::TOO_DEEP, "the tree is too deep here"));
        }
        self.depth += 1;
        let done = f(self);
        self.depth -= 1;
        done
    }

    /// Pays for something that is evaluated in the open stretch.
    pub(super) fn charge(&mut self, gas: Gas) -> Lowered<()> {
        if gas == Gas::ZERO {
            return Ok(());
        }
        let open = self.stretch.and_then(|at| self.block.get_mut(at));
        if let Some(Node::Charge(sum)) = open {
            *sum = sum.plus(gas);
            return Ok(());
        }
        self.stretch = Some(self.block.len());
        self.push(Node::Charge(gas))
    }

    /// Adds a node. A node with blocks ends the stretch: what follows is not always reached.
    pub(super) fn push(&mut self, node: Node) -> Lowered<()> {
        if self.nodes >= NODES_MAX {
            return Err(self.stop(codes::TOO_MANY, "the policy has too many nodes"));
        }
        self.nodes += 1;
        if matches!(node, Node::If(..) | Node::Each { .. }) {
            self.stretch = None;
        }
        self.block.push(node);
        Ok(())
    }

    /// Lowers an inner block.
    pub(super) fn nested<T>(
        &mut self,
        f: impl FnOnce(&mut Self) -> Lowered<T>,
    ) -> Lowered<(Vec<Node>, T)> {
        if self.nesting >= CODE_NESTING_MAX {
            return Err(self.stop(codes::TOO_DEEP, "blocks are nested too deeply here"));
        }
        let (outer, stretch, learnt) =
            (take(&mut self.block), self.stretch.take(), self.learnt.len());
        self.nesting += 1;
        let result = f(self)?;
        self.nesting -= 1;
        while self.learnt.len() > learnt {
            if let Some(word) = self.learnt.pop() {
                self.known.remove(&word);
            }
        }
        self.stretch = stretch;
        Ok((std::mem::replace(&mut self.block, outer), result))
    }

    /// A new register.
    pub(super) fn register(&mut self, kind: Kind) -> Lowered<Reg> {
        let number = u16::try_from(self.registers.len()).ok();
        let Some(number) = number.filter(|number| usize::from(*number) < REGISTERS_MAX) else {
            return Err(self.stop(codes::TOO_MANY, "the policy needs too many registers"));
        };
        self.registers.push(kind);
        Ok(Reg(number))
    }

    /// New registers, one after the other; the first of them.
    pub(super) fn registers(&mut self, kinds: &[Kind]) -> Lowered<Vec<Reg>> {
        kinds.iter().map(|kind| self.register(*kind)).collect()
    }

    /// The result of an operation in a new register.
    pub(super) fn emit(&mut self, kind: Kind, op: Op) -> Lowered<Reg> {
        let dst = self.register(kind)?;
        self.push(Node::Let(dst, op))?;
        Ok(dst)
    }

    /// A register that holds the word.
    pub(super) fn load(&mut self, word: Word) -> Lowered<Reg> {
        if let Source::Reg(reg) = word.source {
            return Ok(reg);
        }
        if let Some(reg) = self.known.get(&word) {
            return Ok(*reg);
        }
        let op = self.op(word)?;
        let reg = self.emit(word.kind, op)?;
        self.known.insert(word, reg);
        self.learnt.push(word);
        Ok(reg)
    }

    /// Puts the word into that register.
    pub(super) fn load_into(&mut self, dst: Reg, word: Word) -> Lowered<()> {
        let op = match self.known.get(&word) {
            Some(reg) => Op::Copy(*reg),
            None => self.op(word)?,
        };
        self.push(Node::Let(dst, op))
    }

    fn op(&mut self, word: Word) -> Lowered<Op> {
        Ok(match word.source {
            Source::Reg(reg) => Op::Copy(reg),
            Source::Const(number) => Op::Const(number),
            Source::Literal(handle) => Op::Literal(handle),
            Source::Absent => Op::Absent,
            Source::Param(param, part) => Op::Input(self.input(Input::Param { param, part })?),
            Source::Subject => Op::Input(self.input(Input::Subject)?),
            Source::Now => Op::Input(self.input(Input::Now)?),
            Source::Input(slot) => Op::Input(slot),
            Source::Item(list, index, part) => Op::Item(list, index, part),
            Source::List(_) => return Err(self.broken("a list is used as a value")),
        })
    }

    /// The slot of an input, which is made if it is new.
    pub(super) fn input(&mut self, input: Input) -> Lowered<u16> {
        let place = self.inputs.iter().position(|other| *other == input);
        let place = place.unwrap_or(self.inputs.len());
        if place >= INPUTS_MAX {
            return Err(self.stop(codes::TOO_MANY, "the policy has too many inputs"));
        }
        if place == self.inputs.len() {
            self.inputs.push(input);
        }
        u16::try_from(place).map_err(|_| self.broken("inputs"))
    }

    /// The handle of a text or symbol.
    pub(super) fn literal(&mut self, text: &str) -> Lowered<u16> {
        let place = self.literals.iter().position(|other| other == text);
        let place = place.unwrap_or(self.literals.len());
        let handle = u16::try_from(place)
            .map_err(|_| self.stop(codes::TOO_MANY, "the source has too many literals"))?;
        if place == self.literals.len() {
            self.literals.push(text.to_owned());
        }
        Ok(handle)
    }
}
