//! Built-in functions.

use super::Lowered;
use super::build::Builder;
use super::value::{Source, Value, Word, flag, number};
use crate::code::{Fact, Kind, Op, Reg, TextTest};
use crate::hir::{Builtin, Expr};
use crate::types::Type;

impl Builder<'_> {
    pub(super) fn call(&mut self, builtin: Builtin, arguments: &[Expr]) -> Lowered<Value> {
        match (builtin, arguments) {
            (Builtin::Trust, [who]) => self.about(Fact::Trust, who),
            (Builtin::Balance, [who]) => self.about(Fact::Balance, who),
            (Builtin::Known, [who]) => self.about(Fact::Known, who),
            (Builtin::Norm, [trust]) => {
                let first = self.vector(trust)?;
                Ok(vec![number(self.emit(Kind::Number, Op::Norm(first))?)])
            }
            (Builtin::Combine, [left, right]) => self.combine(left, right),
            (Builtin::Min, [left, right]) => self.binary(left, right, Op::Min),
            (Builtin::Max, [left, right]) => self.binary(left, right, Op::Max),
            (Builtin::Clamp, [x, low, high]) => {
                let x = self.scalar(x)?;
                let low = self.scalar(low)?;
                let high = self.scalar(high)?;
                let raised = self.emit(Kind::Number, Op::Max(x, low))?;
                Ok(vec![number(self.emit(Kind::Number, Op::Min(raised, high))?)])
            }
            (Builtin::Abs, [x]) => self.unary(x, Op::Abs),
            (Builtin::ToFixed, [x]) => self.unary(x, Op::ToFixed),
            (Builtin::ToInt, [x]) => self.unary(x, Op::ToInt),
            (Builtin::Sqrt, [x]) => self.unary(x, Op::Sqrt),
            (Builtin::Length, [x]) => self.length(x),
            (Builtin::Glob, [a, b]) => self.text_test(TextTest::Glob, a, b),
            (Builtin::StartsWith, [a, b]) => self.text_test(TextTest::StartsWith, a, b),
            (Builtin::EndsWith, [a, b]) => self.text_test(TextTest::EndsWith, a, b),
            (Builtin::Contains, [a, b]) => self.text_test(TextTest::Contains, a, b),
            (Builtin::Present, [option]) => Ok(vec![self.option(option)?.0]),
            (Builtin::OrElse, [option, default]) => self.or_else(option, default),
            (Builtin::Some, [value]) => {
                let some = Word { source: Source::Const(1), kind: Kind::Bool };
                let value = self.expr(value)?;
                Ok([some].into_iter().chain(value).collect())
            }
            _ => Err(self.broken("a function with other arguments than it takes")),
        }
    }

    fn about(&mut self, fact: Fact, who: &Expr) -> Lowered<Value> {
        let who = self.word(who)?;
        self.fact(fact, who)
    }

    fn unary(&mut self, x: &Expr, op: impl FnOnce(Reg) -> Op) -> Lowered<Value> {
        let x = self.scalar(x)?;
        Ok(vec![number(self.emit(Kind::Number, op(x))?)])
    }

    fn binary(
        &mut self,
        left: &Expr,
        right: &Expr,
        op: impl FnOnce(Reg, Reg) -> Op,
    ) -> Lowered<Value> {
        let left = self.scalar(left)?;
        let right = self.scalar(right)?;
        Ok(vec![number(self.emit(Kind::Number, op(left, right))?)])
    }

    fn text_test(&mut self, test: TextTest, left: &Expr, right: &Expr) -> Lowered<Value> {
        let left = self.scalar(left)?;
        let right = self.scalar(right)?;
        Ok(vec![flag(self.emit(Kind::Bool, Op::TextTest(test, left, right))?)])
    }

    /// Six registers one after the other.
    fn vector(&mut self, trust: &Expr) -> Lowered<Reg> {
        let value = self.expr(trust)?;
        if value.len() != 6 {
            return Err(self.broken("expected trust"));
        }
        let registers: Vec<_> = value.iter().map(|word| word.source).collect();
        if let Some(first) = consecutive(&registers) {
            return Ok(first);
        }
        let dst = self.registers(&[Kind::Number; 6])?;
        value.iter().zip(&dst).try_for_each(|(word, dst)| self.load_into(*dst, *word))?;
        self.first(&dst)
    }

    fn combine(&mut self, left: &Expr, right: &Expr) -> Lowered<Value> {
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        if (left.len(), right.len()) != (6, 6) {
            return Err(self.broken("expected trust"));
        }
        let pairs = left.into_iter().zip(right);
        let one = |(left, right): (Word, Word)| {
            let (left, right) = (self.load(left)?, self.load(right)?);
            Ok(number(self.emit(Kind::Number, Op::Combine(left, right))?))
        };
        pairs.map(one).collect()
    }

    fn length(&mut self, of: &Expr) -> Lowered<Value> {
        let word = self.word(of)?;
        let op = match (&of.ty, word.source) {
            (Type::List(..), Source::List(list)) => Op::ListLength(list),
            _ => Op::TextLength(self.load(word)?),
        };
        Ok(vec![number(self.emit(Kind::Number, op)?)])
    }

    fn or_else(&mut self, option: &Expr, default: &Expr) -> Lowered<Value> {
        let (there, value) = self.option(option)?;
        let default = self.expr(default)?;
        if value.len() != default.len() {
            return Err(self.broken("a default of another type"));
        }
        let there = self.load(there)?;
        let pairs = value.into_iter().zip(default);
        let one = |(value, default): (Word, Word)| {
            let (yes, no) = (self.load(value)?, self.load(default)?);
            let source = Source::Reg(self.emit(value.kind, Op::Select(there, yes, no))?);
            Ok(Word { source, kind: value.kind })
        };
        pairs.map(one).collect()
    }
}

/// The first of six registers that lie one after the other.
fn consecutive(sources: &[Source]) -> Option<Reg> {
    let Some(Source::Reg(first)) = sources.first() else { return None };
    let expected = (first.0..).map(|number| Source::Reg(Reg(number)));
    sources.iter().copied().eq(expected.take(sources.len())).then_some(*first)
}
