//! Random expressions of a wanted type.

use pluto_ecl::Span;
use pluto_ecl::hir::{
    Builtin, Bundle, ClaimKind, Comparison, ComprehensionKind, Constant, Expr, ExprKind,
};
use pluto_ecl::types::Type;

use super::Choices;
use super::types::{self, ITEM, POINT, PROFILE};

/// Texts of policies, requests and records: few, so that they are often equal.
pub(super) const TEXTS: &[&str] =
    &["", "a", "b", "ab", "a/b", "a/b:c", "*", "a/*", "**", "?", "a*b", "admin", "é", "aaaaaaaaaa"];
pub(super) const SYMBOLS: &[&str] = &["at", "de", "admin", "a"];
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    3,
    5,
    7,
    63,
    64,
    100,
    500_000,
    1_000_000,
    -1_000_000,
    999_999,
    86_400_000,
    2_147_483_647,
    -2_147_483_648,
    2_147_483_648,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    i64::MAX / 2,
];
const COMPARISONS: [Comparison; 6] = [
    Comparison::Eq,
    Comparison::Ne,
    Comparison::Lt,
    Comparison::Le,
    Comparison::Gt,
    Comparison::Ge,
];

/// What can be named where an expression stands.
pub(super) struct Scope<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) params: &'a [(String, Type)],
    /// Types of all locals made so far.
    pub(super) locals: Vec<Type>,
    /// Those that have a value here.
    pub(super) visible: Vec<u16>,
    /// How many more nodes the policy may have; keeps it small.
    pub(super) budget: usize,
}

pub(super) fn make(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

pub(super) fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn option(ty: &Type) -> Type {
    Type::Option(Box::new(ty.clone()))
}

pub(super) fn number(choices: &mut Choices<'_>) -> i64 {
    if choices.one_in(8) { choices.word().cast_signed() } else { *choices.pick(NUMBERS) }
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Fixed | Type::Time | Type::Duration)
}

impl Scope<'_> {
    /// An expression of that type.
    pub(super) fn expr(&mut self, choices: &mut Choices<'_>, ty: &Type, depth: usize) -> Expr {
        let over = depth == 0 || self.budget == 0;
        self.budget = self.budget.saturating_sub(1);
        if over || choices.one_in(4) {
            return self.leaf(choices, ty);
        }
        if choices.one_in(8) {
            let condition = self.expr(choices, &Type::Bool, depth - 1);
            let (left, right) =
                (self.expr(choices, ty, depth - 1), self.expr(choices, ty, depth - 1));
            let kind = ExprKind::Choose(boxed(condition), boxed(left), boxed(right));
            return make(kind, ty.clone());
        }
        if choices.one_in(8) && !matches!(ty, Type::Option(_)) {
            let from = self.expr(choices, &option(ty), depth - 1);
            let default = self.expr(choices, ty, depth - 1);
            return make(ExprKind::Call(Builtin::OrElse, vec![from, default]), ty.clone());
        }
        match ty {
            Type::Bool => self.boolean(choices, depth - 1),
            Type::Int | Type::Fixed | Type::Time | Type::Duration => {
                self.numeric(choices, ty, depth - 1)
            }
            Type::Trust => self.trust(choices, depth - 1),
            Type::Option(inner) => self.optional(choices, ty, inner, depth - 1),
            _ => self.leaf(choices, ty),
        }
    }

    /// A parameter, local or field of that type, or a constant.
    pub(super) fn leaf(&mut self, choices: &mut Choices<'_>, ty: &Type) -> Expr {
        let mut found = self.named(ty);
        let count = found.len();
        if count > 0 && !choices.one_in(3) {
            return found.swap_remove(choices.below(count));
        }
        if *ty == Type::Did {
            return make(ExprKind::Subject, Type::Did);
        }
        if *ty == Type::Time && choices.one_in(2) {
            return make(ExprKind::Now, Type::Time);
        }
        if let Some(constant) = self.constant(choices, ty) {
            return make(ExprKind::Constant(constant), ty.clone());
        }
        if count > 0 {
            return found.swap_remove(choices.below(count));
        }
        match ty {
            Type::Trust => self.trust(choices, 0),
            // Only an option of it can be made from nothing.
            Type::Record(_) => {
                let none = make(ExprKind::Constant(Constant::None), option(ty));
                let default = self.record(choices, ty);
                make(ExprKind::Call(Builtin::OrElse, vec![none, default]), ty.clone())
            }
            _ => make(ExprKind::Constant(Constant::None), ty.clone()),
        }
    }

    /// Every parameter has a record of each kind, so that this is found.
    fn record(&mut self, choices: &mut Choices<'_>, ty: &Type) -> Expr {
        let mut found = self.named(ty);
        let count = found.len();
        found.swap_remove(choices.below(count))
    }

    fn constant(&self, choices: &mut Choices<'_>, ty: &Type) -> Option<Constant> {
        Some(match ty {
            Type::Bool => Constant::Number(choices.below(2) as i64),
            Type::Int | Type::Fixed | Type::Time | Type::Duration => {
                Constant::Number(number(choices))
            }
            Type::Symbol => Constant::Text((*choices.pick(SYMBOLS)).into()),
            Type::Text(max) => {
                let fits: Vec<&&str> =
                    TEXTS.iter().filter(|text| text.len() <= usize::from(*max)).collect();
                Constant::Text((**choices.pick(&fits)).into())
            }
            Type::Enum(id) => {
                let variants = self.bundle.types.enumeration(*id)?.variants.len();
                Constant::Number(choices.below(variants) as i64)
            }
            Type::Set(id) => {
                let variants = self.bundle.types.enumeration(*id)?.variants.len();
                Constant::Number(choices.below(1 << variants) as i64)
            }
            Type::Option(_) => Constant::None,
            _ => return None,
        })
    }

    /// Everything of that type that has a name: parameters, locals, fields of them.
    fn named(&self, ty: &Type) -> Vec<Expr> {
        let params = (0_u16..).zip(self.params);
        let params = params.map(|(at, (_, ty))| make(ExprKind::Param(at), ty.clone()));
        let locals = self.visible.iter().filter_map(|at| {
            let ty = self.locals.get(usize::from(*at))?;
            Some(make(ExprKind::Local(*at), ty.clone()))
        });
        let mut found = Vec::new();
        for expr in params.chain(locals) {
            self.fields(expr, ty, &mut found);
        }
        found
    }

    fn fields(&self, expr: Expr, wanted: &Type, found: &mut Vec<Expr>) {
        match &expr.ty {
            Type::Record(id) => {
                let fields = self.bundle.types.record(*id).map_or(&[][..], |found| &found.fields);
                for (place, (_, ty)) in (0_u16..).zip(fields) {
                    let kind = ExprKind::Field(boxed(expr.clone()), place);
                    self.fields(make(kind, ty.clone()), wanted, found);
                }
            }
            Type::Trust if *wanted == Type::Fixed => {
                found.extend(
                    (0..6).map(|place| {
                        make(ExprKind::Field(boxed(expr.clone()), place), Type::Fixed)
                    }),
                );
            }
            Type::Option(inner) => {
                if let (Type::Record(id), Type::Option(_)) = (&**inner, wanted) {
                    let record = self.bundle.types.record(*id);
                    let fields = record.map_or(&[][..], |found| &found.fields);
                    for (place, (_, ty)) in (0_u16..).zip(fields) {
                        let ty =
                            if matches!(ty, Type::Option(_)) { ty.clone() } else { option(ty) };
                        let kind = ExprKind::OptionField(boxed(expr.clone()), place);
                        self.fields(make(kind, ty), wanted, found);
                    }
                }
            }
            _ => {}
        }
        if expr.ty == *wanted {
            found.push(expr);
        }
    }

    pub(super) fn pair(
        &mut self,
        choices: &mut Choices<'_>,
        ty: &Type,
        depth: usize,
    ) -> [Box<Expr>; 2] {
        [boxed(self.expr(choices, ty, depth)), boxed(self.expr(choices, ty, depth))]
    }

    fn boolean(&mut self, choices: &mut Choices<'_>, depth: usize) -> Expr {
        let kind = match choices.below(14) {
            0 => ExprKind::Not(boxed(self.expr(choices, &Type::Bool, depth))),
            1 | 2 => {
                let [left, right] = self.pair(choices, &Type::Bool, depth);
                ExprKind::And(left, right)
            }
            3 | 4 => {
                let [left, right] = self.pair(choices, &Type::Bool, depth);
                ExprKind::Or(left, right)
            }
            5..=7 => {
                let ty = types::scalar(choices);
                let [left, right] = self.pair(choices, &ty, depth);
                ExprKind::Compare(comparison(choices, &ty), left, right)
            }
            8 => {
                let ty = types::scalar(choices);
                let left = boxed(self.expr(choices, &option(&ty), depth));
                let right = boxed(self.expr(choices, &ty, depth));
                ExprKind::CompareOption(comparison(choices, &ty), left, right)
            }
            9 => {
                let mut ty = types::scalar(choices);
                if ty == Type::Did {
                    ty = Type::Int;
                }
                let count = 1 + choices.below(4);
                let constants = (0..count).filter_map(|_| self.constant(choices, &ty)).collect();
                ExprKind::InConstants(boxed(self.expr(choices, &ty, depth)), constants)
            }
            10 => {
                let id = *choices.pick(&[types::ENUM, types::OTHER_ENUM]);
                let variant = boxed(self.expr(choices, &Type::Enum(id), depth));
                ExprKind::InSet(variant, boxed(self.expr(choices, &Type::Set(id), depth)))
            }
            11 => {
                let who = boxed(self.expr(choices, &Type::Did, depth));
                let claims = [ClaimKind::Credential, ClaimKind::Capability, ClaimKind::Role];
                ExprKind::Has(who, *choices.pick(&claims), (*choices.pick(SYMBOLS)).into())
            }
            12 => {
                let kind = *choices.pick(&[ComprehensionKind::Any, ComprehensionKind::All]);
                return self.comprehension(choices, kind, &Type::Bool, depth);
            }
            _ => self.question(choices, depth),
        };
        make(kind, Type::Bool)
    }

    fn question(&mut self, choices: &mut Choices<'_>, depth: usize) -> ExprKind {
        match choices.below(6) {
            0 => {
                let who = self.expr(choices, &Type::Did, depth);
                ExprKind::Call(Builtin::Known, vec![who])
            }
            1 => {
                let inner = types::flat(choices);
                let inner = if let Type::Option(inner) = inner { *inner } else { inner };
                let from = self.expr(choices, &option(&inner), depth);
                ExprKind::Call(Builtin::Present, vec![from])
            }
            _ => {
                let test = *choices.pick(&[
                    Builtin::Glob,
                    Builtin::StartsWith,
                    Builtin::EndsWith,
                    Builtin::Contains,
                ]);
                let sizes = [*choices.pick(&[4, 16]), *choices.pick(&[16, 40])];
                let texts = sizes.map(|max| self.expr(choices, &Type::Text(max), depth));
                ExprKind::Call(test, texts.into())
            }
        }
    }

    fn trust(&mut self, choices: &mut Choices<'_>, depth: usize) -> Expr {
        if choices.one_in(4) && depth > 0 {
            let [left, right] = self.pair(choices, &Type::Trust, depth - 1);
            return make(ExprKind::Call(Builtin::Combine, vec![*left, *right]), Type::Trust);
        }
        let who = self.expr(choices, &Type::Did, depth);
        make(ExprKind::Call(Builtin::Trust, vec![who]), Type::Trust)
    }

    fn optional(
        &mut self,
        choices: &mut Choices<'_>,
        ty: &Type,
        inner: &Type,
        depth: usize,
    ) -> Expr {
        if *inner == Type::Record(PROFILE) && !choices.one_in(3) {
            let key = boxed(self.expr(choices, &Type::Text(16), depth));
            return make(ExprKind::StoreGet(0, key), ty.clone());
        }
        if matches!(inner, Type::Record(id) if [POINT, ITEM].contains(id)) && choices.one_in(2) {
            return self.leaf(choices, ty);
        }
        let value = self.expr(choices, inner, depth);
        make(ExprKind::Call(Builtin::Some, vec![value]), ty.clone())
    }
}

fn comparison(choices: &mut Choices<'_>, ty: &Type) -> Comparison {
    let count = if is_number(ty) { 6 } else { 2 };
    COMPARISONS[choices.below(count)]
}
