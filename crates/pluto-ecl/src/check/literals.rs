//! Values of tests: constants, records, lists, identities by name.

use pluto_core::policy::Value;
use pluto_core::trust::NEWCOMER_PPM;

use super::expressions::{Body, Context, DIMENSIONS};
use super::names::unique;
use super::{Checker, codes};
use crate::ast::{Expr, ExprKind, Literal, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Constant, TestValue};
use crate::numeric::FIXED_ONE;
use crate::types::{EnumId, Type};

/// Identities of a test, by number; `subject` is the first.
#[derive(Default)]
pub(super) struct Identities {
    pub(super) names: Vec<String>,
}

impl Identities {
    pub(super) fn new() -> Self {
        Self { names: vec![String::from("subject")] }
    }

    /// The number of a name, a new one the first time.
    pub(super) fn number(&mut self, name: &str) -> u16 {
        let known = self.names.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(number).unwrap_or(u16::MAX)
    }
}

/// Where a literal lies.
pub(super) const fn span_of(literal: &Literal) -> Span {
    match literal {
        Literal::Expr(expr) => expr.span,
        Literal::Record(_, span) | Literal::List(_, span) => *span,
    }
}

impl Checker<'_> {
    /// The literal as a value of that type.
    pub(super) fn literal(
        &mut self,
        literal: &Literal,
        ty: &Type,
        who: &mut Identities,
    ) -> Option<TestValue> {
        match (ty, literal) {
            (Type::Option(inner), _) => match literal {
                Literal::Expr(Expr { kind: ExprKind::None, .. }) => Some(TestValue::Option(None)),
                Literal::Expr(Expr { kind: ExprKind::Call(name, arguments), .. })
                    if name.text == "some" && arguments.len() == 1 =>
                {
                    let inside = arguments.first().cloned().map(Literal::Expr)?;
                    let value = self.literal(&inside, inner, who)?;
                    Some(TestValue::Option(Some(Box::new(value))))
                }
                _ => {
                    let value = self.literal(literal, inner, who)?;
                    Some(TestValue::Option(Some(Box::new(value))))
                }
            },
            (Type::Record(_), Literal::Record(fields, span)) => {
                self.record_of(fields, ty, *span, who)
            }
            (Type::List(item, max), Literal::List(items, span)) => {
                if items.len() > usize::from(*max) {
                    let message =
                        format!("the list has at most {max} items, found {}", items.len());
                    self.given_value(message, *span, "too long", None);
                    return None;
                }
                let items: Vec<_> =
                    items.iter().map(|literal| self.literal(literal, item, who)).collect();
                Some(TestValue::List(items.into_iter().collect::<Option<_>>()?))
            }
            (Type::Set(id), Literal::List(items, _)) => self.set_of(*id, items),
            (Type::Trust, _) => self.trust_of(literal).map(|trust| {
                TestValue::Scalar(Value::Trust(pluto_core::trust::TrustVector(trust)))
            }),
            (Type::Did, Literal::Expr(expr)) => self.identity_of(expr, who),
            (Type::Record(_) | Type::List(..) | Type::Set(_), _)
            | (_, Literal::Record(..) | Literal::List(..)) => {
                let shown = self.shown(ty);
                let hint = match ty {
                    Type::Record(_) => "a record is written `{ field: value, … }`",
                    Type::List(..) => "a list is written `[a, b]`",
                    Type::Set(_) => "in a test, a set is written `[a, b]`",
                    _ => "a single value is written as in an expression",
                };
                let message = format!("`{shown}` is expected here");
                self.given_value(message, span_of(literal), "something else", Some(hint));
                None
            }
            (_, Literal::Expr(expr)) => self.scalar_of(expr, ty).map(TestValue::Scalar),
        }
    }

    fn given_value(&mut self, message: String, span: Span, label: &str, hint: Option<&str>) {
        let mut found = Diagnostic::error(codes::GIVEN_VALUE, message, span, label);
        if let Some(hint) = hint {
            found = found.note(hint);
        }
        self.out.push(found);
    }

    fn identity_of(&mut self, expr: &Expr, who: &mut Identities) -> Option<TestValue> {
        match &expr.kind {
            ExprKind::Subject => Some(TestValue::Identity(0)),
            ExprKind::Name(name) => Some(TestValue::Identity(who.number(name))),
            _ => {
                let message = String::from("an identity is expected here");
                let hint = "in a test any name stands for an identity: `given receiver = bob`";
                self.given_value(message, expr.span, "no name", Some(hint));
                None
            }
        }
    }

    fn set_of(&mut self, id: EnumId, items: &[Literal]) -> Option<TestValue> {
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            let Literal::Expr(Expr { kind: ExprKind::Name(name), span }) = item else {
                let message = String::from("a variant is expected here");
                self.given_value(message, span_of(item), "no variant", None);
                return None;
            };
            self.variant(id, &Name { text: name.clone(), span: *span })?;
            names.push(name.clone());
        }
        Some(TestValue::Scalar(Value::Set(names)))
    }

    /// A record; options that are left out are none, and fields of stores take their default.
    fn record_of(
        &mut self,
        given: &[(Name, Literal)],
        ty: &Type,
        span: Span,
        who: &mut Identities,
    ) -> Option<TestValue> {
        let Type::Record(id) = ty else { return None };
        let record = self.types.record(*id)?.clone();
        let store = self.stores.iter().find(|store| store.schema == *id);
        let defaults = store.map(|store| store.defaults.clone()).unwrap_or_default();
        unique(&mut self.out, "field", given.iter().map(|(name, _)| name));
        for (name, _) in given {
            if !record.fields.iter().any(|(known, _)| *known == name.text) {
                let known = record.fields.iter().map(|(name, _)| name.as_str());
                let what = format!("field of `{}`", record.name);
                let found = super::names::unknown(
                    codes::UNKNOWN_FIELD,
                    &what,
                    &name.text,
                    name.span,
                    known,
                );
                self.out.push(found);
            }
        }
        let mut fields = Vec::with_capacity(record.fields.len());
        let mut missing = Vec::new();
        for (place, (name, ty)) in record.fields.iter().enumerate() {
            let literal = given.iter().find(|(given, _)| given.text == *name);
            let value = match (literal, defaults.get(place).cloned().flatten(), ty) {
                (Some((_, literal)), ..) => self.literal(literal, ty, who)?,
                (None, Some(default), _) => self.constant_as(&default, ty)?,
                (None, None, Type::Option(_)) => TestValue::Option(None),
                _ => {
                    missing.push(format!("`{name}`"));
                    continue;
                }
            };
            fields.push((name.clone(), value));
        }
        if missing.is_empty() {
            return Some(TestValue::Record(fields));
        }
        let message = format!("`{}` also has {}", record.name, missing.join(", "));
        let hint = "only options and fields with a default can be left out";
        self.given_value(message, span, "not the whole record", Some(hint));
        None
    }

    /// Trust: `trust(0.8)`, `trust(0.8, 0.7, …)` with six, or `{ r: 0.8 }` with the rest a newcomer's.
    pub(super) fn trust_of(&mut self, literal: &Literal) -> Option<[u32; 6]> {
        match literal {
            Literal::Expr(Expr { kind: ExprKind::Call(name, arguments), .. })
                if name.text == "trust" && matches!(arguments.len(), 1 | 6) =>
            {
                let shares: Vec<_> =
                    arguments.iter().map(|argument| self.share(argument)).collect();
                let shares = shares.into_iter().collect::<Option<Vec<u32>>>()?;
                match shares.as_slice() {
                    [one] => Some([*one; 6]),
                    six => six.try_into().ok(),
                }
            }
            Literal::Record(fields, _) => {
                unique(&mut self.out, "dimension", fields.iter().map(|(name, _)| name));
                let mut trust = [NEWCOMER_PPM; 6];
                for (name, value) in fields {
                    let place = self.dimension(name)?;
                    let Literal::Expr(value) = value else { return None };
                    *trust.get_mut(place)? = self.share(value)?;
                }
                Some(trust)
            }
            _ => {
                let message = String::from("trust is expected here");
                let hint = "write `trust(0.8)` for all dimensions, or `{ r: 0.8, i: 0.7 }`; the rest is 0.1, as of a newcomer";
                self.given_value(message, span_of(literal), "no trust", Some(hint));
                None
            }
        }
    }

    /// The place of a dimension.
    pub(super) fn dimension(&mut self, name: &Name) -> Option<usize> {
        let place = DIMENSIONS.iter().position(|(short, _)| *short == name.text);
        if place.is_none() {
            let known = DIMENSIONS.iter().map(|(short, _)| *short);
            let what = "dimension of trust";
            let found =
                super::names::unknown(codes::UNKNOWN_FIELD, what, &name.text, name.span, known);
            self.out.push(found);
        }
        place
    }

    /// A decimal in 0 to 1, in millionths.
    pub(super) fn share(&mut self, expr: &Expr) -> Option<u32> {
        let Value::Fixed(millionths) = self.scalar_of(expr, &Type::Fixed)? else { return None };
        if (0..=FIXED_ONE).contains(&millionths) {
            return u32::try_from(millionths).ok();
        }
        let message =
            format!("trust lies within 0 to 1, found `{}`", crate::show::fixed(millionths));
        self.given_value(message, expr.span, "out of range", None);
        None
    }

    /// A single value. A moment is written in milliseconds, or as a span from the beginning.
    pub(super) fn scalar_of(&mut self, expr: &Expr, ty: &Type) -> Option<Value> {
        let mut body = Body::new(self, Context::Constant);
        let typed = match ty {
            Type::Time => {
                let typed = body.expr(expr, None)?;
                if !matches!(typed.ty, Type::Int | Type::Duration) {
                    body.mismatch(&Type::Duration, &typed);
                    return None;
                }
                typed
            }
            _ => body.value(expr, ty)?,
        };
        let constant = body.fold(&typed)?;
        let TestValue::Scalar(value) = self.constant_as(&constant, ty)? else { return None };
        Some(value)
    }

    fn constant_as(&self, constant: &Constant, ty: &Type) -> Option<TestValue> {
        let value = match (constant, ty) {
            (Constant::None, _) => return Some(TestValue::Option(None)),
            (Constant::Text(text), Type::Symbol) => Value::Symbol(text.clone()),
            (Constant::Text(text), _) => Value::Text(text.clone()),
            (Constant::Number(number), Type::Bool) => Value::Bool(*number != 0),
            (Constant::Number(number), Type::Int) => Value::Int(*number),
            (Constant::Number(number), Type::Fixed) => Value::Fixed(*number),
            (Constant::Number(number), Type::Time) => Value::Time(*number),
            (Constant::Number(number), Type::Duration) => Value::Duration(*number),
            (Constant::Number(number), Type::Enum(id)) => {
                let place = usize::try_from(*number).ok()?;
                Value::Variant((*self.variants(*id).get(place)?).to_owned())
            }
            _ => return None,
        };
        Some(TestValue::Scalar(value))
    }
}
