//! Blocks, loops and reads; [`super::branches`] has the rest of the structure.

use super::{Due, Operand, Tables};
use crate::code::{Input, Kind, Module, Node, Policy, Reg};
use crate::hir::Comparison;
use crate::interpreter::instruction::Instruction;
use crate::uses::{Use, fact_width, uses};

/// An instruction before it is known whether it fits the narrow form.
pub(super) type Wide = Instruction<u16, u32>;

/// Where the value of a register is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In that register of the frame.
    At(u16),
    /// It is this number.
    Const(i64),
    /// Nowhere: it is the answer to this question, which only branches ask.
    Test(Test),
}

/// A question that a branch can ask by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    Flag(u16, bool),
    Compare(Comparison, u16, u16),
    CompareConst(Comparison, u16, i32),
    Bit(u16, u16, bool),
    /// Whether a number is in a small set.
    Within(i32, u16, bool),
}

/// A block that ends the policy and stands behind the rest.
pub(super) struct Behind<'a> {
    /// The jump that leads there.
    pub(super) from: usize,
    pub(super) nodes: &'a [Node],
    pub(super) due: Due,
    pub(super) truths: Vec<(Reg, bool)>,
}

pub(super) struct Flattener<'a> {
    pub(super) module: &'a Module,
    pub(super) policy: &'a Policy,
    pub(super) careful: bool,
    pub(super) uses: Vec<Use>,
    pub(super) places: Vec<Option<Place>>,
    pub(super) code: Vec<Wide>,
    pub(super) tables: Tables,
    /// The next free register of the frame; inputs have the first.
    free: u16,
    /// Registers for operands that are loaded just before their instruction.
    scratch: Vec<u16>,
    row: Option<u16>,
    /// What is due and not added by an instruction yet.
    pub(super) due: Due,
    /// Conditions whose answer is known in this block.
    pub(super) truths: Vec<(Reg, bool)>,
    pub(super) behind: Vec<Behind<'a>>,
}

impl<'a> Flattener<'a> {
    pub(super) fn new(module: &'a Module, policy: &'a Policy, careful: bool) -> Self {
        Self {
            module,
            policy,
            careful,
            uses: uses(module, policy),
            places: vec![None; policy.registers.len()],
            code: Vec::new(),
            tables: Tables::default(),
            free: u16::try_from(policy.inputs.len()).unwrap_or(u16::MAX),
            scratch: Vec::new(),
            row: None,
            due: Due::default(),
            truths: Vec::new(),
            behind: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Wide>, Tables, usize) {
        (self.code, self.tables, usize::from(self.free))
    }

    pub(super) fn policy(&mut self) -> Option<()> {
        let policy = self.policy;
        self.block(&policy.body)?;
        while let Some(next) = self.behind.pop() {
            (self.due, self.truths) = (next.due, next.truths);
            self.land(next.from)?;
            self.block(next.nodes)?;
        }
        Some(())
    }

    pub(super) fn fresh(&mut self) -> Option<u16> {
        let place = self.free;
        self.free = self.free.checked_add(1)?;
        Some(place)
    }

    /// Scratch register `number`; good until the next instruction.
    pub(super) fn scratch(&mut self, number: usize) -> Option<u16> {
        while self.scratch.len() <= number {
            let place = self.fresh()?;
            self.scratch.push(place);
        }
        self.scratch.get(number).copied()
    }

    /// Six scratch registers side by side; the first.
    pub(super) fn scratch_row(&mut self) -> Option<u16> {
        if let Some(first) = self.row {
            return Some(first);
        }
        let first = self.fresh()?;
        for _ in 1..6 {
            self.fresh()?;
        }
        self.row = Some(first);
        Some(first)
    }

    pub(super) fn used(&self, reg: Reg) -> Use {
        self.uses.get(usize::from(reg.0)).copied().unwrap_or_default()
    }

    /// Whether it has one value for good once it has one.
    pub(super) fn settled(&self, reg: Reg) -> bool {
        self.used(reg).set == 1
    }

    pub(super) fn place(&self, reg: Reg) -> Option<Place> {
        self.places.get(usize::from(reg.0)).copied().flatten()
    }

    pub(super) fn put(&mut self, reg: Reg, place: Place) -> Option<()> {
        *self.places.get_mut(usize::from(reg.0))? = Some(place);
        Some(())
    }

    /// The register of the frame for what is about to be set.
    pub(super) fn target(&mut self, reg: Reg) -> Option<u16> {
        if let Some(Place::At(place)) = self.place(reg)
            && !self.settled(reg)
        {
            return Some(place);
        }
        let place = self.fresh()?;
        self.put(reg, Place::At(place))?;
        Some(place)
    }

    /// Sets where the jump at `from` leads: to what comes next.
    pub(super) fn land(&mut self, from: usize) -> Option<()> {
        let here = u32::try_from(self.code.len()).ok()?;
        match self.code.get_mut(from)? {
            Instruction::Jump { to }
            | Instruction::JumpIf { to, .. }
            | Instruction::JumpUnless { to, .. }
            | Instruction::JumpUnlessEq { to, .. }
            | Instruction::JumpUnlessNe { to, .. }
            | Instruction::JumpUnlessLt { to, .. }
            | Instruction::JumpUnlessLe { to, .. }
            | Instruction::JumpUnlessEqConst { to, .. }
            | Instruction::JumpUnlessNeConst { to, .. }
            | Instruction::JumpUnlessLeConst { to, .. }
            | Instruction::JumpUnlessGeConst { to, .. }
            | Instruction::JumpUnlessBit { to, .. }
            | Instruction::JumpIfBit { to, .. }
            | Instruction::JumpUnlessWithin { to, .. }
            | Instruction::JumpIfWithin { to, .. }
            | Instruction::First { to, .. } => *to = here,
            _ => return None,
        }
        Some(())
    }

    /// Whether the end of the block is reached.
    pub(super) fn block(&mut self, nodes: &'a [Node]) -> Option<bool> {
        let mut rest = nodes;
        while let Some((node, tail)) = rest.split_first() {
            rest = tail;
            match node {
                Node::Charge(gas) => self.due.gas = self.due.gas.plus(*gas),
                Node::Let(dst, op) => self.operation(*dst, op, tail)?,
                Node::Read { dst, fact, about } => {
                    let a = self.operand(*about, 0)?;
                    let fact_number = number(&mut self.tables.facts, *fact)?;
                    self.read(*dst, fact_width(self.module, *fact), a, fact_number)?;
                }
                Node::If(condition, then, otherwise) => {
                    if !self.branch(*condition, 0, then, otherwise)? {
                        return Some(false);
                    }
                }
                Node::Each { list, index, body } => self.each(*list, *index, body)?,
                Node::Mark(rule, holds) => {
                    let mut bits = bit_of(*rule)?;
                    while let Some((Node::Mark(rule, other), after)) = rest.split_first()
                        && other == holds
                    {
                        bits |= bit_of(*rule)?;
                        rest = after;
                    }
                    match rest.split_first() {
                        Some((Node::If(condition, then, otherwise), after))
                            if condition == holds =>
                        {
                            rest = after;
                            if !self.branch(*condition, bits, then, otherwise)? {
                                return Some(false);
                            }
                        }
                        _ => self.mark(*holds, bits)?,
                    }
                }
                Node::Decide(ending, rule) => return self.exit(*ending, *rule).map(|()| false),
                Node::Effect(site, fields) => {
                    let mut operands = Vec::with_capacity(fields.len());
                    for field in fields {
                        operands.push(match self.place(*field)? {
                            Place::At(place) => Operand::Place(place),
                            Place::Const(value) => Operand::Const(value),
                            Place::Test(_) => return None,
                        });
                    }
                    let at = u16::try_from(self.tables.effects.len()).ok()?;
                    self.tables.effects.push((*site, operands));
                    self.code.push(Instruction::Effect { at });
                }
            }
        }
        Some(true)
    }

    fn each(&mut self, list: u16, index: Reg, body: &'a [Node]) -> Option<()> {
        let d = self.target(index)?;
        let before = std::mem::take(&mut self.due);
        let start = self.code.len();
        self.code.push(Instruction::First { d, list, to: 0 });
        self.block(body)?;
        let once = std::mem::replace(&mut self.due, before);
        self.add(Due::default(), once)?;
        let to = u32::try_from(start + 1).ok()?;
        self.code.push(Instruction::Next { d, list, to });
        self.land(start)
    }

    /// Reads into registers of the frame that lie side by side.
    fn read(&mut self, dst: Reg, width: usize, a: u16, fact: u16) -> Option<()> {
        let registers = (dst.0..).take(width).map(Reg);
        let settled = registers.clone().all(|reg| self.settled(reg));
        if settled {
            let first = self.free;
            for reg in registers {
                let place = self.fresh()?;
                self.put(reg, Place::At(place))?;
            }
            self.code.push(Instruction::Read { d: first, a, fact });
            return Some(());
        }
        // Scratch registers may lie apart: those of a read are of their own, and copied.
        let first = self.free;
        for _ in 0..width {
            self.fresh()?;
        }
        self.code.push(Instruction::Read { d: first, a, fact });
        for (from, reg) in (first..).zip(registers) {
            let d = self.target(reg)?;
            self.code.push(Instruction::Copy { d, a: from });
        }
        Some(())
    }

    /// Whether the input may have faulted before the code runs.
    pub(super) fn may_fault(&self, input: u16) -> bool {
        matches!(self.policy.inputs.get(usize::from(input)), Some(Input::Fact { .. }))
    }

    pub(super) fn kind(&self, reg: Reg) -> Kind {
        self.policy.registers.get(usize::from(reg.0)).copied().unwrap_or(Kind::Number)
    }

    /// Whether the next thing that happens to a flag just set is the branch it decides.
    pub(super) fn decides_next(&self, reg: Reg, tail: &[Node]) -> bool {
        let next = tail.iter().find(|node| !matches!(node, Node::Mark(_, holds) if *holds == reg));
        matches!(next, Some(Node::If(condition, ..)) if *condition == reg)
    }
}

/// The bit of a rule in the mask.
fn bit_of(rule: u16) -> Option<u64> {
    Some(1_u64.checked_shl(u32::from(rule.checked_sub(1)?)).unwrap_or(0))
}

/// The number of a value in a table; it is added unless it was added lately.
pub(super) fn number<V: PartialEq>(table: &mut Vec<V>, value: V) -> Option<u16> {
    const LATELY: usize = 64;
    let start = table.len().saturating_sub(LATELY);
    let found = table.get(start..)?.iter().position(|other| *other == value);
    let place = found.map_or(table.len(), |place| start + place);
    if place == table.len() {
        table.push(value);
    }
    u16::try_from(place).ok()
}
