//! Random policies.

use pluto_core::policy::{EffectKind, Fallback};
use pluto_ecl::Span;
use pluto_ecl::hir::{Bundle, EffectSite, Policy, PolicyKind, Rule, RuleKind, Stmt};
use pluto_ecl::types::Type;

use super::Choices;
use super::expressions::Scope;
use super::types::{self, BASKET, ITEM, POINT, PROFILE};

const EXPRESSION_DEPTH: usize = 4;

pub(super) fn policy(choices: &mut Choices<'_>, bundle: &Bundle) -> Policy {
    // One record of each kind, so that every type has a value.
    let mut params = vec![
        ("item".to_owned(), Type::Record(ITEM)),
        ("profile".to_owned(), Type::Record(PROFILE)),
        ("point".to_owned(), Type::Record(POINT)),
    ];
    if choices.one_in(2) {
        params.push(("basket".to_owned(), Type::Record(BASKET)));
    }
    for at in 0..choices.below(5) {
        params.push((format!("p{at}"), types::param(choices)));
    }
    // Once in a while more than the first 256 registers hold.
    let large = choices.one_in(60);
    let budget = if large { 3_000 } else { 20 + choices.below(160) };
    let scope = Scope { bundle, params: &params, locals: Vec::new(), visible: Vec::new(), budget };
    let mut writer = Writer { scope, rules: Vec::new(), effects: Vec::new() };
    let count = if large { 80 } else { 1 + choices.below(8) };
    let body = writer.block(choices, count, 3);
    let (locals, rules, effects) = (writer.scope.locals, writer.rules, writer.effects);
    Policy {
        name: "random".into(),
        kind: PolicyKind::Custom,
        end_allows: choices.one_in(2),
        params,
        locals,
        rules,
        effects,
        body,
        span: Span::default(),
    }
}

struct Writer<'a> {
    scope: Scope<'a>,
    rules: Vec<Rule>,
    effects: Vec<EffectSite>,
}

impl Writer<'_> {
    fn block(&mut self, choices: &mut Choices<'_>, count: usize, depth: usize) -> Vec<Stmt> {
        let visible = self.scope.visible.len();
        let mut statements = Vec::new();
        for _ in 0..count {
            statements.push(self.statement(choices, depth));
        }
        self.scope.visible.truncate(visible);
        statements
    }

    fn rule(&mut self, choices: &mut Choices<'_>, kind: RuleKind) -> u16 {
        self.rules.push(Rule {
            kind,
            reason: String::new(),
            timeout_ms: choices.below(5) as i64,
            fallback: *choices.pick(&[Fallback::Deny, Fallback::Allow]),
            span: Span::default(),
        });
        self.rules.len() as u16
    }

    fn condition(&mut self, choices: &mut Choices<'_>) -> pluto_ecl::hir::Expr {
        self.scope.expr(choices, &Type::Bool, EXPRESSION_DEPTH)
    }

    fn statement(&mut self, choices: &mut Choices<'_>, depth: usize) -> Stmt {
        match choices.below(if depth == 0 { 14 } else { 18 }) {
            0..=2 => self.bind(choices),
            3..=6 => {
                let rule = self.rule(choices, RuleKind::Require);
                Stmt::Require(rule, self.condition(choices))
            }
            7 | 8 => {
                let rule = self.rule(choices, RuleKind::Deny);
                let condition = (!choices.one_in(10)).then(|| self.condition(choices));
                Stmt::Deny(rule, condition)
            }
            9 | 10 => {
                let rule = self.rule(choices, RuleKind::Allow);
                let condition = (!choices.one_in(4)).then(|| self.condition(choices));
                Stmt::Allow(rule, condition)
            }
            11 if choices.one_in(3) => Stmt::Escalate(self.rule(choices, RuleKind::Escalate)),
            11..=13 => self.effect(choices),
            14 | 15 => {
                let condition = self.condition(choices);
                let (first, second) = (1 + choices.below(3), choices.below(3));
                let then = self.block(choices, first, depth - 1);
                Stmt::If(condition, then, self.block(choices, second, depth - 1))
            }
            _ => self.choice(choices, depth),
        }
    }

    fn bind(&mut self, choices: &mut Choices<'_>) -> Stmt {
        let ty = types::flat(choices);
        let value = self.scope.expr(choices, &ty, EXPRESSION_DEPTH);
        let local = self.scope.locals.len() as u16;
        self.scope.locals.push(ty);
        self.scope.visible.push(local);
        Stmt::Let(local, value)
    }

    fn choice(&mut self, choices: &mut Choices<'_>, depth: usize) -> Stmt {
        let id = *choices.pick(&[types::ENUM, types::OTHER_ENUM]);
        let value = self.scope.expr(choices, &Type::Enum(id), 2);
        let variants = self.scope.bundle.types.enumeration(id).map_or(0, |e| e.variants.len());
        let mut left = (1_u64 << variants) - 1;
        let mut arms = Vec::new();
        while left != 0 {
            let mask = match choices.below(1 << variants) as u64 & left {
                0 => left,
                some => some,
            };
            left &= !mask;
            let count = choices.below(3);
            arms.push((mask, self.block(choices, count, depth - 1)));
        }
        Stmt::Match(value, arms)
    }

    fn effect(&mut self, choices: &mut Choices<'_>) -> Stmt {
        use EffectKind::{Audit, Cost, Delete, Emit, Put};
        let kind = *choices.pick(&[Emit, Emit, Cost, Audit, Put, Delete]);
        let mut fields = Vec::new();
        if matches!(kind, Put | Delete) {
            fields.push(("key".to_owned(), Type::Text(16)));
        }
        for at in 0..choices.below(4) {
            fields.push((format!("f{at}"), types::flat(choices)));
        }
        let values = fields.iter().map(|(_, ty)| self.scope.expr(choices, ty, 2)).collect();
        let name = match kind {
            Emit => "event",
            Put | Delete => "profiles",
            Cost | Audit => "",
        };
        self.effects.push(EffectSite { kind, name: name.into(), fields });
        Stmt::Effect(self.effects.len() as u16 - 1, values)
    }
}
