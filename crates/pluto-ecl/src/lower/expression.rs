//! Expressions.

use pluto_core::policy::Gas;

use super::Lowered;
use super::build::Builder;
use super::value::{Source, Value, Word, field, flag, number};
use crate::code::{Fact, Kind, Node, Op, Reg, mirrored};
use crate::gas;
use crate::hir::{Arithmetic, Comparison, Constant, Expr, ExprKind};
use crate::layout::kinds;
use crate::types::Type;

impl Builder<'_> {
    /// Evaluates an expression; pays for it and its operands.
    pub(super) fn expr(&mut self, expr: &Expr) -> Lowered<Value> {
        self.deeper(|this| {
            let outer = std::mem::replace(&mut this.span, expr.span);
            this.charge(gas::of_expr(expr))?;
            let value = this.kind(expr)?;
            this.span = outer;
            Ok(value)
        })
    }

    /// Evaluates an expression of one word.
    pub(super) fn word(&mut self, expr: &Expr) -> Lowered<Word> {
        match self.expr(expr)?.as_slice() {
            [word] => Ok(*word),
            _ => Err(self.broken("expected a scalar")),
        }
    }

    /// Evaluates an expression of one word into a register.
    pub(super) fn scalar(&mut self, expr: &Expr) -> Lowered<Reg> {
        let word = self.word(expr)?;
        self.load(word)
    }

    /// Evaluates an option: its flag and the words of its value.
    pub(super) fn option(&mut self, expr: &Expr) -> Lowered<(Word, Value)> {
        let value = self.expr(expr)?;
        match (value.split_first(), &expr.ty) {
            (Some((flag, rest)), Type::Option(_)) => Ok((*flag, rest.to_vec())),
            _ => Err(self.broken("expected an option")),
        }
    }

    fn kind(&mut self, expr: &Expr) -> Lowered<Value> {
        match &expr.kind {
            ExprKind::Constant(constant) => self.constant(constant, &expr.ty),
            ExprKind::Param(param) => self.param(*param),
            ExprKind::Local(local) => {
                let value = self.locals.get(usize::from(*local)).cloned().flatten();
                value.ok_or_else(|| self.broken("a local is used before it has a value"))
            }
            ExprKind::Subject => Ok(vec![Word { source: Source::Subject, kind: Kind::Did }]),
            ExprKind::Now => Ok(vec![Word { source: Source::Now, kind: Kind::Number }]),
            ExprKind::Field(inner, place) => self.field(inner, *place),
            ExprKind::OptionField(inner, place) => self.option_field(inner, *place),
            ExprKind::Not(inner) => {
                let inner = self.scalar(inner)?;
                Ok(vec![flag(self.emit(Kind::Bool, Op::Not(inner))?)])
            }
            ExprKind::Negate(inner) => {
                let inner = self.scalar(inner)?;
                Ok(vec![number(self.emit(Kind::Number, Op::Negate(inner))?)])
            }
            ExprKind::And(left, right) => self.short(left, right, false),
            ExprKind::Or(left, right) => self.short(left, right, true),
            ExprKind::Compare(op, left, right) => self.compare(*op, left, right),
            ExprKind::CompareOption(op, left, right) => self.compare_option(*op, left, right),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right),
            ExprKind::InConstants(inner, constants) => self.in_constants(inner, constants),
            ExprKind::InSet(variant, set) => {
                let variant = self.scalar(variant)?;
                let set = self.scalar(set)?;
                Ok(vec![flag(self.emit(Kind::Bool, Op::Bit(set, variant))?)])
            }
            ExprKind::Call(builtin, arguments) => self.call(*builtin, arguments),
            ExprKind::Has(who, claim, name) => {
                let who = self.word(who)?;
                let name = self.literal(name)?;
                self.fact(Fact::Has(*claim, name), who)
            }
            ExprKind::StoreGet(store, key) => self.store_get(*store, key, &expr.ty),
            ExprKind::Comprehension { kind, item, list, value, condition } => {
                self.comprehension(*kind, *item, list, value.as_deref(), condition.as_deref())
            }
            ExprKind::Choose(condition, left, right) => {
                self.choose(condition, left, right, &expr.ty)
            }
        }
    }

    fn constant(&mut self, constant: &Constant, ty: &Type) -> Lowered<Value> {
        let kinds = kinds(&self.bundle.types, ty);
        match (constant, kinds.as_slice()) {
            (Constant::None, [Kind::Bool, rest @ ..]) => {
                let none = Word { source: Source::Const(0), kind: Kind::Bool };
                let absent = rest.iter().map(|kind| Word { source: Source::Absent, kind: *kind });
                Ok([none].into_iter().chain(absent).collect())
            }
            (_, [kind]) => {
                let source = self.constant_source(constant)?;
                Ok(vec![Word { source, kind: *kind }])
            }
            _ => Err(self.broken("a constant of a composite type")),
        }
    }

    fn constant_source(&mut self, constant: &Constant) -> Lowered<Source> {
        match constant {
            Constant::Number(value) => Ok(Source::Const(*value)),
            Constant::Text(text) => Ok(Source::Literal(self.literal(text)?)),
            Constant::None => Err(self.broken("none is no scalar")),
        }
    }

    fn slice(&self, value: &[Word], ty: &Type, place: u16) -> Lowered<Value> {
        let found = field(&self.bundle.types, ty, place);
        let words = found.and_then(|(first, width)| value.get(first..first + width));
        words.map(<[Word]>::to_vec).ok_or_else(|| self.broken("no such field"))
    }

    fn field(&mut self, inner: &Expr, place: u16) -> Lowered<Value> {
        let value = self.expr(inner)?;
        self.slice(&value, &inner.ty, place)
    }

    /// A field of an optional record. A field that is an option itself is there if both are.
    fn option_field(&mut self, inner: &Expr, place: u16) -> Lowered<Value> {
        let (there, value) = self.option(inner)?;
        let Type::Option(record) = &inner.ty else { return Err(self.broken("expected an option")) };
        let words = self.slice(&value, record, place)?;
        let nested = match &**record {
            Type::Record(id) => {
                let field =
                    self.bundle.types.record(*id).and_then(|r| r.fields.get(usize::from(place)));
                matches!(field, Some((_, Type::Option(_))))
            }
            _ => false,
        };
        match words.split_first() {
            Some((own, rest)) if nested => {
                let (there, own) = (self.load(there)?, self.load(*own)?);
                let both = flag(self.emit(Kind::Bool, Op::And(there, own))?);
                Ok([both].into_iter().chain(rest.iter().copied()).collect())
            }
            _ => Ok([there].into_iter().chain(words).collect()),
        }
    }

    /// `&&` and `||`: the right side in a block of its own.
    fn short(&mut self, left: &Expr, right: &Expr, or: bool) -> Lowered<Value> {
        let left = self.scalar(left)?;
        let dst = self.register(Kind::Bool)?;
        let (evaluated, ()) = self.nested(|this| {
            let right = this.word(right)?;
            this.load_into(dst, right)
        })?;
        let (skipped, ()) =
            self.nested(|this| this.push(Node::Let(dst, Op::Const(i64::from(or)))))?;
        let (then, otherwise) = if or { (skipped, evaluated) } else { (evaluated, skipped) };
        self.push(Node::If(left, then, otherwise))?;
        Ok(vec![flag(dst)])
    }

    fn compare(&mut self, op: Comparison, left: &Expr, right: &Expr) -> Lowered<Value> {
        let (left, right) = (self.word(left)?, self.word(right)?);
        Ok(vec![flag(self.compare_words(op, left, right)?)])
    }

    pub(super) fn compare_words(
        &mut self,
        op: Comparison,
        left: Word,
        right: Word,
    ) -> Lowered<Reg> {
        let op = match (left.source, right.source) {
            (_, Source::Const(value)) => Op::CompareConst(op, self.load(left)?, value),
            (Source::Const(value), _) => Op::CompareConst(mirrored(op), self.load(right)?, value),
            _ => Op::Compare(op, self.load(left)?, self.load(right)?),
        };
        self.emit(Kind::Bool, op)
    }

    fn compare_option(&mut self, op: Comparison, left: &Expr, right: &Expr) -> Lowered<Value> {
        let (there, value) = self.option(left)?;
        let right = self.word(right)?;
        let [value] = value.as_slice() else { return Err(self.broken("expected a scalar option")) };
        let holds = self.compare_words(op, *value, right)?;
        let there = self.load(there)?;
        Ok(vec![flag(self.emit(Kind::Bool, Op::And(there, holds))?)])
    }

    fn arithmetic(&mut self, op: Arithmetic, left: &Expr, right: &Expr) -> Lowered<Value> {
        let left = self.word(left)?;
        let right = self.word(right)?;
        let (left, right) = (self.load(left)?, self.load(right)?);
        Ok(vec![number(self.emit(Kind::Number, Op::Arithmetic(op, left, right))?)])
    }

    /// Small numbers become one test of a bit, everything else a chain of comparisons.
    fn in_constants(&mut self, inner: &Expr, constants: &[Constant]) -> Lowered<Value> {
        let word = self.word(inner)?;
        let bit = |constant: &Constant| match constant {
            Constant::Number(value @ 0..64) => Some(1_u64 << value),
            _ => None,
        };
        let mask = constants.iter().map(bit).try_fold(0, |mask, bit| bit.map(|bit| mask | bit));
        if let (Some(mask), Kind::Number) = (mask, word.kind) {
            let set = Word { source: Source::Const(mask.cast_signed()), kind: Kind::Number };
            let (set, reg) = (self.load(set)?, self.load(word)?);
            return Ok(vec![flag(self.emit(Kind::Bool, Op::Bit(set, reg))?)]);
        }
        let mut found = None;
        for constant in constants {
            let source = self.constant_source(constant)?;
            let equal =
                self.compare_words(Comparison::Eq, word, Word { source, kind: word.kind })?;
            found = Some(match found {
                Some(before) => self.emit(Kind::Bool, Op::Or(before, equal))?,
                None => equal,
            });
        }
        let never = Word { source: Source::Const(0), kind: Kind::Bool };
        Ok(vec![found.map_or(never, flag)])
    }

    fn choose(&mut self, condition: &Expr, left: &Expr, right: &Expr, ty: &Type) -> Lowered<Value> {
        let condition = self.scalar(condition)?;
        let kinds = kinds(&self.bundle.types, ty);
        let dst = self.registers(&kinds)?;
        let (then, ()) = self.nested(|this| this.value_into(&dst, left))?;
        let (otherwise, ()) = self.nested(|this| this.value_into(&dst, right))?;
        self.push(Node::If(condition, then, otherwise))?;
        Ok(words(&dst, &kinds))
    }

    fn value_into(&mut self, dst: &[Reg], expr: &Expr) -> Lowered<()> {
        let value = self.expr(expr)?;
        if value.len() != dst.len() {
            return Err(self.broken("two types where one was expected"));
        }
        value.iter().zip(dst).try_for_each(|(word, dst)| self.load_into(*dst, *word))
    }

    fn store_get(&mut self, store: u16, key: &Expr, ty: &Type) -> Lowered<Value> {
        let about = self.scalar(key)?;
        let declared = self.bundle.stores.get(usize::from(store));
        self.charge(declared.map_or(Gas::ZERO, gas::of_migrations))?;
        let kinds = kinds(&self.bundle.types, ty);
        let dst = self.registers(&kinds)?;
        let value = words(&dst, &kinds);
        let dst = self.first(&dst)?;
        self.push(Node::Read { dst, fact: Fact::Record(store), about })?;
        Ok(value)
    }
}

fn words(registers: &[Reg], kinds: &[Kind]) -> Value {
    let pairs = registers.iter().zip(kinds);
    pairs.map(|(reg, kind)| Word { source: Source::Reg(*reg), kind: *kind }).collect()
}
