//! Branches, marks and exits, and what is due when ways meet.

use pluto_core::policy::Gas;

use super::blocks::{Behind, Flattener, Place, number};
use super::{Due, Exit};
use crate::code::{Ending, Node, Reg};
use crate::interpreter::instruction::Instruction;

impl<'a> Flattener<'a> {
    fn known(&self, condition: Reg) -> Option<bool> {
        if let Some(Place::Const(value)) = self.place(condition) {
            return Some(value != 0);
        }
        let found = self.truths.iter().rev().find(|(reg, _)| *reg == condition);
        found.map(|(_, truth)| *truth)
    }

    pub(super) fn mark(&mut self, holds: Reg, mut bits: u64) -> Option<()> {
        match self.known(holds) {
            Some(true) => self.due.mask |= bits,
            Some(false) => {}
            None => {
                let a = self.operand(holds, 0)?;
                while bits != 0 {
                    let bit = u8::try_from(bits.trailing_zeros()).ok()?;
                    self.code.push(Instruction::Mark { a, bit });
                    bits &= bits - 1;
                }
            }
        }
        Some(())
    }

    pub(super) fn exit(&mut self, ending: Ending, rule: u16) -> Option<()> {
        let at = number(&mut self.tables.exits, Exit { ending, rule, due: self.due })?;
        self.code.push(Instruction::Exit { at });
        Some(())
    }

    /// Takes one of two ways, where the first sets `bit` in the mask. Whether the end is reached.
    pub(super) fn branch(
        &mut self,
        condition: Reg,
        bit: u64,
        then: &'a [Node],
        otherwise: &'a [Node],
    ) -> Option<bool> {
        if let Some(truth) = self.known(condition) {
            self.due.mask |= if truth { bit } else { 0 };
            return self.block(if truth { then } else { otherwise });
        }
        let test = self.test(condition)?;
        let before = self.due;
        let marked = Due { mask: before.mask | bit, ..before };
        if ends(otherwise) {
            let from = self.jump_unless(test, true)?;
            self.put_behind(from, otherwise, before, (condition, false));
            self.due = marked;
            // What follows is reached on this way only.
            self.learn((condition, true));
            return self.block(then);
        }
        if ends(then) {
            let from = self.jump_unless(test, false)?;
            self.put_behind(from, then, marked, (condition, true));
            self.learn((condition, false));
            return self.block(otherwise);
        }
        let from = self.jump_unless(test, true)?;
        self.due = marked;
        let first_open = self.inside(then, (condition, true))?;
        if !first_open {
            self.due = before;
            self.land(from)?;
            return self.inside(otherwise, (condition, false));
        }
        let first = self.due;
        if otherwise.is_empty() {
            self.add(before, first)?;
            self.land(from)?;
            self.due = before;
            return Some(true);
        }
        self.add(before, first)?;
        let over = self.code.len();
        self.code.push(Instruction::Jump { to: 0 });
        self.due = before;
        self.land(from)?;
        if self.inside(otherwise, (condition, false))? {
            let second = self.due;
            self.add(before, second)?;
        }
        self.land(over)?;
        self.due = before;
        Some(true)
    }

    fn inside(&mut self, nodes: &'a [Node], truth: (Reg, bool)) -> Option<bool> {
        let outer = self.truths.len();
        self.learn(truth);
        let open = self.block(nodes)?;
        self.truths.truncate(outer);
        Some(open)
    }

    fn learn(&mut self, (reg, truth): (Reg, bool)) {
        if self.settled(reg) {
            self.truths.push((reg, truth));
        }
    }

    fn put_behind(&mut self, from: usize, nodes: &'a [Node], due: Due, truth: (Reg, bool)) {
        let outer = self.truths.len();
        self.learn(truth);
        let truths = self.truths.clone();
        self.truths.truncate(outer);
        self.behind.push(Behind { from, nodes, due, truths });
    }

    /// Adds by an instruction what became due since `before`.
    pub(super) fn add(&mut self, before: Due, now: Due) -> Option<()> {
        let gas = Gas {
            network: now.gas.network.checked_sub(before.gas.network)?,
            compute: now.gas.compute.checked_sub(before.gas.compute)?,
            storage: now.gas.storage.checked_sub(before.gas.storage)?,
            realm: now.gas.realm.checked_sub(before.gas.realm)?,
        };
        let due = Due { gas, mask: now.mask & !before.mask };
        if due == Due::default() {
            return Some(());
        }
        let compute_only = due == Due { gas: Gas::compute(gas.compute), mask: 0 };
        let pay = i32::try_from(gas.compute).ok().filter(|_| compute_only);
        self.code.push(match pay {
            Some(units) => Instruction::Pay { units },
            None => Instruction::Due { at: number(&mut self.tables.dues, due)? },
        });
        Some(())
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
