//! Expressions: operands left to right, what short-circuits is skipped.

use pluto_core::policy::{Claim, Fault};

use super::statements::Machine;
use super::value::Val;
use crate::code::TextTest;
use crate::gas;
use crate::hir::Arithmetic;
use crate::hir::{Builtin, ClaimKind, Comparison, ComprehensionKind, Constant, Expr, ExprKind};
use crate::types::Type;
use crate::{numeric, text};

impl<'a> Machine<'a> {
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Result<Val, Fault> {
        self.gas = self.gas.plus(gas::of_expr(expr));
        match &expr.kind {
            ExprKind::Constant(constant) => Ok(constant_value(constant, &expr.ty)),
            ExprKind::Param(place) => {
                self.params.get(usize::from(*place)).cloned().ok_or(Fault::Engine)
            }
            ExprKind::Local(place) => {
                self.locals.get(usize::from(*place)).cloned().flatten().ok_or(Fault::Engine)
            }
            ExprKind::Subject => Ok(Val::Did(self.subject)),
            ExprKind::Now => Ok(Val::Number(self.facts.now_ms())),
            ExprKind::Field(record, place) => self.eval(record)?.field(*place),
            ExprKind::OptionField(option, place) => self.option_field(option, *place),
            ExprKind::Not(operand) => Ok(Val::Bool(!self.eval(operand)?.flag()?)),
            ExprKind::Negate(operand) => {
                Ok(Val::Number(numeric::negate(self.eval(operand)?.number()?)?))
            }
            ExprKind::And(left, right) => {
                Ok(Val::Bool(self.eval(left)?.flag()? && self.eval(right)?.flag()?))
            }
            ExprKind::Or(left, right) => {
                Ok(Val::Bool(self.eval(left)?.flag()? || self.eval(right)?.flag()?))
            }
            ExprKind::Compare(op, left, right) => self.compare(expr, *op, left, right),
            ExprKind::CompareOption(op, left, right) => self.compare_option(expr, *op, left, right),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right),
            ExprKind::InConstants(value, constants) => {
                let found = self.eval(value)?;
                let mut all = constants.iter().map(|constant| constant_value(constant, &value.ty));
                let held = all.any(|constant| constant == found);
                self.see(expr, &[(value, &found)], held);
                Ok(Val::Bool(held))
            }
            ExprKind::InSet(variant, set) => {
                let (number, mask) = (self.eval(variant)?, self.eval(set)?);
                let held = mask.number()? >> number.number()? & 1 == 1;
                self.see(expr, &[(variant, &number), (set, &mask)], held);
                Ok(Val::Bool(held))
            }
            ExprKind::Call(builtin, arguments) => self.call(expr, *builtin, arguments),
            ExprKind::Has(who, kind, name) => {
                let did = self.eval(who)?;
                let claim = match kind {
                    ClaimKind::Credential => Claim::Credential(name),
                    ClaimKind::Capability => Claim::Capability(name),
                    ClaimKind::Role => Claim::Role(name),
                };
                let held = self.facts.holds(did.did()?, claim)?;
                self.see(expr, &[(who, &did)], held);
                Ok(Val::Bool(held))
            }
            ExprKind::StoreGet(store, key) => self.store_get(*store, key),
            ExprKind::Comprehension { kind, item, list, value, condition } => {
                let items = self.eval(list)?.items()?;
                self.comprehension(*kind, *item, items, value.as_deref(), condition.as_deref())
            }
            ExprKind::Choose(condition, yes, no) => {
                let held = self.eval(condition)?.flag()?;
                self.eval(if held { yes } else { no })
            }
        }
    }

    fn option_field(&mut self, option: &'a Expr, place: u16) -> Result<Val, Fault> {
        let Some(record) = self.eval(option)?.option()? else { return Ok(Val::Option(None)) };
        match record.field(place)? {
            nested @ Val::Option(_) => Ok(nested),
            value => Ok(Val::Option(Some(Box::new(value)))),
        }
    }

    fn compare(
        &mut self,
        expr: &Expr,
        op: Comparison,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Result<Val, Fault> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        let held = ordered(op, &a, &b)?;
        self.see(expr, &[(left, &a), (right, &b)], held);
        Ok(Val::Bool(held))
    }

    fn compare_option(
        &mut self,
        expr: &Expr,
        op: Comparison,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Result<Val, Fault> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        let held = match a.clone().option()? {
            Some(value) => ordered(op, &value, &b)?,
            None => false,
        };
        self.see(expr, &[(left, &a), (right, &b)], held);
        Ok(Val::Bool(held))
    }

    fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Result<Val, Fault> {
        let (a, b) = (self.eval(left)?.number()?, self.eval(right)?.number()?);
        Ok(Val::Number(numeric::arithmetic(op, a, b)?))
    }

    fn store_get(&mut self, store: u16, key: &'a Expr) -> Result<Val, Fault> {
        let key = self.eval(key)?;
        let bundle = self.bundle;
        let store = bundle.stores.get(usize::from(store)).ok_or(Fault::Engine)?;
        self.gas = self.gas.plus(gas::of_migrations(store));
        let found = self.facts.record(&store.name, store.version, key.text()?)?;
        let Some(values) = found else { return Ok(Val::Option(None)) };
        let schema = &bundle.types.record(store.schema).ok_or(Fault::Engine)?.fields;
        if schema.len() != values.len() {
            return Err(Fault::Engine);
        }
        let fields = schema.iter().zip(&values).map(|((_, ty), value)| {
            Val::accept(&bundle.types, ty, value).map_err(|_| Fault::Engine)
        });
        Ok(Val::Option(Some(Box::new(Val::Fields(fields.collect::<Result<_, _>>()?)))))
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        local: u16,
        items: Vec<Val>,
        value: Option<&'a Expr>,
        condition: Option<&'a Expr>,
    ) -> Result<Val, Fault> {
        let all = items.len();
        let (mut holding, mut sum) = (0, 0);
        for item in items {
            self.gas = self.gas.plus(gas::PER_ITEM);
            self.bind(local, Some(item))?;
            let held = condition.map_or(Ok(true), |condition| self.eval(condition)?.flag())?;
            if !held {
                continue;
            }
            holding += 1;
            if let Some(value) = value {
                let more = self.eval(value)?.number()?;
                sum = numeric::arithmetic(Arithmetic::Add, sum, more)?;
            }
        }
        self.bind(local, None)?;
        Ok(match kind {
            ComprehensionKind::Any => Val::Bool(holding > 0),
            ComprehensionKind::All => Val::Bool(holding == all),
            ComprehensionKind::Count => {
                Val::Number(i64::try_from(holding).map_err(|_| Fault::Overflow)?)
            }
            ComprehensionKind::Sum => Val::Number(sum),
        })
    }

    fn call(
        &mut self,
        expr: &'a Expr,
        builtin: Builtin,
        arguments: &'a [Expr],
    ) -> Result<Val, Fault> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(argument)?);
        }
        let result = self.apply(builtin, &values)?;
        if let Val::Bool(held) = result {
            let operands: Vec<_> = arguments.iter().zip(&values).collect();
            self.see(expr, &operands, held);
        }
        Ok(result)
    }

    fn apply(&self, builtin: Builtin, arguments: &[Val]) -> Result<Val, Fault> {
        match (builtin, arguments) {
            (Builtin::Trust, [who]) => {
                Val::trust(&self.facts.trust(who.did()?)?).ok_or(Fault::Engine)
            }
            (Builtin::Balance, [who]) => Ok(Val::Number(self.facts.balance(who.did()?)?)),
            (Builtin::Known, [who]) => Ok(Val::Bool(self.facts.holds(who.did()?, Claim::Known)?)),
            (Builtin::Norm, [trust]) => Ok(Val::Number(numeric::norm(&trust.dimensions()?))),
            (Builtin::Combine, [a, b]) => {
                let pairs = a.dimensions()?.into_iter().zip(b.dimensions()?);
                Ok(Val::Fields(pairs.map(|(a, b)| Val::Number(numeric::combine(a, b))).collect()))
            }
            (Builtin::Length, [Val::List(items)]) => length(items.len()),
            (Builtin::Length, [of]) => length(of.text()?.len()),
            (Builtin::Glob, [a, b]) => questions(TextTest::Glob, a, b),
            (Builtin::StartsWith, [a, b]) => questions(TextTest::StartsWith, a, b),
            (Builtin::EndsWith, [a, b]) => questions(TextTest::EndsWith, a, b),
            (Builtin::Contains, [a, b]) => questions(TextTest::Contains, a, b),
            (Builtin::Present, [option]) => Ok(Val::Bool(option.clone().option()?.is_some())),
            (Builtin::OrElse, [option, other]) => {
                Ok(option.clone().option()?.unwrap_or_else(|| other.clone()))
            }
            (Builtin::Some, [value]) => Ok(Val::Option(Some(Box::new(value.clone())))),
            _ => numbers(builtin, arguments),
        }
    }

    fn see(&mut self, expr: &Expr, operands: &[(&Expr, &Val)], held: bool) {
        self.trace.see(&self.bundle.types, expr, operands, held);
    }
}

fn numbers(builtin: Builtin, arguments: &[Val]) -> Result<Val, Fault> {
    let numbers: Vec<i64> = arguments.iter().map(Val::number).collect::<Result<_, _>>()?;
    Ok(Val::Number(match (builtin, numbers.as_slice()) {
        (Builtin::Min, [a, b]) => *a.min(b),
        (Builtin::Max, [a, b]) => *a.max(b),
        (Builtin::Clamp, [x, low, high]) => numeric::clamp(*x, *low, *high),
        (Builtin::Abs, [x]) => numeric::abs(*x)?,
        (Builtin::ToFixed, [x]) => numeric::to_fixed(*x)?,
        (Builtin::ToInt, [x]) => numeric::to_int(*x),
        (Builtin::Sqrt, [x]) => numeric::sqrt(*x)?,
        _ => return Err(Fault::Engine),
    }))
}

fn questions(test: TextTest, a: &Val, b: &Val) -> Result<Val, Fault> {
    Ok(Val::Bool(text::test(test, a.text()?, b.text()?)))
}

fn length(of: usize) -> Result<Val, Fault> {
    i64::try_from(of).map(Val::Number).map_err(|_| Fault::Overflow)
}

fn ordered(op: Comparison, a: &Val, b: &Val) -> Result<bool, Fault> {
    match (op, a, b) {
        (_, Val::Number(a), Val::Number(b)) => Ok(numeric::compare(op, *a, *b)),
        (Comparison::Eq, a, b) => Ok(a == b),
        (Comparison::Ne, a, b) => Ok(a != b),
        _ => Err(Fault::Engine),
    }
}

/// A constant as a value of its type.
pub(super) fn constant_value(constant: &Constant, ty: &Type) -> Val {
    match (constant, ty) {
        (Constant::Number(number), Type::Bool) => Val::Bool(*number != 0),
        (Constant::Number(number), _) => Val::Number(*number),
        (Constant::Text(text), _) => Val::Text(text.clone()),
        (Constant::None, _) => Val::Option(None),
    }
}
