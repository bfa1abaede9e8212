//! Comprehensions: one pass over a list with an accumulator.

use super::Lowered;
use super::build::Builder;
use super::value::{Source, Value, Word};
use crate::code::{Kind, Node, Op, Reg};
use crate::gas;
use crate::hir::{Arithmetic, ComprehensionKind, Expr};
use crate::layout::kinds;
use crate::types::Type;

impl Builder<'_> {
    pub(super) fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        item: u16,
        list: &Expr,
        value: Option<&Expr>,
        condition: Option<&Expr>,
    ) -> Lowered<Value> {
        let Type::List(item_type, _) = &list.ty else { return Err(self.broken("expected a list")) };
        let Source::List(number) = self.word(list)?.source else {
            return Err(self.broken("expected a list"));
        };
        let (held, start) = match kind {
            ComprehensionKind::Any => (Kind::Bool, 0),
            ComprehensionKind::All => (Kind::Bool, 1),
            ComprehensionKind::Count | ComprehensionKind::Sum => (Kind::Number, 0),
        };
        let sum = self.emit(held, Op::Const(start))?;
        let index = self.register(Kind::Number)?;
        let words = kinds(&self.bundle.types, item_type);
        let words = (0_u16..).zip(words);
        let words =
            words.map(|(part, kind)| Word { source: Source::Item(number, index, part), kind });
        let words: Value = words.collect();
        let (body, ()) = self.nested(|this| {
            this.charge(gas::PER_ITEM)?;
            if let Some(slot) = this.locals.get_mut(usize::from(item)) {
                *slot = Some(words);
            }
            let holds = condition.map(|condition| this.scalar(condition)).transpose()?;
            this.accumulate(kind, sum, holds, value)
        })?;
        self.push(Node::Each { list: number, index, body })?;
        Ok(vec![Word { source: Source::Reg(sum), kind: held }])
    }

    fn accumulate(
        &mut self,
        kind: ComprehensionKind,
        sum: Reg,
        holds: Option<Reg>,
        value: Option<&Expr>,
    ) -> Lowered<()> {
        let Some(holds) = holds else {
            // Without a condition every item counts; `all` stays true.
            return match kind {
                ComprehensionKind::Any => self.push(Node::Let(sum, Op::Const(1))),
                ComprehensionKind::All => Ok(()),
                ComprehensionKind::Count | ComprehensionKind::Sum => self.add(sum, value),
            };
        };
        match kind {
            ComprehensionKind::Any => self.push(Node::Let(sum, Op::Or(sum, holds))),
            ComprehensionKind::All => self.push(Node::Let(sum, Op::And(sum, holds))),
            ComprehensionKind::Count | ComprehensionKind::Sum => {
                let (then, ()) = self.nested(|this| this.add(sum, value))?;
                self.push(Node::If(holds, then, Vec::new()))
            }
        }
    }

    /// Adds the value, or one without it.
    fn add(&mut self, sum: Reg, value: Option<&Expr>) -> Lowered<()> {
        let added = match value {
            Some(value) => self.scalar(value)?,
            None => self.load(Word { source: Source::Const(1), kind: Kind::Number })?,
        };
        self.push(Node::Let(sum, Op::Arithmetic(Arithmetic::Add, sum, added)))
    }
}
