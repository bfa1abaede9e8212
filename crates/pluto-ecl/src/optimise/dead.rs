//! Leaves out what nobody reads, and gives what is left dense numbers.

use super::may_fault;
use crate::code::{Input, Module, Node, Op, Policy, Reg};
use crate::uses::{Use, each_operand, fact_width, uses};

pub(super) fn remove(module: &Module, policy: &mut Policy) {
    let mut found = uses(module, policy);
    let body = std::mem::take(&mut policy.body);
    policy.body = sweep(policy, body, &mut found);
    inputs(policy);
    registers(module, policy);
}

fn unread(uses: &mut [Use], reg: Reg) {
    if let Some(found) = uses.get_mut(usize::from(reg.0)) {
        found.read = found.read.saturating_sub(1);
    }
}

/// From the end to the front: what is left out reads nothing any more.
fn sweep(policy: &Policy, nodes: Vec<Node>, uses: &mut [Use]) -> Vec<Node> {
    let mut kept = Vec::with_capacity(nodes.len());
    for node in nodes.into_iter().rev() {
        match node {
            Node::Let(dst, op) => {
                let read = uses.get(usize::from(dst.0)).is_none_or(|found| found.read > 0);
                if read || may_fault(policy, &op) {
                    kept.push(Node::Let(dst, op));
                } else {
                    each_operand(&op, |reg| unread(uses, reg));
                }
            }
            Node::If(condition, then, otherwise) => {
                let otherwise = sweep(policy, otherwise, uses);
                let then = sweep(policy, then, uses);
                if then.is_empty() && otherwise.is_empty() {
                    unread(uses, condition);
                } else {
                    kept.push(Node::If(condition, then, otherwise));
                }
            }
            Node::Each { list, index, body } => {
                let body = sweep(policy, body, uses);
                kept.push(Node::Each { list, index, body });
            }
            other => kept.push(other),
        }
    }
    kept.reverse();
    kept
}

/// Visits every register and input of the code, to look at or to change them.
fn visit(
    nodes: &mut [Node],
    registers: &mut dyn FnMut(&mut Reg, usize),
    inputs: &mut dyn FnMut(&mut u16),
    width: &dyn Fn(crate::code::Fact) -> usize,
) {
    for node in nodes {
        match node {
            Node::Charge(_) | Node::Decide(..) => {}
            Node::Let(dst, op) => {
                registers(dst, 1);
                if let Op::Input(slot) = op {
                    inputs(slot);
                }
                operands(op, registers);
            }
            Node::Read { dst, fact, about } => {
                registers(dst, width(*fact));
                registers(about, 1);
            }
            Node::If(condition, then, otherwise) => {
                registers(condition, 1);
                visit(then, registers, inputs, width);
                visit(otherwise, registers, inputs, width);
            }
            Node::Each { index, body, .. } => {
                registers(index, 1);
                visit(body, registers, inputs, width);
            }
            Node::Mark(_, holds) => registers(holds, 1),
            Node::Effect(_, fields) => fields.iter_mut().for_each(|reg| registers(reg, 1)),
        }
    }
}

fn operands(op: &mut Op, f: &mut dyn FnMut(&mut Reg, usize)) {
    match op {
        Op::Const(_) | Op::Literal(_) | Op::Input(_) | Op::Absent | Op::ListLength(_) => {}
        Op::Norm(first) => f(first, 6),
        Op::Copy(a)
        | Op::Not(a)
        | Op::Negate(a)
        | Op::Abs(a)
        | Op::CompareConst(_, a, _)
        | Op::ToFixed(a)
        | Op::ToInt(a)
        | Op::Sqrt(a)
        | Op::TextLength(a)
        | Op::Item(_, a, _) => f(a, 1),
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
            f(a, 1);
            f(b, 1);
        }
        Op::Select(c, a, b) => {
            f(c, 1);
            f(a, 1);
            f(b, 1);
        }
    }
}

/// New numbers without gaps for what is used, in the same order.
fn dense(used: &[bool]) -> Vec<u16> {
    let mut next = 0;
    let number = |used: &bool| {
        let own = next;
        next += u16::from(*used);
        own
    };
    used.iter().map(number).collect()
}

fn kept<T>(all: Vec<T>, used: &[bool]) -> Vec<T> {
    all.into_iter().zip(used).filter(|(_, used)| **used).map(|(item, _)| item).collect()
}

fn renumber(number: &mut u16, numbers: &[u16]) {
    if let Some(new) = numbers.get(usize::from(*number)) {
        *number = *new;
    }
}

fn inputs(policy: &mut Policy) {
    let mut used = vec![false; policy.inputs.len()];
    let mut mark = |slot: u16| {
        if let Some(slot) = used.get_mut(usize::from(slot)) {
            *slot = true;
        }
    };
    visit(&mut policy.body, &mut |_, _| {}, &mut |slot| mark(*slot), &|_| 0);
    for (slot, input) in (0_u16..).zip(&policy.inputs) {
        if let Input::Fact { about, .. } = input
            && used.get(usize::from(slot)) == Some(&true)
            && let Some(about) = used.get_mut(usize::from(*about))
        {
            *about = true;
        }
    }
    let numbers = dense(&used);
    policy.inputs = kept(std::mem::take(&mut policy.inputs), &used);
    for input in &mut policy.inputs {
        if let Input::Fact { about, .. } = input {
            renumber(about, &numbers);
        }
    }
    visit(&mut policy.body, &mut |_, _| {}, &mut |slot| renumber(slot, &numbers), &|_| 0);
}

/// Registers that are written or read side by side stay so: all of them are used.
fn registers(module: &Module, policy: &mut Policy) {
    let width = |fact| fact_width(module, fact);
    let mut used = vec![false; policy.registers.len()];
    let mut mark = |reg: &mut Reg, width: usize| {
        let from = usize::from(reg.0);
        used.iter_mut().skip(from).take(width).for_each(|used| *used = true);
    };
    visit(&mut policy.body, &mut mark, &mut |_| {}, &width);
    let numbers = dense(&used);
    policy.registers = kept(std::mem::take(&mut policy.registers), &used);
    visit(&mut policy.body, &mut |reg, _| renumber(&mut reg.0, &numbers), &mut |_| {}, &width);
}
