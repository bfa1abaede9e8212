//! Operators: which types they take, and what a literal beside them becomes.

use super::codes;
use super::constants::scalar;
use super::expressions::{Body, common, fits, number};
use crate::ast::{self, BinaryOp};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Arithmetic, Comparison, Constant, Expr, ExprKind};
use crate::types::Type;

impl Body<'_, '_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let comparison = match op {
            BinaryOp::Or | BinaryOp::And => {
                let (a, b) = (self.value(left, &Type::Bool), self.value(right, &Type::Bool));
                let (a, b) = (Box::new(a?), Box::new(b?));
                self.same_sides(&a, &b, span);
                let kind =
                    if op == BinaryOp::And { ExprKind::And(a, b) } else { ExprKind::Or(a, b) };
                return Some(Expr { kind, ty: Type::Bool, span });
            }
            BinaryOp::Eq => Comparison::Eq,
            BinaryOp::Ne => Comparison::Ne,
            BinaryOp::Lt => Comparison::Lt,
            BinaryOp::Le => Comparison::Le,
            BinaryOp::Gt => Comparison::Gt,
            BinaryOp::Ge => Comparison::Ge,
            _ => return self.arithmetic(op, left, right, want, span),
        };
        self.comparison(comparison, left, right, span)
    }

    /// Both operands, where a literal or bare word takes its type from the other side. When the side
    /// that tells the type has errors, the other one is left alone.
    pub(super) fn pair(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
    ) -> Option<(Expr, Expr)> {
        match (self.open(left), self.open(right)) {
            (true, false) => {
                let b = self.expr(right, want)?;
                let a = self.expr(left, Some(value_type(&b.ty)))?;
                Some((a, b))
            }
            (false, true) => {
                let a = self.expr(left, want)?;
                let b = self.expr(right, Some(value_type(&a.ty)))?;
                Some((a, b))
            }
            _ => {
                let (a, b) = (self.expr(left, want), self.expr(right, want));
                Some((a?, b?))
            }
        }
    }

    /// Whether an expression waits for its type: a whole number, a word nothing declares.
    pub(super) fn open(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ast::ExprKind::Int(_) | ast::ExprKind::None => true,
            ast::ExprKind::Negate(operand) => self.open(operand),
            ast::ExprKind::Name(name) => {
                !self.scope.has(name) && !self.checker.names.constants.contains_key(name.as_str())
            }
            ast::ExprKind::Binary(
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem,
                left,
                right,
            ) => self.open(left) && self.open(right),
            ast::ExprKind::Choose(_, yes, no) => self.open(yes) && self.open(no),
            _ => false,
        }
    }

    fn comparison(
        &mut self,
        op: Comparison,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        if [left, right].iter().any(|side| side.kind == ast::ExprKind::None) {
            let message = "nothing is compared with `none`";
            let found = Diagnostic::error(codes::OPTION, message, span, "compares with `none`")
                .note("`present(x)` asks whether there is a value, `!present(x)` whether there is none");
            self.report(found);
            return None;
        }
        let (a, b) = self.pair(left, right, None)?;
        if let Type::Option(_) = b.ty {
            let message = "the right side of a comparison may be none";
            let found = Diagnostic::error(codes::OPTION, message, b.span, "may be none");
            let hint = if matches!(a.ty, Type::Option(_)) {
                "two options are not compared: give one a default with `or_else`"
            } else {
                "put the option on the left: the comparison is then false when there is no value"
            };
            self.report(found.note(hint));
            return None;
        }
        let ty = value_type(&a.ty).clone();
        if common(&ty, &b.ty).is_none() {
            self.different(&ty, &a, &b, span);
            return None;
        }
        self.comparable(op, &ty, span)?;
        let optional = a.ty != ty;
        let (a, b) = (Box::new(a), Box::new(b));
        if optional {
            return Some(Expr { kind: ExprKind::CompareOption(op, a, b), ty: Type::Bool, span });
        }
        let compared = Expr { kind: ExprKind::Compare(op, a, b), ty: Type::Bool, span };
        self.advise_comparison(&compared);
        Some(compared)
    }

    fn different(&mut self, ty: &Type, a: &Expr, b: &Expr, span: Span) {
        let (left, right) = (self.shown(ty), self.shown(&b.ty));
        let message = format!("`{left}` is compared with `{right}`");
        let found = Diagnostic::error(codes::MISMATCH, message, span, "different types")
            .also(a.span, format!("this is `{left}`"))
            .also(b.span, format!("this is `{right}`"));
        let hint = match (ty, &b.ty) {
            (Type::Int, Type::Fixed) | (Type::Fixed, Type::Int) => {
                "numbers do not convert by themselves: `fixed(x)` or `int(x)` does it"
            }
            (Type::Duration, Type::Int) | (Type::Int, Type::Duration) => {
                "a span has a unit: `5s`, `24h`, `30d`"
            }
            (Type::Symbol | Type::Enum(_), Type::Text(_)) => "write the word without quotes",
            (Type::Trust, Type::Fixed | Type::Int) => {
                "`norm(x)` makes one number of the six dimensions; `x.r` is one of them"
            }
            _ => "both sides have the same type",
        };
        self.report(found.note(hint));
    }

    fn comparable(&mut self, op: Comparison, ty: &Type, span: Span) -> Option<()> {
        let equality = matches!(op, Comparison::Eq | Comparison::Ne);
        let ordered = matches!(ty, Type::Int | Type::Fixed | Type::Time | Type::Duration);
        if ordered || (equality && (scalar(ty) || *ty == Type::Did)) {
            return Some(());
        }
        let shown = self.shown(ty);
        let message = if equality {
            format!("values of `{shown}` are not compared")
        } else {
            format!("values of `{shown}` have no order")
        };
        let found = Diagnostic::error(codes::NOT_COMPARABLE, message, span, "compared here");
        let hint = match ty {
            Type::Trust => "`norm(x)` makes one number of the six dimensions; `x.r` is one of them",
            Type::Record(_) => "compare their fields",
            Type::Set(_) => "ask for a variant: `variant in set`",
            Type::List(..) => "look at the items: `any(x in list where …)`",
            _ => "only `==` and `!=` are defined for them",
        };
        self.report(found.note(hint));
        None
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let want = want.filter(|want| **want == Type::Fixed);
        let (a, b) = match op {
            // `fixed * 2` needs no decimal: the whole number stays one.
            BinaryOp::Mul | BinaryOp::Div if self.open(right) && !self.open(left) => {
                let (a, b) = (self.expr(left, want), self.expr(right, None));
                (a?, b?)
            }
            BinaryOp::Mul if self.open(left) && !self.open(right) => {
                let (a, b) = (self.expr(left, None), self.expr(right, want));
                (a?, b?)
            }
            _ if self.open(left) && self.open(right) => self.pair(left, right, want)?,
            _ => self.pair(left, right, None)?,
        };
        let Some((op, ty)) = defined(op, &a.ty, &b.ty) else {
            self.undefined(op, &a, &b, span);
            return None;
        };
        let kind = ExprKind::Arithmetic(op, Box::new(a), Box::new(b));
        self.always_faults(Expr { kind, ty, span })
    }

    fn undefined(&mut self, op: BinaryOp, a: &Expr, b: &Expr, span: Span) {
        let (left, right) = (self.shown(&a.ty), self.shown(&b.ty));
        let message = format!("`{}` is not defined for `{left}` and `{right}`", symbol(op));
        let found = Diagnostic::error(codes::OPERANDS, message, span, "no such operation")
            .also(a.span, format!("this is `{left}`"))
            .also(b.span, format!("this is `{right}`"));
        let hint = match (&a.ty, &b.ty) {
            (Type::Option(_), _) | (_, Type::Option(_)) => {
                "a value that may be none needs a default first: `or_else(x, 0)`"
            }
            (Type::Int, Type::Fixed) | (Type::Fixed, Type::Int) => {
                "numbers do not convert by themselves: `fixed(x)` or `int(x)` does it"
            }
            (Type::Duration, Type::Time) | (Type::Int, Type::Duration) => {
                "the other way round: the moment before the span, the span before the number"
            }
            (Type::Time | Type::Duration, Type::Int) => "a span has a unit: `5s`, `24h`, `30d`",
            (Type::Text(_), _) | (_, Type::Text(_)) => {
                "texts are not joined; `starts_with`, `contains` and `glob` ask about them"
            }
            (Type::Trust, _) | (_, Type::Trust) => {
                "`norm(x)` makes one number of the six dimensions; `combine(a, b)` joins two"
            }
            _ => "arithmetic is defined on `int`, `fixed`, `time` and `duration`",
        };
        self.report(found.note(hint));
    }

    pub(super) fn negate(
        &mut self,
        operand: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let operand = self.expr(operand, want)?;
        if !matches!(operand.ty, Type::Int | Type::Fixed | Type::Duration) {
            let message = format!("`-` is not defined for `{}`", self.shown(&operand.ty));
            let found = Diagnostic::error(codes::OPERANDS, message, span, "no such operation")
                .note("it is defined on `int`, `fixed` and `duration`; `!` is for conditions");
            self.report(found);
            return None;
        }
        let ty = operand.ty.clone();
        // `-5` is a literal and costs nothing.
        if let ExprKind::Constant(Constant::Number(value)) = operand.kind
            && let Ok(negated) = crate::numeric::negate(value)
        {
            return number(negated, ty, span);
        }
        self.always_faults(Expr { kind: ExprKind::Negate(Box::new(operand)), ty, span })
    }

    pub(super) fn choose(
        &mut self,
        condition: &ast::Expr,
        yes: &ast::Expr,
        no: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let condition = self.condition(condition);
        // `none` takes its type from the whole option on the other side.
        let (a, b) = if want.is_some() {
            let (a, b) = (self.expr(yes, want), self.expr(no, want));
            (a?, b?)
        } else if yes.kind == ast::ExprKind::None {
            let b = self.expr(no, None)?;
            (self.expr(yes, Some(&b.ty))?, b)
        } else if no.kind == ast::ExprKind::None {
            let a = self.expr(yes, None)?;
            let b = self.expr(no, Some(&a.ty))?;
            (a, b)
        } else {
            self.pair(yes, no, None)?
        };
        let Some(ty) = common(&a.ty, &b.ty) else {
            let (left, right) = (self.shown(&a.ty), self.shown(&b.ty));
            let message = format!("a choice between `{left}` and `{right}` has no type");
            let found = Diagnostic::error(codes::MISMATCH, message, span, "different types")
                .also(a.span, format!("this is `{left}`"))
                .also(b.span, format!("this is `{right}`"))
                .note("both branches have the same type");
            self.report(found);
            return None;
        };
        if self.checker.holds_list(&ty) {
            self.checker.list_place(
                span,
                "a choice",
                "choose between values computed from the lists",
            );
            return None;
        }
        let kind = ExprKind::Choose(Box::new(condition?), Box::new(a), Box::new(b));
        Some(Expr { kind, ty, span })
    }
}

/// What is compared: the value of an option, anything else itself.
fn value_type(ty: &Type) -> &Type {
    if let Type::Option(inner) = ty { inner } else { ty }
}

/// The operation and the type of its result, if it is defined.
fn defined(op: BinaryOp, a: &Type, b: &Type) -> Option<(Arithmetic, Type)> {
    use Type::{Duration, Fixed, Int, Time};
    Some(match (op, a, b) {
        (BinaryOp::Add, Int | Fixed | Duration, _) if fits(a, b) => (Arithmetic::Add, a.clone()),
        (BinaryOp::Sub, Int | Fixed | Duration, _) if fits(a, b) => (Arithmetic::Sub, a.clone()),
        (BinaryOp::Add, Time, Duration) => (Arithmetic::Add, Time),
        (BinaryOp::Sub, Time, Duration) => (Arithmetic::Sub, Time),
        (BinaryOp::Sub, Time, Time) => (Arithmetic::Sub, Duration),
        (BinaryOp::Mul, Int | Fixed | Duration, Int) => (Arithmetic::Mul, a.clone()),
        (BinaryOp::Mul, Int, Fixed) => (Arithmetic::Mul, Fixed),
        (BinaryOp::Mul, Fixed, Fixed) => (Arithmetic::FixedMul, Fixed),
        (BinaryOp::Div, Int | Fixed | Duration, Int) => (Arithmetic::Div, a.clone()),
        (BinaryOp::Div, Fixed, Fixed) => (Arithmetic::FixedDiv, Fixed),
        (BinaryOp::Rem, Int, Int) => (Arithmetic::Rem, Int),
        (BinaryOp::Rem, Duration, Duration) => (Arithmetic::Rem, Duration),
        _ => return None,
    })
}

const fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}
