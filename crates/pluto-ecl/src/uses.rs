//! Counts how registers of portable code are set and read: what is set once keeps its value.

use crate::code::{Fact, Module, Node, Op, Policy, Reg};

/// What is known of each register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Use {
    /// Nodes that set it.
    pub(crate) set: u32,
    /// Reads by anything.
    pub(crate) read: u32,
    /// Reads by `If` as its condition.
    pub(crate) decides: u32,
    /// Reads by `Mark`.
    pub(crate) marks: u32,
}

/// Uses of every register of the policy.
pub(crate) fn uses(module: &Module, policy: &Policy) -> Vec<Use> {
    let mut uses = vec![Use::default(); policy.registers.len()];
    count(module, &policy.body, &mut uses);
    uses
}

fn at(uses: &mut [Use], reg: Reg, f: impl FnOnce(&mut Use)) {
    if let Some(found) = uses.get_mut(usize::from(reg.0)) {
        f(found);
    }
}

fn count(module: &Module, nodes: &[Node], uses: &mut [Use]) {
    for node in nodes {
        match node {
            Node::Charge(_) | Node::Decide(..) => {}
            Node::Let(dst, op) => {
                at(uses, *dst, |found| found.set += 1);
                each_operand(op, |reg| at(uses, reg, |found| found.read += 1));
            }
            Node::Read { dst, fact, about } => {
                at(uses, *about, |found| found.read += 1);
                for reg in (dst.0..).take(fact_width(module, *fact)) {
                    at(uses, Reg(reg), |found| found.set += 1);
                }
            }
            Node::If(condition, then, otherwise) => {
                at(uses, *condition, |found| {
                    found.read += 1;
                    found.decides += 1;
                });
                count(module, then, uses);
                count(module, otherwise, uses);
            }
            Node::Each { index, body, .. } => {
                at(uses, *index, |found| found.set += 1);
                count(module, body, uses);
            }
            Node::Mark(_, holds) => at(uses, *holds, |found| {
                found.read += 1;
                found.marks += 1;
            }),
            Node::Effect(_, fields) => {
                fields.iter().for_each(|reg| at(uses, *reg, |found| found.read += 1));
            }
        }
    }
}

/// Registers a fact fills.
pub(crate) fn fact_width(module: &Module, fact: Fact) -> usize {
    let Fact::Record(store) = fact else { return crate::layout::fact_kinds(fact).len() };
    let schema = module.stores.get(usize::from(store)).map(|store| store.schema);
    let record = schema.and_then(|schema| module.types.record(schema));
    let fields = record.map_or(&[][..], |record| &record.fields);
    1 + fields.iter().map(|(_, field)| module.types.width(field)).sum::<usize>()
}

/// Every register an operation reads.
pub(crate) fn each_operand(op: &Op, mut f: impl FnMut(Reg)) {
    match *op {
        Op::Const(_) | Op::Literal(_) | Op::Input(_) | Op::Absent | Op::ListLength(_) => {}
        Op::Copy(a)
        | Op::Not(a)
        | Op::Negate(a)
        | Op::Abs(a)
        | Op::CompareConst(_, a, _)
        | Op::ToFixed(a)
        | Op::ToInt(a)
        | Op::Sqrt(a)
        | Op::TextLength(a)
        | Op::Item(_, a, _) => f(a),
        Op::Compare(_, a, b)
        | Op::And(a, b)
        | Op::Or(a, b)
        | Op::Arithmetic(_, a, b)
        | Op::Unchecked(_, a, b)
        | Op::Min(a, b)
        | Op::Max(a, b)
        | Op::Bit(a, b)
        | Op::Combine(a, b)
        | Op::TextTest(_, a, b) => {
            f(a);
            f(b);
        }
        Op::Select(c, a, b) => {
            f(c);
            f(a);
            f(b);
        }
        Op::Norm(first) => (first.0..=first.0.saturating_add(5)).for_each(|reg| f(Reg(reg))),
    }
}
