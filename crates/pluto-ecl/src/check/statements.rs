//! Statements: rules in the order of the source, bindings, ways.

use pluto_core::policy::Fallback;

use super::codes;
use super::expressions::{Body, fits};
use super::names::unknown;
use super::policies::Gathered;
use super::scope::Bound;
use crate::ast::{self, Arm, Block, Name, Statement, StatementKind, Text};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Constant, Expr, Rule, RuleKind, Stmt};
use crate::limits::{RULES_MAX, TEXT_BYTES_MAX};
use crate::types::{EnumId, Type};

impl Body<'_, '_> {
    /// The statements of a block, in a scope of its own; and whether the block always decides.
    pub(super) fn block(&mut self, block: &Block, into: &mut Gathered) -> (Vec<Stmt>, bool) {
        let mark = self.scope.enter();
        let mut typed = Vec::with_capacity(block.statements.len());
        let end = block.statements.iter().position(super::flow::decides);
        for (place, statement) in block.statements.iter().enumerate() {
            if end.is_some_and(|end| place == end + 1) {
                self.unreachable(block, place);
            }
            match self.statement(statement, into) {
                Some(statement) => typed.extend(statement),
                None => into.failed = true,
            }
        }
        self.scope.leave(mark, &mut self.checker.out);
        (typed, super::flow::ends(block))
    }

    fn unreachable(&mut self, block: &Block, from: usize) {
        let (Some(first), Some(last)) = (block.statements.get(from), block.statements.last())
        else {
            return;
        };
        let before = from.checked_sub(1).and_then(|before| block.statements.get(before));
        let span = first.span.to(last.span);
        let message = "this is never reached";
        let mut found = Diagnostic::error(codes::UNREACHABLE, message, span, "never reached");
        if let Some(before) = before {
            found = found.also(before.span, "this always decides");
        }
        let hint =
            "the first statement that decides ends the policy: move this before it, or remove it";
        self.report(found.warning().note(hint));
    }

    /// The typed statement, none when it has errors; a constant becomes no statement.
    fn statement(&mut self, statement: &Statement, into: &mut Gathered) -> Option<Option<Stmt>> {
        let span = statement.span;
        Some(Some(match &statement.kind {
            StatementKind::Const(declared) => {
                let value = self.constant_item(declared);
                self.taken(&declared.name);
                let failed = value.is_none();
                let (ty, constant) = value.map_or((None, Constant::None), |(ty, c)| (Some(ty), c));
                let bound = Bound::Constant(constant);
                let out = &mut self.checker.out;
                self.scope.bind(&declared.name, "constant", bound, ty, out);
                return (!failed).then_some(None);
            }
            StatementKind::Let(name, value) => self.bind_let(name, value)?,
            StatementKind::Require(condition, reason) => {
                let condition = self.condition(condition);
                let rule = self.rule(RuleKind::Require, reason.as_ref(), span, into)?;
                Stmt::Require(rule, condition?)
            }
            StatementKind::Allow(condition) => {
                into.has_allow = true;
                let condition = condition.as_ref().map(|condition| self.condition(condition));
                let rule = self.rule(RuleKind::Allow, None, span, into)?;
                Stmt::Allow(rule, condition.map_or(Some(None), |typed| typed.map(Some))?)
            }
            StatementKind::Deny(condition, reason) => {
                let condition = condition.as_ref().map(|condition| self.condition(condition));
                let rule = self.rule(RuleKind::Deny, reason.as_ref(), span, into)?;
                Stmt::Deny(rule, condition.map_or(Some(None), |typed| typed.map(Some))?)
            }
            StatementKind::Escalate(fields) => self.escalate(fields, span, into)?,
            StatementKind::If(condition, yes, no) => {
                let condition = self.condition(condition);
                let (yes, _) = self.block(yes, into);
                let no = no.as_ref().map(|no| self.block(no, into).0).unwrap_or_default();
                Stmt::If(condition?, yes, no)
            }
            StatementKind::Match(value, arms) => self.select(value, arms, span, into)?,
            StatementKind::Emit(name, fields) => self.emit(name, fields, into)?,
            StatementKind::Cost(fields) => self.cost(fields, span, into)?,
            StatementKind::Audit(fields) => self.audit(fields, into)?,
            StatementKind::Put(store, key, fields) => self.put(store, key, fields, span, into)?,
            StatementKind::Delete(store, key) => self.delete(store, key, span, into)?,
        }))
    }

    fn bind_let(&mut self, name: &Name, value: &ast::Expr) -> Option<Stmt> {
        let mut value = self.expr(value, None);
        if let Some(found) = &value
            && self.checker.holds_list(&found.ty)
        {
            let why = "use the parameter itself where the list is needed";
            self.checker.list_place(found.span, "a `let`", why);
            value = None;
        }
        self.taken(name);
        let ty = value.as_ref().map(|value| value.ty.clone());
        let local = self.scope.local(ty.as_ref().unwrap_or(&Type::Bool));
        self.scope.bind(name, "let", Bound::Local(local), ty, &mut self.checker.out);
        Some(Stmt::Let(local, value?))
    }

    /// A new rule; its number.
    fn rule(
        &mut self,
        kind: RuleKind,
        reason: Option<&Text>,
        span: Span,
        into: &mut Gathered,
    ) -> Option<u16> {
        if into.rules.len() == RULES_MAX {
            self.checker.too_many("rules of a policy", RULES_MAX, RULES_MAX + 1, span);
            return None;
        }
        if let Some(reason) = reason
            && reason.text.len() > usize::from(TEXT_BYTES_MAX)
        {
            let message = format!("a reason has at most {TEXT_BYTES_MAX} bytes");
            self.report(Diagnostic::error(codes::TEXT_LENGTH, message, reason.span, "too long"));
        }
        let reason = reason.map(|reason| reason.text.clone()).unwrap_or_default();
        into.rules.push(Rule { kind, reason, timeout_ms: 0, fallback: Fallback::Deny, span });
        u16::try_from(into.rules.len()).ok()
    }

    fn escalate(
        &mut self,
        fields: &[(Name, ast::Expr)],
        span: Span,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        let rule = self.rule(RuleKind::Escalate, None, span, into)?;
        super::names::unique(&mut self.checker.out, "key", fields.iter().map(|(name, _)| name));
        let (mut timeout, mut fallback) = (None, Some(Fallback::Deny));
        let mut timed = false;
        for (name, value) in fields {
            match name.text.as_str() {
                "timeout" => {
                    timed = true;
                    timeout = self.timeout(value);
                }
                "fallback" => fallback = self.fallback(value),
                other => {
                    let known = ["timeout", "fallback"];
                    let what = "key of `escalate`";
                    let found = unknown(codes::UNKNOWN_KEY, what, other, name.span, known);
                    self.report(found);
                }
            }
        }
        if !timed {
            let message = "an escalation says how long people have";
            let found = Diagnostic::error(codes::ESCALATION, message, span, "no `timeout`")
                .note("write `escalate { timeout: 24h, fallback: deny }`");
            self.report(found);
        }
        let (timeout, fallback) = (timeout?, fallback?);
        if let Some(rule) = into.rules.get_mut(usize::from(rule) - 1) {
            (rule.timeout_ms, rule.fallback) = (timeout, fallback);
        }
        Some(Stmt::Escalate(rule))
    }

    fn timeout(&mut self, value: &ast::Expr) -> Option<i64> {
        let value = self.value(value, &Type::Duration)?;
        let Constant::Number(timeout) = self.fold(&value)? else { return None };
        if timeout > 0 {
            return Some(timeout);
        }
        let message = "people need some time to answer";
        let found = Diagnostic::error(codes::ESCALATION, message, value.span, "not above zero");
        self.report(found);
        None
    }

    fn fallback(&mut self, value: &ast::Expr) -> Option<Fallback> {
        match &value.kind {
            ast::ExprKind::Name(name) if name == "deny" => Some(Fallback::Deny),
            ast::ExprKind::Name(name) if name == "allow" => Some(Fallback::Allow),
            _ => {
                let message = "the fallback is `deny` or `allow`";
                let found = Diagnostic::error(codes::ESCALATION, message, value.span, "neither")
                    .note("it holds when nobody answers in time")
                    .fix("write `deny`", value.span, "deny");
                self.report(found);
                None
            }
        }
    }

    fn select(
        &mut self,
        value: &ast::Expr,
        arms: &[Arm],
        span: Span,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        let value = self.expr(value, None);
        let id = value.as_ref().and_then(|value| self.matched(value));
        let all = id.map_or(0, |id| all_variants(self.checker.variants(id).len()));
        let mut covered = 0_u64;
        let mut typed = Vec::with_capacity(arms.len());
        for arm in arms {
            let mask = match id {
                Some(id) if arm.variants.is_empty() => self.rest(id, arm, all & !covered),
                Some(id) => self.arm(id, arm, covered),
                None => 0,
            };
            covered |= mask;
            let (body, _) = self.block(&arm.body, into);
            if mask != 0 {
                typed.push((mask, body));
            }
        }
        let id = id?;
        if covered != all {
            self.missing_arms(id, all & !covered, span);
            return None;
        }
        Some(Stmt::Match(value?, typed))
    }

    fn matched(&mut self, value: &Expr) -> Option<EnumId> {
        if let Type::Enum(id) = value.ty {
            return Some(id);
        }
        let message = format!("`match` is for enums, found `{}`", self.shown(&value.ty));
        let found = Diagnostic::error(codes::NOT_AN_ENUM, message, value.span, "no enum");
        let hint = match &value.ty {
            Type::Option(inner) if matches!(**inner, Type::Enum(_)) => {
                "give a default first: `match or_else(x, …)`"
            }
            _ => "use `if` for everything else",
        };
        self.report(found.note(hint));
        None
    }

    fn arm(&mut self, id: EnumId, arm: &Arm, covered: u64) -> u64 {
        let mut mask = 0_u64;
        for name in &arm.variants {
            let Some(number) = self.checker.variant(id, name) else { continue };
            let bit = 1_u64.checked_shl(u32::try_from(number).unwrap_or(64)).unwrap_or(0);
            if (covered | mask) & bit != 0 {
                let message = format!("variant `{}` has an arm already", name.text);
                let found = Diagnostic::error(codes::ARM_REPEATED, message, name.span, "again")
                    .note("each variant takes exactly one way");
                self.report(found);
            } else {
                mask |= bit;
            }
        }
        mask
    }

    fn rest(&mut self, _: EnumId, arm: &Arm, rest: u64) -> u64 {
        if rest == 0 {
            let message = "nothing is left for `_`";
            let found = Diagnostic::error(codes::NEEDLESS_ARM, message, arm.span, "never taken")
                .note("without `_`, a variant added later is an error here and not an accident");
            self.report(found.warning().fix("remove the arm", arm.span, ""));
        }
        rest
    }

    fn missing_arms(&mut self, id: EnumId, missing: u64, span: Span) {
        let variants = self.checker.variants(id);
        let missing: Vec<String> = variants
            .iter()
            .enumerate()
            .filter(|(place, _)| missing >> place & 1 == 1)
            .map(|(_, name)| (*name).to_owned())
            .collect();
        let list = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("the match does not cover {list}");
        let end = span.end.saturating_sub(1);
        let arm = format!("  {} => deny \"not handled\"\n", missing.join(" | "));
        let found = Diagnostic::error(codes::NOT_EXHAUSTIVE, message, span, "not every variant")
            .note("every variant takes a way; `_` stands for the rest")
            .fix("deny what is missing", Span { start: end, end }, arm);
        self.report(found);
    }

    /// A value for a field of an effect, of any type that can leave a policy.
    pub(super) fn outgoing(&mut self, value: &ast::Expr) -> Option<Expr> {
        let value = self.expr(value, None)?;
        if self.checker.holds_list(&value.ty) {
            let why = "tell how many there are, or which sum they have";
            self.checker.list_place(value.span, "an effect", why);
            return None;
        }
        Some(value)
    }

    /// A value that fits a field of that type.
    pub(super) fn fitting(&mut self, value: &ast::Expr, ty: &Type) -> Option<Expr> {
        let value = self.value(value, ty)?;
        fits(&value.ty, ty).then_some(value)
    }
}

/// One bit for each of so many variants.
const fn all_variants(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}
