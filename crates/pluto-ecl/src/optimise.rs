//! Makes portable code shorter without changing any answer.
//!
//! 1. Forward: copies are replaced by what they copy, what is known is computed, what cannot overflow
//!    is not checked, branches that are known are taken ([`fold`], [`range`]). A condition that was
//!    required narrows what is known behind it.
//! 2. Backward: what nobody reads and cannot fault is left out; registers and inputs that are not used
//!    any more lose their numbers ([`dead`]).
//!
//! Gas is not touched: what is charged is what the source costs. A fact stays where it was read first,
//! because there it may fault.

mod dead;
mod fold;
mod range;

use crate::code::{Kind, Module, Node, Op, Policy, Reg};
use crate::uses::{Use, uses};
use range::Range;

/// The same module with less code. Of a module that verifies, it makes one that passes
/// [`crate::verify::verify_optimised`].
#[must_use]
pub fn optimise(module: &Module) -> Module {
    let mut out = module.clone();
    for (policy, new) in module.policies.iter().zip(&mut out.policies) {
        let mut forward = Forward::new(module, policy);
        new.body = forward.block(&policy.body);
        dead::remove(module, new);
    }
    out
}

/// What is known of a register that is set once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// The register it is a copy of.
    same: Reg,
    range: Range,
    /// The question it answers: a comparison of a register with a constant.
    asks: Option<(crate::hir::Comparison, Reg, i64)>,
    /// Whether it is the opposite of another flag.
    denies: Option<Reg>,
}

struct Forward<'a> {
    module: &'a Module,
    policy: &'a Policy,
    uses: Vec<Use>,
    known: Vec<Known>,
    /// Ranges as they were before they were narrowed, to widen them again.
    narrowed: Vec<(Reg, Range)>,
    /// Ranges of inputs and of words of items.
    inputs: Vec<Range>,
    items: Vec<Vec<Range>>,
}

impl<'a> Forward<'a> {
    fn new(module: &'a Module, policy: &'a Policy) -> Self {
        let start = |(number, kind): (u16, &Kind)| Known {
            same: Reg(number),
            range: Range::of_kind(*kind),
            asks: None,
            denies: None,
        };
        Self {
            module,
            policy,
            uses: uses(module, policy),
            known: (0_u16..).zip(&policy.registers).map(start).collect(),
            narrowed: Vec::new(),
            inputs: range::inputs(module, policy),
            items: policy
                .lists
                .iter()
                .map(|list| range::words(&module.types, &list.item))
                .collect(),
        }
    }

    fn settled(&self, reg: Reg) -> bool {
        self.uses.get(usize::from(reg.0)).is_some_and(|found| found.set == 1)
    }

    fn kind(&self, reg: Reg) -> Kind {
        self.policy.registers.get(usize::from(reg.0)).copied().unwrap_or(Kind::Number)
    }

    /// The register it is a copy of, or itself.
    fn same(&self, reg: Reg) -> Reg {
        self.known.get(usize::from(reg.0)).map_or(reg, |known| known.same)
    }

    fn range(&self, reg: Reg) -> Range {
        let known = self.known.get(usize::from(reg.0));
        known.map_or(Range::ALL, |known| known.range)
    }

    fn learn(&mut self, reg: Reg, known: Known) {
        if self.settled(reg)
            && let Some(slot) = self.known.get_mut(usize::from(reg.0))
        {
            *slot = known;
        }
    }

    fn block(&mut self, nodes: &[Node]) -> Vec<Node> {
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.node(node, &mut out);
            if ends(&out) {
                break;
            }
        }
        out
    }

    fn node(&mut self, node: &Node, out: &mut Vec<Node>) {
        match node {
            Node::Let(dst, op) => {
                let op = self.operation(*dst, *op);
                out.push(Node::Let(*dst, op));
            }
            Node::Read { dst, fact, about } => {
                for (reg, range) in (dst.0..).zip(range::fact(self.module, *fact)) {
                    let known = Known { same: Reg(reg), range, asks: None, denies: None };
                    self.learn(Reg(reg), known);
                }
                out.push(Node::Read { dst: *dst, fact: *fact, about: self.same(*about) });
            }
            Node::If(condition, then, otherwise) => self.branch(*condition, then, otherwise, out),
            Node::Each { list, index, body } => {
                let max = self.policy.lists.get(usize::from(*list)).map_or(0, |list| list.max);
                let range = Range::new(0, i64::from(max.max(1)) - 1);
                let known = Known { same: *index, range, asks: None, denies: None };
                self.learn(*index, known);
                let mark = self.narrowed.len();
                let body = self.block(body);
                self.widen(mark);
                out.push(Node::Each { list: *list, index: *index, body });
            }
            Node::Mark(rule, holds) => out.push(Node::Mark(*rule, self.same(*holds))),
            Node::Effect(site, fields) => {
                let fields = fields.iter().map(|reg| self.same(*reg)).collect();
                out.push(Node::Effect(*site, fields));
            }
            Node::Charge(_) | Node::Decide(..) => out.push(node.clone()),
        }
    }

    fn branch(&mut self, condition: Reg, then: &[Node], otherwise: &[Node], out: &mut Vec<Node>) {
        let condition = self.same(condition);
        if let Some(value) = self.range(condition).constant() {
            let taken = if value == 0 { otherwise } else { then };
            // Charges of the block stay where they are: the block becomes part of this one.
            out.extend(self.block(taken));
            return;
        }
        let mark = self.narrowed.len();
        self.assume(condition, true);
        let then = self.block(then);
        self.widen(mark);
        self.assume(condition, false);
        let otherwise = self.block(otherwise);
        self.widen(mark);
        // Behind a branch that ends the policy, its condition is known.
        match (ends(&then), ends(&otherwise)) {
            (true, false) => self.assume(condition, false),
            (false, true) => self.assume(condition, true),
            _ => {}
        }
        out.extend(fold::joined(condition, then, otherwise, |reg| self.kind(reg)));
    }

    /// Narrows what is known by the answer to a condition.
    fn assume(&mut self, condition: Reg, holds: bool) {
        let found = self.known.get(usize::from(condition.0)).copied();
        let Some(known) = found.filter(|_| self.settled(condition)) else { return };
        self.narrow(condition, Range::new(i64::from(holds), i64::from(holds)));
        if let Some((op, reg, value)) = known.asks {
            let op = if holds { op } else { crate::code::opposite(op) };
            self.narrow(reg, self.range(reg).where_it(op, value));
        }
        if let Some(other) = known.denies {
            self.assume(other, !holds);
        }
    }

    fn narrow(&mut self, reg: Reg, range: Range) {
        if !self.settled(reg) {
            return;
        }
        if let Some(known) = self.known.get_mut(usize::from(reg.0)) {
            self.narrowed.push((reg, known.range));
            known.range = known.range.both(range);
        }
    }

    fn widen(&mut self, mark: usize) {
        while self.narrowed.len() > mark {
            let Some((reg, range)) = self.narrowed.pop() else { return };
            if let Some(known) = self.known.get_mut(usize::from(reg.0)) {
                known.range = range;
            }
        }
    }
}

/// Whether every way through the block ends the policy.
fn ends(nodes: &[Node]) -> bool {
    match nodes.last() {
        Some(Node::Decide(..)) => true,
        Some(Node::If(_, then, otherwise)) => ends(then) && ends(otherwise),
        _ => false,
    }
}

/// Whether the operation may fault, so that it must stay where it is.
fn may_fault(policy: &Policy, op: &Op) -> bool {
    match op {
        Op::Input(slot) => {
            matches!(policy.inputs.get(usize::from(*slot)), Some(crate::code::Input::Fact { .. }))
        }
        Op::Arithmetic(..) | Op::Negate(_) | Op::Abs(_) | Op::ToFixed(_) | Op::Sqrt(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
