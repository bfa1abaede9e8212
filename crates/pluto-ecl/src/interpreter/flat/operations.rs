//! Operations: which need an instruction, and which.

use super::blocks::{Flattener, Place, Test, Wide, number};
use crate::code::{Kind, Node, Op, Reg, mirrored, opposite};
use crate::hir::{Arithmetic, Comparison};
use crate::interpreter::ABSENT;
use crate::interpreter::instruction::Instruction as I;

/// Adds two operands by an instruction, or an operand and a small constant.
type Binary = fn(u16, u16, u16) -> Wide;
type WithConst = fn(u16, u16, i32) -> Wide;

impl Flattener<'_> {
    /// `dst = op`, by an instruction or by knowing it.
    pub(super) fn operation(&mut self, dst: Reg, op: &Op, tail: &[Node]) -> Option<()> {
        if self.careful
            && let Op::Input(input) = *op
            && self.may_fault(input)
        {
            self.code.push(I::Check { input });
        }
        if self.settled(dst)
            && let Some(place) = self.held(dst, op, tail)
        {
            return self.put(dst, place);
        }
        let instruction = self.instruction(dst, op)?;
        self.code.push(instruction);
        Some(())
    }

    /// Where the value is without an instruction, if it is.
    fn held(&self, dst: Reg, op: &Op, tail: &[Node]) -> Option<Place> {
        match *op {
            Op::Const(value) => Some(Place::Const(value)),
            Op::Literal(handle) => Some(Place::Const(i64::from(handle))),
            Op::Absent => Some(Place::Const(self.absent(dst))),
            Op::Input(slot) => Some(Place::At(slot)),
            Op::Copy(a) => match self.place(a) {
                Some(place @ Place::Const(_)) => Some(place),
                Some(place @ Place::At(_)) if self.settled(a) => Some(place),
                _ => None,
            },
            _ => self.question(dst, op, tail).map(Place::Test),
        }
    }

    fn absent(&self, dst: Reg) -> i64 {
        match self.kind(dst) {
            Kind::Bool | Kind::Number => 0,
            Kind::Text | Kind::Did => ABSENT,
        }
    }

    /// The question of a branch, if only branches ask it and its operands keep their values till then.
    fn question(&self, dst: Reg, op: &Op, tail: &[Node]) -> Option<Test> {
        let used = self.used(dst);
        let marks =
            tail.iter().take_while(|node| matches!(node, Node::Mark(_, reg) if *reg == dst));
        let once = used.decides == 1 && self.decides_next(dst, tail);
        if used.decides == 0 || used.read != used.decides + used.marks {
            return None;
        }
        // A mark needs the flag itself unless the branch behind it tells the answer.
        if used.marks > 0 && !(once && marks.count() == used.marks as usize) {
            return None;
        }
        let at = |reg: Reg| match self.place(reg)? {
            Place::At(place) if once || self.settled(reg) => Some(place),
            _ => None,
        };
        match *op {
            Op::Not(a) => match self.place(a)? {
                Place::At(_) => Some(Test::Flag(at(a)?, false)),
                Place::Const(_) | Place::Test(_) => None,
            },
            Op::Compare(op, a, b) => match (self.small(a), self.small(b)) {
                (_, Some(value)) => Some(Test::CompareConst(op, at(a)?, value)),
                (Some(value), _) => Some(Test::CompareConst(mirrored(op), at(b)?, value)),
                _ => Some(Test::Compare(op, at(a)?, at(b)?)),
            },
            Op::CompareConst(op, a, value) => {
                Some(Test::CompareConst(op, at(a)?, i32::try_from(value).ok()?))
            }
            Op::Bit(set, bit) => match self.small(set) {
                Some(set @ 0..) => Some(Test::Within(set, at(bit)?, true)),
                _ => Some(Test::Bit(at(set)?, at(bit)?, true)),
            },
            _ => None,
        }
    }

    /// A constant that fits an instruction.
    fn small(&self, reg: Reg) -> Option<i32> {
        match self.place(reg)? {
            Place::Const(value) => i32::try_from(value).ok(),
            _ => None,
        }
    }

    /// The register of the frame that holds it; a constant goes into scratch register `number` first.
    pub(super) fn operand(&mut self, reg: Reg, scratch: usize) -> Option<u16> {
        match self.place(reg)? {
            Place::At(place) => Some(place),
            Place::Const(value) => {
                let d = self.scratch(scratch)?;
                self.load(d, value)?;
                Some(d)
            }
            Place::Test(_) => None,
        }
    }

    fn load(&mut self, d: u16, value: i64) -> Option<()> {
        self.code.push(match i32::try_from(value) {
            Ok(value) => I::Const { d, value },
            Err(_) => I::Wide { d, at: number(&mut self.tables.wide, value)? },
        });
        Some(())
    }

    fn instruction(&mut self, dst: Reg, op: &Op) -> Option<Wide> {
        match *op {
            Op::Const(value) => self.constant(dst, value),
            Op::Literal(handle) => self.constant(dst, i64::from(handle)),
            Op::Absent => self.constant(dst, self.absent(dst)),
            Op::Input(a) => Some(I::Copy { d: self.target(dst)?, a }),
            Op::Copy(a) => match self.place(a)? {
                Place::Const(value) => self.constant(dst, value),
                _ => self.unary(dst, a, |d, a| I::Copy { d, a }),
            },
            Op::Not(a) => self.unary(dst, a, |d, a| I::Not { d, a }),
            Op::Negate(a) => self.unary(dst, a, |d, a| I::Negate { d, a }),
            Op::Abs(a) => self.unary(dst, a, |d, a| I::Abs { d, a }),
            Op::ToFixed(a) => self.unary(dst, a, |d, a| I::ToFixed { d, a }),
            Op::ToInt(a) => self.unary(dst, a, |d, a| I::ToInt { d, a }),
            Op::Sqrt(a) => self.unary(dst, a, |d, a| I::Sqrt { d, a }),
            Op::TextLength(a) => self.unary(dst, a, |d, a| I::TextLength { d, a }),
            Op::Compare(op, a, b) => self.compare(dst, op, a, b),
            Op::CompareConst(op, a, value) => self.compare_const(dst, op, a, value),
            Op::And(a, b) => self.binary(dst, a, b, |d, a, b| I::And { d, a, b }),
            Op::Or(a, b) => self.binary(dst, a, b, |d, a, b| I::Or { d, a, b }),
            Op::Min(a, b) => self.binary(dst, a, b, |d, a, b| I::Min { d, a, b }),
            Op::Max(a, b) => self.binary(dst, a, b, |d, a, b| I::Max { d, a, b }),
            Op::Bit(a, b) => self.binary(dst, a, b, |d, a, b| I::Bit { d, a, b }),
            Op::Combine(a, b) => self.binary(dst, a, b, |d, a, b| I::Combine { d, a, b }),
            Op::Arithmetic(op, a, b) => self.arithmetic(dst, op, a, b),
            Op::Unchecked(op, a, b) => self.unchecked(dst, op, a, b),
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.operand(c, 0)?, self.operand(a, 1)?, self.operand(b, 2)?);
                Some(I::Select { d: self.target(dst)?, c, a, b })
            }
            Op::Norm(first) => self.norm(dst, first),
            Op::ListLength(list) => Some(I::ListLength { d: self.target(dst)?, list }),
            Op::Item(list, index, part) => {
                let a = self.operand(index, 0)?;
                Some(I::Item { d: self.target(dst)?, a, list, part })
            }
            Op::TextTest(test, a, b) => {
                let (a, b) = (self.operand(a, 0)?, self.operand(b, 1)?);
                Some(I::TextTest { d: self.target(dst)?, a, b, test })
            }
        }
    }

    fn constant(&mut self, dst: Reg, value: i64) -> Option<Wide> {
        let d = self.target(dst)?;
        match i32::try_from(value) {
            Ok(value) => Some(I::Const { d, value }),
            Err(_) => Some(I::Wide { d, at: number(&mut self.tables.wide, value)? }),
        }
    }

    fn unary(&mut self, dst: Reg, a: Reg, f: fn(u16, u16) -> Wide) -> Option<Wide> {
        let a = self.operand(a, 0)?;
        Some(f(self.target(dst)?, a))
    }

    fn binary(&mut self, dst: Reg, a: Reg, b: Reg, f: Binary) -> Option<Wide> {
        let (a, b) = (self.operand(a, 0)?, self.operand(b, 1)?);
        Some(f(self.target(dst)?, a, b))
    }

    fn with_const(&mut self, dst: Reg, a: Reg, value: i32, f: WithConst) -> Option<Wide> {
        let a = self.operand(a, 0)?;
        Some(f(self.target(dst)?, a, value))
    }

    fn compare(&mut self, dst: Reg, op: Comparison, a: Reg, b: Reg) -> Option<Wide> {
        match (self.place(a)?, self.place(b)?) {
            (_, Place::Const(value)) => self.compare_const(dst, op, a, value),
            (Place::Const(value), _) => self.compare_const(dst, mirrored(op), b, value),
            _ => match op {
                Comparison::Eq => self.binary(dst, a, b, |d, a, b| I::Eq { d, a, b }),
                Comparison::Ne => self.binary(dst, a, b, |d, a, b| I::Ne { d, a, b }),
                Comparison::Lt => self.binary(dst, a, b, |d, a, b| I::Lt { d, a, b }),
                Comparison::Le => self.binary(dst, a, b, |d, a, b| I::Le { d, a, b }),
                Comparison::Gt => self.binary(dst, b, a, |d, a, b| I::Lt { d, a, b }),
                Comparison::Ge => self.binary(dst, b, a, |d, a, b| I::Le { d, a, b }),
            },
        }
    }

    fn compare_const(&mut self, dst: Reg, op: Comparison, a: Reg, value: i64) -> Option<Wide> {
        let small = i32::try_from(value).ok().and_then(|value| narrowed(op, value));
        match small {
            Some((Comparison::Eq, value)) => {
                self.with_const(dst, a, value, |d, a, value| I::EqConst { d, a, value })
            }
            Some((Comparison::Ne, value)) => {
                self.with_const(dst, a, value, |d, a, value| I::NeConst { d, a, value })
            }
            Some((Comparison::Le, value)) => {
                self.with_const(dst, a, value, |d, a, value| I::LeConst { d, a, value })
            }
            Some((Comparison::Ge, value)) => {
                self.with_const(dst, a, value, |d, a, value| I::GeConst { d, a, value })
            }
            _ => {
                let a = self.operand(a, 0)?;
                let b = self.scratch(1)?;
                self.load(b, value)?;
                let d = self.target(dst)?;
                Some(match op {
                    Comparison::Eq => I::Eq { d, a, b },
                    Comparison::Ne => I::Ne { d, a, b },
                    Comparison::Lt => I::Lt { d, a, b },
                    Comparison::Le => I::Le { d, a, b },
                    Comparison::Gt => I::Lt { d, a: b, b: a },
                    Comparison::Ge => I::Le { d, a: b, b: a },
                })
            }
        }
    }

    fn arithmetic(&mut self, dst: Reg, op: Arithmetic, a: Reg, b: Reg) -> Option<Wide> {
        let negated = |this: &Self, reg| this.small(reg)?.checked_neg();
        match (op, self.small(a), self.small(b)) {
            (Arithmetic::Add, _, Some(value)) => {
                self.with_const(dst, a, value, |d, a, value| I::AddConst { d, a, value })
            }
            (Arithmetic::Add, Some(value), _) => {
                self.with_const(dst, b, value, |d, a, value| I::AddConst { d, a, value })
            }
            (Arithmetic::Sub, _, Some(_)) if negated(self, b).is_some() => {
                let value = negated(self, b)?;
                self.with_const(dst, a, value, |d, a, value| I::AddConst { d, a, value })
            }
            (Arithmetic::Mul, _, Some(value)) => {
                self.with_const(dst, a, value, |d, a, value| I::MulConst { d, a, value })
            }
            (Arithmetic::Mul, Some(value), _) => {
                self.with_const(dst, b, value, |d, a, value| I::MulConst { d, a, value })
            }
            (Arithmetic::Div, _, Some(value)) if !matches!(value, -1 | 0) => {
                self.with_const(dst, a, value, |d, a, value| I::DivConst { d, a, value })
            }
            (Arithmetic::FixedMul, _, Some(value)) => {
                self.with_const(dst, a, value, |d, a, value| I::FixedMulConst { d, a, value })
            }
            (Arithmetic::FixedMul, Some(value), _) => {
                self.with_const(dst, b, value, |d, a, value| I::FixedMulConst { d, a, value })
            }
            _ => self.binary(
                dst,
                a,
                b,
                match op {
                    Arithmetic::Add => |d, a, b| I::Add { d, a, b },
                    Arithmetic::Sub => |d, a, b| I::Sub { d, a, b },
                    Arithmetic::Mul => |d, a, b| I::Mul { d, a, b },
                    Arithmetic::Div => |d, a, b| I::Div { d, a, b },
                    Arithmetic::Rem => |d, a, b| I::Rem { d, a, b },
                    Arithmetic::FixedMul => |d, a, b| I::FixedMul { d, a, b },
                    Arithmetic::FixedDiv => |d, a, b| I::FixedDiv { d, a, b },
                },
            ),
        }
    }

    fn unchecked(&mut self, dst: Reg, op: Arithmetic, a: Reg, b: Reg) -> Option<Wide> {
        match (op, self.small(a), self.small(b)) {
            (Arithmetic::Add, _, Some(value)) => {
                self.with_const(dst, a, value, |d, a, value| I::AddConstFree { d, a, value })
            }
            (Arithmetic::Add, Some(value), _) => {
                self.with_const(dst, b, value, |d, a, value| I::AddConstFree { d, a, value })
            }
            (Arithmetic::Mul, _, Some(value)) => {
                self.with_const(dst, a, value, |d, a, value| I::MulConstFree { d, a, value })
            }
            (Arithmetic::Mul, Some(value), _) => {
                self.with_const(dst, b, value, |d, a, value| I::MulConstFree { d, a, value })
            }
            (Arithmetic::Add, ..) => self.add_free(dst, a, b),
            (Arithmetic::Sub, ..) => self.binary(dst, a, b, |d, a, b| I::SubFree { d, a, b }),
            (Arithmetic::Mul, ..) => self.binary(dst, a, b, |d, a, b| I::MulFree { d, a, b }),
            _ => None,
        }
    }

    /// A sum whose right side was just multiplied by a constant for it alone is one instruction.
    fn add_free(&mut self, dst: Reg, a: Reg, b: Reg) -> Option<Wide> {
        let alone = self.used(b).read == 1 && self.settled(b) && a != b;
        let last = self.code.last().copied().filter(|_| alone);
        let (Some(Place::At(product)), Place::At(sum)) = (self.place(b), self.place(a)?) else {
            return self.binary(dst, a, b, |d, a, b| I::AddFree { d, a, b });
        };
        match last {
            Some(I::MulConstFree { d, a, value }) if d == product => {
                self.code.pop();
                Some(I::MulConstAddFree { d: self.target(dst)?, a, b: sum, value })
            }
            Some(I::FixedMulConst { d, a, value }) if d == product => {
                self.code.pop();
                Some(I::FixedMulConstAdd { d: self.target(dst)?, a, b: sum, value })
            }
            _ => self.binary(dst, a, b, |d, a, b| I::AddFree { d, a, b }),
        }
    }

    /// The six words side by side, where they are or in scratch registers.
    fn norm(&mut self, dst: Reg, first: Reg) -> Option<Wide> {
        let registers: Vec<Reg> = (first.0..).take(6).map(Reg).collect();
        if let Place::At(a) = self.place(first)? {
            let here = |(expected, reg): (u16, &Reg)| matches!(self.place(*reg), Some(Place::At(place)) if place == expected);
            if (a..).zip(&registers).all(here) {
                return Some(I::Norm { d: self.target(dst)?, a });
            }
        }
        let start = self.scratch_row()?;
        for (d, reg) in (start..).zip(registers) {
            match self.place(reg)? {
                Place::At(a) => self.code.push(I::Copy { d, a }),
                Place::Const(value) => self.load(d, value)?,
                Place::Test(_) => return None,
            }
        }
        Some(I::Norm { d: self.target(dst)?, a: start })
    }

    /// The question behind a condition.
    pub(super) fn test(&mut self, condition: Reg) -> Option<Test> {
        match self.place(condition)? {
            Place::At(place) => Some(Test::Flag(place, true)),
            Place::Test(test) => Some(test),
            Place::Const(_) => None,
        }
    }

    /// A jump that is taken unless the answer is `expected`; its place, to say where it leads.
    pub(super) fn jump_unless(&mut self, test: Test, expected: bool) -> Option<usize> {
        let to = 0;
        let jump = match test {
            Test::Flag(a, sense) if sense == expected => I::JumpUnless { a, to },
            Test::Flag(a, _) => I::JumpIf { a, to },
            Test::Bit(a, b, sense) if sense == expected => I::JumpUnlessBit { a, b, to },
            Test::Bit(a, b, _) => I::JumpIfBit { a, b, to },
            Test::Within(value, a, sense) if sense == expected => {
                I::JumpUnlessWithin { a, value, to }
            }
            Test::Within(value, a, _) => I::JumpIfWithin { a, value, to },
            Test::Compare(op, a, b) => match if expected { op } else { opposite(op) } {
                Comparison::Eq => I::JumpUnlessEq { a, b, to },
                Comparison::Ne => I::JumpUnlessNe { a, b, to },
                Comparison::Lt => I::JumpUnlessLt { a, b, to },
                Comparison::Le => I::JumpUnlessLe { a, b, to },
                Comparison::Gt => I::JumpUnlessLt { a: b, b: a, to },
                Comparison::Ge => I::JumpUnlessLe { a: b, b: a, to },
            },
            Test::CompareConst(op, a, value) => {
                let op = if expected { op } else { opposite(op) };
                match narrowed(op, value) {
                    Some((Comparison::Eq, value)) => I::JumpUnlessEqConst { a, value, to },
                    Some((Comparison::Ne, value)) => I::JumpUnlessNeConst { a, value, to },
                    Some((Comparison::Le, value)) => I::JumpUnlessLeConst { a, value, to },
                    Some((Comparison::Ge, value)) => I::JumpUnlessGeConst { a, value, to },
                    _ => {
                        let b = self.scratch(1)?;
                        self.load(b, i64::from(value))?;
                        return self.jump_unless(Test::Compare(op, a, b), true);
                    }
                }
            }
        };
        self.code.push(jump);
        Some(self.code.len() - 1)
    }
}

/// `<` and `>` against a constant as `<=` and `>=` against its neighbour, if there is one.
fn narrowed(op: Comparison, value: i32) -> Option<(Comparison, i32)> {
    match op {
        Comparison::Lt => Some((Comparison::Le, value.checked_sub(1)?)),
        Comparison::Gt => Some((Comparison::Ge, value.checked_add(1)?)),
        other => Some((other, value)),
    }
}
