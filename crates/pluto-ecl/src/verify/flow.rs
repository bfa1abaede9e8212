//! Walks the code once: what is set where, and that every path ends in one decision.
//!
//! The cost of questions about texts is found on the way, because it depends on how long the texts in
//! the registers can be. At a join a register is set if both ways set it. A block of `Each` may run for no item, so nothing
//! it sets is set behind it.

use super::operation::{Facts, Held};
use super::table::{at_most, check_fact, input_slot};
use super::{Refusal, Verified};
use crate::code::{Ending, Fact, Kind, Module, Node, Op, Policy, Reg, TextTest};
use crate::gas::TEXT_BYTES_PER_UNIT;
use crate::hir::RuleKind;
use crate::layout::{Slot, fact_kinds, slots};
use crate::limits::{CODE_NESTING_MAX, NODES_MAX, WORK_PER_GAS};
use pluto_core::policy::MASK_BITS;

/// The work of the questions about texts, in the order of the code.
pub(super) fn policy(module: &Module, policy: &Policy) -> Verified<Vec<i64>> {
    let held = |input| input_slot(module, policy, input).map(|(kind, text)| Held { kind, text });
    let inputs = policy.inputs.iter().map(held).collect::<Verified<Vec<_>>>()?;
    let items = policy.lists.iter().map(|list| slots(&module.types, &list.item)).collect();
    let mut walk = Walk {
        module,
        policy,
        facts: Facts { literals: &module.literals, inputs, items },
        set: vec![None; policy.registers.len()],
        order: Vec::new(),
        loops: Vec::new(),
        tests: Vec::new(),
        nodes: 0,
    };
    match walk.block(&policy.body, 0)? {
        true => Err(Refusal::Place("the end is reached without a decision")),
        false => Ok(walk.tests),
    }
}

struct Walk<'a> {
    module: &'a Module,
    policy: &'a Policy,
    facts: Facts<'a>,
    /// What is in each register, if it is set on this path.
    set: Vec<Option<Held>>,
    /// Registers in the order in which they were set, to take that back.
    order: Vec<(Reg, Option<Held>)>,
    /// Open loops: the list, its index register, and the length of `order` at the start.
    loops: Vec<(u16, Reg, usize)>,
    tests: Vec<i64>,
    nodes: usize,
}

impl Walk<'_> {
    /// Whether the end of the block is reached.
    fn block(&mut self, nodes: &[Node], depth: usize) -> Verified<bool> {
        at_most(depth, CODE_NESTING_MAX, "nesting")?;
        let mut open = true;
        for node in nodes {
            if !open {
                return Err(Refusal::Place("code after a decision"));
            }
            self.nodes += 1;
            at_most(self.nodes, NODES_MAX, "nodes")?;
            open = self.node(node, depth)?;
        }
        Ok(open)
    }

    fn node(&mut self, node: &Node, depth: usize) -> Verified<bool> {
        match node {
            Node::Charge(_) => Ok(true),
            Node::Let(dst, op) => {
                let read = |reg: Reg| self.read(reg);
                let (held, item) = self.facts.result(op, read)?;
                if let Some((list, index)) = item {
                    self.inside(list, index)?;
                }
                if let Op::TextTest(test, a, b) = op {
                    self.tests.push(test_work(*test, self.read(*a)?.text, self.read(*b)?.text));
                }
                let held = match held {
                    Some(held) => held,
                    None => self.constant(*dst, op)?,
                };
                self.assign(*dst, held).map(|()| true)
            }
            Node::Read { dst, fact, about } => self.fact(*dst, *fact, *about).map(|()| true),
            Node::If(condition, then, otherwise) => {
                self.expect(*condition, Kind::Bool)?;
                self.both(then, otherwise, depth)
            }
            Node::Each { list, index, body } => {
                self.each(*list, *index, body, depth).map(|()| true)
            }
            Node::Mark(rule, holds) => {
                self.outside_loops()?;
                self.expect(*holds, Kind::Bool)?;
                let rules = self.policy.rules.len().min(MASK_BITS as usize);
                match *rule {
                    0 => Err(Refusal::Range("rule")),
                    rule if usize::from(rule) > rules => Err(Refusal::Range("rule")),
                    _ => Ok(true),
                }
            }
            Node::Decide(ending, rule) => {
                self.outside_loops()?;
                self.ending(*ending, *rule).map(|()| false)
            }
            Node::Effect(site, fields) => self.effect(*site, fields).map(|()| true),
        }
    }

    fn kind(&self, reg: Reg) -> Verified<Kind> {
        let kind = self.policy.registers.get(usize::from(reg.0)).copied();
        kind.ok_or(Refusal::Range("register"))
    }

    fn read(&self, reg: Reg) -> Verified<Held> {
        self.kind(reg)?;
        self.set.get(usize::from(reg.0)).copied().flatten().ok_or(Refusal::Unset(reg.0))
    }

    /// A constant fits numbers, 0 and 1 fit flags as well, and no handle is made from nothing.
    fn constant(&self, dst: Reg, op: &Op) -> Verified<Held> {
        let kind = self.kind(dst)?;
        match (op, kind) {
            (Op::Absent, _) | (Op::Const(_), Kind::Number) | (Op::Const(0 | 1), Kind::Bool) => {
                Ok(Held { kind, text: 0 })
            }
            _ => Err(Refusal::Kind(dst.0)),
        }
    }

    fn expect(&self, reg: Reg, kind: Kind) -> Verified<()> {
        if self.read(reg)?.kind == kind { Ok(()) } else { Err(Refusal::Kind(reg.0)) }
    }

    fn assign(&mut self, reg: Reg, held: Held) -> Verified<()> {
        if self.kind(reg)? != held.kind {
            return Err(Refusal::Kind(reg.0));
        }
        if self.loops.iter().any(|(_, index, _)| *index == reg) {
            return Err(Refusal::Place("an index is set"));
        }
        let Some(slot) = self.set.get_mut(usize::from(reg.0)) else {
            return Err(Refusal::Range("register"));
        };
        let before = slot.replace(held);
        // How long a text may be is followed in one pass: none may come round in a loop.
        if let (Some((_, _, start)), Some(_), Kind::Text) = (self.loops.last(), before, held.kind) {
            let inner = self.order.get(*start..).unwrap_or_default();
            if !inner.iter().any(|(other, _)| *other == reg) {
                return Err(Refusal::Place("a text that a loop changes"));
            }
        }
        self.order.push((reg, before));
        Ok(())
    }

    /// Takes back what was set since; what it was, by register.
    fn undo(&mut self, length: usize) -> Vec<(Reg, Held)> {
        let mut taken = Vec::new();
        while self.order.len() > length {
            let Some((reg, before)) = self.order.pop() else { break };
            if let Some(slot) = self.set.get_mut(usize::from(reg.0)) {
                let held = std::mem::replace(slot, before);
                taken.extend(held.map(|held| (reg, held)));
            }
        }
        // A register that was set twice stands here with its last content first.
        taken.sort_by_key(|(reg, _)| *reg);
        taken.dedup_by_key(|(reg, _)| *reg);
        taken
    }

    fn both(&mut self, then: &[Node], otherwise: &[Node], depth: usize) -> Verified<bool> {
        let length = self.order.len();
        let first_open = self.block(then, depth + 1)?;
        let first = self.undo(length);
        let second_open = self.block(otherwise, depth + 1)?;
        match (first_open, second_open) {
            (false, open) => Ok(open),
            (true, false) => {
                self.undo(length);
                first.into_iter().try_for_each(|(reg, held)| self.assign(reg, held))?;
                Ok(true)
            }
            (true, true) => {
                let second = self.undo(length);
                for (reg, held) in first {
                    let place = second.binary_search_by_key(&reg, |(reg, _)| *reg).ok();
                    let other = place.and_then(|at| second.get(at)).map(|(_, held)| *held);
                    let before = self.set.get(usize::from(reg.0)).copied().flatten();
                    if let Some(other) = other.or(before) {
                        self.assign(reg, held.join(other))?;
                    }
                }
                for (reg, held) in second {
                    let now = self.set.get(usize::from(reg.0)).copied().flatten();
                    if let Some(now) = now {
                        self.assign(reg, held.join(now))?;
                    }
                }
                Ok(true)
            }
        }
    }

    fn each(&mut self, list: u16, index: Reg, body: &[Node], depth: usize) -> Verified<()> {
        if usize::from(list) >= self.policy.lists.len() {
            return Err(Refusal::Range("list"));
        }
        let length = self.order.len();
        self.assign(index, Held { kind: Kind::Number, text: 0 })?;
        self.loops.push((list, index, length));
        let open = self.block(body, depth + 1)?;
        self.loops.pop();
        self.undo(length);
        if open { Ok(()) } else { Err(Refusal::Place("a decision in a loop")) }
    }

    fn inside(&self, list: u16, index: Reg) -> Verified<()> {
        let open = self.loops.iter().any(|(l, i, _)| (*l, *i) == (list, index));
        if open { Ok(()) } else { Err(Refusal::Place("an item outside its loop")) }
    }

    const fn outside_loops(&self) -> Verified<()> {
        if self.loops.is_empty() { Ok(()) } else { Err(Refusal::Place("a decision in a loop")) }
    }

    fn fact(&mut self, dst: Reg, fact: Fact, about: Reg) -> Verified<()> {
        check_fact(self.module, fact)?;
        let Fact::Record(store) = fact else {
            self.expect(about, Kind::Did)?;
            let kinds = fact_kinds(fact).iter();
            return self.assign_all(dst, kinds.map(|kind| Held { kind: *kind, text: 0 }));
        };
        self.expect(about, Kind::Text)?;
        let store = self.module.stores.get(usize::from(store));
        let schema = store.and_then(|store| self.module.types.record(store.schema));
        let fields = &schema.ok_or(Refusal::Range("store"))?.fields;
        let mut words = vec![Held { kind: Kind::Bool, text: 0 }];
        for (_, field) in fields {
            words.extend(slots(&self.module.types, field).into_iter().map(Held::from));
        }
        self.assign_all(dst, words.into_iter())
    }

    fn assign_all(&mut self, dst: Reg, words: impl Iterator<Item = Held>) -> Verified<()> {
        for (place, held) in (dst.0..).zip(words) {
            self.assign(Reg(place), held)?;
        }
        Ok(())
    }

    fn ending(&self, ending: Ending, rule: u16) -> Verified<()> {
        if rule == 0 {
            return match ending {
                Ending::Escalate => Err(Refusal::Range("rule")),
                Ending::Deny | Ending::Allow => Ok(()),
            };
        }
        let found = self.policy.rules.get(usize::from(rule) - 1).ok_or(Refusal::Range("rule"))?;
        match (found.kind, ending) {
            (RuleKind::Require | RuleKind::Deny, Ending::Deny)
            | (RuleKind::Allow, Ending::Allow)
            | (RuleKind::Escalate, Ending::Escalate) => Ok(()),
            _ => Err(Refusal::Place("a rule that ends otherwise")),
        }
    }

    fn effect(&self, site: u16, registers: &[Reg]) -> Verified<()> {
        self.outside_loops()?;
        let site = self.policy.effects.get(usize::from(site)).ok_or(Refusal::Range("effect"))?;
        let words = site.fields.iter().flat_map(|(_, ty)| slots(&self.module.types, ty));
        let words: Vec<Slot> = words.collect();
        if words.len() != registers.len() {
            return Err(Refusal::Range("word of an effect"));
        }
        words.iter().zip(registers).try_for_each(|(word, reg)| self.expect(*reg, word.kind))
    }
}

/// Half of what the source pays for it, so that lengths in types need not be exact.
fn test_work(test: TextTest, a: u16, b: u16) -> i64 {
    let units = |bytes: u16| i64::from(u32::from(bytes) / TEXT_BYTES_PER_UNIT);
    let gas = match test {
        TextTest::Glob | TextTest::Contains => 4 * (units(a) + 1) * (units(b) + 1),
        TextTest::StartsWith | TextTest::EndsWith => 4 + units(a) + units(b),
    };
    gas * i64::try_from(WORK_PER_GAS / 2).unwrap_or(1)
}
