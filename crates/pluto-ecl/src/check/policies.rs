//! Policies: header, parameters, body, and how they end.

use super::expressions::{Body, Context};
use super::names::{duplicate, unique, unknown};
use super::scope::{Bound, shadowed};
use super::types::Place;
use super::{Checker, codes};
use crate::ast::{self, Item};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{EffectSite, Policy, PolicyKind, Rule, RuleKind};
use crate::limits::{EFFECTS_MAX, PARAMETERS_MAX};
use crate::types::Type;

/// What tests need to know of a policy, even one whose body has errors.
pub(super) struct Header<'a> {
    pub(super) policy: &'a ast::Policy,
    /// Types of the parameters; none where they have errors.
    pub(super) params: Vec<Option<Type>>,
    /// Reasons of the rules that deny; none when the body has errors.
    pub(super) reasons: Option<Vec<String>>,
}

/// What the statements of a policy add up to.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) rules: Vec<Rule>,
    pub(super) effects: Vec<EffectSite>,
    pub(super) has_allow: bool,
    /// Whether a statement had an error.
    pub(super) failed: bool,
}

impl Checker<'_> {
    pub(super) fn policies(&mut self) {
        let source = self.source;
        for item in &source.items {
            let Item::Policy(policy) = item else { continue };
            let number = u16::try_from(self.headers.len()).unwrap_or(u16::MAX);
            if let Some((_, first)) = self.names.policies.get(policy.name.text.as_str()) {
                let first = *first;
                self.out.push(duplicate("policy", &policy.name, first));
            } else {
                self.names.policies.insert(&policy.name.text, (number, policy.name.span));
            }
            let params = self.params(policy);
            let checked = self.policy(policy, &params);
            let reasons = checked.as_ref().map(|policy| {
                let denies = |rule: &&Rule| matches!(rule.kind, RuleKind::Require | RuleKind::Deny);
                policy.rules.iter().filter(denies).map(|rule| rule.reason.clone()).collect()
            });
            self.headers.push(Header { policy, params, reasons });
            self.policies.extend(checked);
        }
    }

    fn kind(&mut self, policy: &ast::Policy) -> Option<PolicyKind> {
        let word = policy.kind.text.as_str();
        let known = PolicyKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        if known.is_none() {
            let kinds = PolicyKind::ALL.map(PolicyKind::as_str);
            let what = "kind of policy";
            let found = unknown(codes::UNKNOWN_KIND, what, word, policy.kind.span, kinds);
            self.out.push(
                found.note("the kind says what is asked about, and which effects there may be"),
            );
        }
        known
    }

    fn params(&mut self, policy: &ast::Policy) -> Vec<Option<Type>> {
        unique(&mut self.out, "parameter", policy.params.iter().map(|param| &param.name));
        self.no_defaults(&policy.params, "a parameter");
        if let Some(beyond) = policy.params.get(PARAMETERS_MAX) {
            let span = beyond.name.span;
            self.too_many("parameters of a policy", PARAMETERS_MAX, policy.params.len(), span);
        }
        let mut params = Vec::with_capacity(policy.params.len());
        for param in &policy.params {
            let owner = format!("{}.{}", policy.name.text, param.name.text);
            params.push(self.written(&param.ty, Place::Param, &owner));
        }
        params
    }

    fn policy(&mut self, policy: &ast::Policy, params: &[Option<Type>]) -> Option<Policy> {
        let kind = self.kind(policy);
        let errors = self.errors();
        let header = Span { start: policy.span.start, end: policy.body.span.start };
        // A policy of an unknown kind is checked like the one that may do everything.
        let context = Context::Policy(kind.unwrap_or(PolicyKind::Custom));
        let mut body = Body::new(self, context);
        body.bind_params(policy, params);
        let mut gathered = Gathered::default();
        let mark = body.scope.enter();
        let (statements, _) = body.block(&policy.body, &mut gathered);
        body.scope.leave(mark, &mut body.checker.out);
        let mut scope = std::mem::take(&mut body.scope);
        let end_allows = self.ending(policy, &gathered);
        scope.leave(0, &mut self.out);
        self.effects_bound(&statements, policy.name.span);
        let failed = gathered.failed || self.errors() != errors;
        let typed: Option<Vec<(String, Type)>> = policy
            .params
            .iter()
            .zip(params)
            .map(|(param, ty)| Some((param.name.text.clone(), ty.clone()?)))
            .collect();
        (!failed).then_some(Policy {
            name: policy.name.text.clone(),
            kind: kind?,
            params: typed?,
            locals: scope.locals,
            rules: gathered.rules,
            effects: gathered.effects,
            body: statements,
            end_allows,
            span: header,
        })
    }

    /// Whether reaching the end allows. Reports a policy that decides nothing on some path.
    fn ending(&mut self, policy: &ast::Policy, gathered: &Gathered) -> bool {
        if policy.body.statements.is_empty() {
            let message = format!("policy `{}` is empty", policy.name.text);
            let span = policy.body.span;
            let found = Diagnostic::error(codes::EMPTY, message, span, "nothing is decided here")
                .note("write `deny \"reason\"` to refuse everything, or `allow if …`");
            self.out.push(found);
            return false;
        }
        if gathered.has_allow {
            return false;
        }
        let Some(open) = super::flow::undecided(&policy.body) else { return true };
        let message = format!("a path through `{}` decides nothing", policy.name.text);
        let found = Diagnostic::error(codes::UNDECIDED, message, open.span, open.label)
            .note("without any `allow`, the end of a policy allows, so every path to it passes a `require` or a `deny if`")
            .note("add one on this path, or say `allow if …` to deny what is left");
        self.out.push(found);
        false
    }

    fn effects_bound(&mut self, statements: &[crate::hir::Stmt], span: Span) {
        let most = super::flow::most_effects(statements);
        if most > EFFECTS_MAX {
            self.too_many("effects of one decision", EFFECTS_MAX, most, span);
        }
    }

    /// Errors so far.
    pub(super) fn errors(&self) -> usize {
        let error = crate::Severity::Error;
        self.out.iter().filter(|found| found.severity == error).count()
    }
}

impl Body<'_, '_> {
    fn bind_params(&mut self, policy: &ast::Policy, params: &[Option<Type>]) {
        for ((number, param), ty) in (0..).zip(&policy.params).zip(params) {
            self.taken(&param.name);
            if self.scope.has(&param.name.text) {
                continue;
            }
            let bound = Bound::Param(number);
            self.scope.bind(&param.name, "parameter", bound, ty.clone(), &mut self.checker.out);
        }
    }

    /// Reports a name of the top level that would be hidden.
    pub(super) fn taken(&mut self, name: &ast::Name) {
        let names = &self.checker.names;
        let text = name.text.as_str();
        let first = match (names.constants.get(text), names.stores.get(text)) {
            (Some((_, span)), _) => ("constant", *span),
            (_, Some((_, span))) => ("store", *span),
            _ => return,
        };
        self.report(shadowed(name, first.0, first.1));
    }
}
