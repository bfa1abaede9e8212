//! Random expressions that are numbers, and looks at lists.

use pluto_ecl::hir::{Arithmetic, Builtin, ComprehensionKind, Constant, Expr, ExprKind};
use pluto_ecl::types::Type;

use super::Choices;
use super::expressions::{Scope, boxed, make};

impl Scope<'_> {
    pub(super) fn numeric(&mut self, choices: &mut Choices<'_>, ty: &Type, depth: usize) -> Expr {
        let kind = match choices.below(12) {
            0..=3 => return self.arithmetic(choices, ty, depth),
            4 => ExprKind::Negate(boxed(self.expr(choices, ty, depth))),
            5 => {
                let [left, right] = self.pair(choices, ty, depth);
                let which = *choices.pick(&[Builtin::Min, Builtin::Max]);
                ExprKind::Call(which, vec![*left, *right])
            }
            6 => {
                let three = [(); 3].map(|()| self.expr(choices, ty, depth));
                ExprKind::Call(Builtin::Clamp, three.into())
            }
            7 => ExprKind::Call(Builtin::Abs, vec![self.expr(choices, ty, depth)]),
            8 => return self.comprehension(choices, ComprehensionKind::Sum, ty, depth),
            _ => self.conversion(choices, ty, depth),
        };
        make(kind, ty.clone())
    }

    fn conversion(&mut self, choices: &mut Choices<'_>, ty: &Type, depth: usize) -> ExprKind {
        let (builtin, argument) = match (ty, choices.below(6)) {
            (Type::Int, 0) => (Builtin::ToInt, Type::Fixed),
            (Type::Int, 1) => (Builtin::Sqrt, Type::Int),
            (Type::Int, 2) => (Builtin::Length, Type::Text(40)),
            (Type::Int, 3) => {
                return self.comprehension(choices, ComprehensionKind::Count, ty, depth).kind;
            }
            (Type::Int, 4) => {
                let Some(list) = self.list(choices) else {
                    return ExprKind::Constant(Constant::Number(7));
                };
                return ExprKind::Call(Builtin::Length, vec![list]);
            }
            (Type::Int, _) => (Builtin::Balance, Type::Did),
            (Type::Fixed, 0 | 1) => (Builtin::ToFixed, Type::Int),
            (Type::Fixed, 2) => {
                let place = choices.below(6) as u16;
                return ExprKind::Field(boxed(self.expr(choices, &Type::Trust, depth)), place);
            }
            (Type::Fixed, _) => (Builtin::Norm, Type::Trust),
            _ => {
                let [left, right] = self.pair(choices, ty, depth);
                return ExprKind::Call(Builtin::Min, vec![*left, *right]);
            }
        };
        ExprKind::Call(builtin, vec![self.expr(choices, &argument, depth)])
    }

    fn arithmetic(&mut self, choices: &mut Choices<'_>, ty: &Type, depth: usize) -> Expr {
        use Arithmetic::{Add, Div, FixedDiv, FixedMul, Mul, Rem, Sub};
        let (op, left, right) = match (ty, choices.below(7)) {
            (Type::Fixed, 0 | 1) => (FixedMul, Type::Fixed, Type::Fixed),
            (Type::Fixed, 2) => (FixedDiv, Type::Fixed, Type::Fixed),
            (Type::Fixed | Type::Duration, 3) => (Mul, ty.clone(), Type::Int),
            (Type::Fixed | Type::Duration, 4) => (Div, ty.clone(), Type::Int),
            (Type::Time, 0..=2) => (Sub, Type::Time, Type::Duration),
            (Type::Time, _) => (Add, Type::Time, Type::Duration),
            (Type::Duration, 0) => (Sub, Type::Time, Type::Time),
            (Type::Int, 0 | 1) => (Mul, Type::Int, Type::Int),
            (Type::Int, 2) => (Div, Type::Int, Type::Int),
            (Type::Int | Type::Duration, 5) => (Rem, ty.clone(), ty.clone()),
            (_, chosen) => (if chosen == 6 { Sub } else { Add }, ty.clone(), ty.clone()),
        };
        let left = boxed(self.expr(choices, &left, depth));
        let right = boxed(self.expr(choices, &right, depth));
        make(ExprKind::Arithmetic(op, left, right), ty.clone())
    }

    /// A list that has a name, if there is one.
    fn list(&self, choices: &mut Choices<'_>) -> Option<Expr> {
        let mut found = Vec::new();
        for (at, (_, ty)) in (0_u16..).zip(self.params) {
            let param = make(ExprKind::Param(at), ty.clone());
            match ty {
                Type::List(..) => found.push(param),
                Type::Record(id) => {
                    let fields = &self.bundle.types.record(*id)?.fields;
                    for (place, (_, ty)) in (0_u16..).zip(fields) {
                        if matches!(ty, Type::List(..)) {
                            let kind = ExprKind::Field(boxed(param.clone()), place);
                            found.push(make(kind, ty.clone()));
                        }
                    }
                }
                _ => {}
            }
        }
        let count = found.len();
        (count > 0).then(|| found.swap_remove(choices.below(count)))
    }

    pub(super) fn comprehension(
        &mut self,
        choices: &mut Choices<'_>,
        kind: ComprehensionKind,
        ty: &Type,
        depth: usize,
    ) -> Expr {
        let Some(list) = self.list(choices) else { return self.leaf(choices, ty) };
        let Type::List(item_type, _) = &list.ty else { return self.leaf(choices, ty) };
        let item = self.locals.len() as u16;
        self.locals.push((**item_type).clone());
        self.visible.push(item);
        let condition = (!choices.one_in(4)).then(|| boxed(self.expr(choices, &Type::Bool, depth)));
        let value = (kind == ComprehensionKind::Sum).then(|| boxed(self.expr(choices, ty, depth)));
        self.visible.retain(|other| *other != item);
        let list = boxed(list);
        make(ExprKind::Comprehension { kind, item, list, value, condition }, ty.clone())
    }
}
