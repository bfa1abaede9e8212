//! From the typed tree to portable code.
//!
//! 1. Composite values come apart into words; a word is loaded into a register when something needs
//!    it, and once on a path ([`build`], [`value`]).
//! 2. A fact about who acts, or about an identity in a parameter, becomes an input, so that it is
//!    there before the code runs; all other facts are read where the code gets to them ([`inputs`]).
//! 3. Conditions that end a policy become a chain of exits, without a value in between ([`decide`]).
//! 4. Every straight stretch is charged once, by [`crate::gas`], for what the source evaluates in it.
//!
//! What comes out is verified before it is returned: code that a stranger would refuse is never made.

mod build;
mod call;
pub mod codes;
mod decide;
mod expression;
mod inputs;
mod list;
mod value;

use pluto_core::policy::{EffectKind, Gas};

use crate::code::{self, History, Migration, Module, Policy, Rule, StoreRef};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{self, Constant, EffectSite, Expr, ExprKind, Stmt};
use crate::limits::{GAS_MAX, TEXT_BYTES_MAX};
use crate::types::{RecordId, Type};
use crate::verify::{self, CodeError};

use build::Builder;

/// Why there is no code, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stop {
    code: pluto_error::Code,
    what: &'static str,
    span: Span,
}

type Lowered<T> = Result<T, Stop>;

/// The code of a bundle.
///
/// # Errors
/// `ECL-0451` to `ECL-0454` for policies above a bound of portable code; `ECL-0455` for a tree that
/// breaks the rules of [`crate::hir`].
pub fn lower(bundle: &hir::Bundle) -> Result<Module, Vec<Diagnostic>> {
    let mut module = Module {
        types: bundle.types.clone(),
        literals: Vec::new(),
        stores: bundle.stores.iter().map(store).collect(),
        policies: Vec::new(),
    };
    let migrations = migrations(bundle);
    // Before any width is asked for: only types that are in order are quick to walk.
    verify::types(&module).map_err(|error| vec![refused(bundle, &error)])?;
    let mut found = Vec::new();
    for policy in bundle.policies.iter().chain(migrations.iter().map(|(_, policy)| policy)) {
        match lower_policy(bundle, policy, &mut module.literals) {
            Ok(code) => module.policies.push(code),
            Err(stop) => found.push(stopped(policy, stop)),
        }
    }
    for ((at, step), number) in migrations.iter().map(|(of, _)| of).zip(bundle.policies.len()..) {
        let history = module.stores.get_mut(*at).and_then(|store| store.history.as_mut());
        if let (Some(history), Ok(policy)) = (history, u16::try_from(number)) {
            history.migrations.push(Migration { old: *step, policy });
        }
    }
    if found.is_empty()
        && let Err(error) = verify::verify(&module)
    {
        found.push(refused(bundle, &error));
    }
    if found.is_empty() { Ok(module) } else { Err(found) }
}

fn store(store: &hir::Store) -> StoreRef {
    let (defaults, indexes) = (store.defaults.clone(), store.indexes.clone());
    let history = History { defaults, indexes, migrations: Vec::new() };
    StoreRef {
        name: store.name.clone(),
        version: store.version,
        schema: store.schema,
        history: Some(history),
    }
}

/// The migrations of all stores, as policies behind those of the source: the place of the store and
/// the old schema stand beside each.
fn migrations(bundle: &hir::Bundle) -> Vec<((usize, RecordId), hir::Policy)> {
    let mut found = Vec::new();
    for (at, store) in bundle.stores.iter().enumerate() {
        for (place, step) in store.migrations.iter().enumerate() {
            let next = store.migrations.get(place + 1).map_or(store.schema, |next| next.old);
            found.push(((at, step.old), migration(bundle, store, step, next)));
        }
    }
    found
}

fn migration(
    bundle: &hir::Bundle,
    store: &hir::Store,
    step: &hir::Migration,
    next: RecordId,
) -> hir::Policy {
    let span = step.fields.first().map_or(Span::default(), |field| field.span);
    let key = Type::Text(TEXT_BYTES_MAX);
    let expr = |kind, ty| Expr { kind, ty, span };
    let empty = expr(ExprKind::Constant(Constant::Text(String::new())), key.clone());
    let values = [empty].into_iter().chain(step.fields.iter().cloned()).collect();
    let old = Type::Record(step.old);
    let declared = bundle.types.record(next).map_or(&[][..], |record| &record.fields);
    let fields = [("key".to_owned(), key)].into_iter().chain(declared.iter().cloned()).collect();
    hir::Policy {
        name: code::migration_name(&store.name, step.from),
        kind: hir::PolicyKind::Store,
        params: vec![("old".to_owned(), old.clone())],
        locals: step.locals.clone(),
        rules: Vec::new(),
        effects: vec![EffectSite { kind: EffectKind::Put, name: store.name.clone(), fields }],
        body: vec![Stmt::Let(0, expr(ExprKind::Param(0), old)), Stmt::Effect(0, values)],
        end_allows: true,
        span,
    }
}

fn lower_policy(
    bundle: &hir::Bundle,
    policy: &hir::Policy,
    literals: &mut Vec<String>,
) -> Lowered<Policy> {
    let mut builder = Builder::new(bundle, policy, literals);
    builder.body()?;
    let (body, inputs, lists, registers) = builder.finish();
    let bound = verify::bound(&body, &lists);
    if !bound.fits(Gas { network: GAS_MAX, compute: GAS_MAX, storage: GAS_MAX, realm: GAS_MAX }) {
        let what = "the worst case of this policy costs more than a policy may";
        return Err(Stop { code: codes::GAS_ABOVE_BOUND, what, span: policy.span });
    }
    Ok(Policy {
        name: policy.name.clone(),
        kind: policy.kind,
        params: policy.params.clone(),
        rules: policy.rules.iter().map(rule).collect(),
        effects: policy.effects.clone(),
        inputs,
        lists,
        registers,
        body,
        bound,
    })
}

fn rule(rule: &hir::Rule) -> Rule {
    Rule {
        kind: rule.kind,
        reason: rule.reason.clone(),
        timeout_ms: rule.timeout_ms,
        fallback: rule.fallback,
        span: (rule.span.start, rule.span.end),
    }
}

fn stopped(policy: &hir::Policy, stop: Stop) -> Diagnostic {
    let message = format!("policy `{}`: {}", policy.name, stop.what);
    Diagnostic::error(stop.code, message, stop.span, "here").also(policy.span, "in this policy")
}

/// The bounds that only whole code shows are reported as what they are; anything else is a fault of
/// the lowering.
fn refused(bundle: &hir::Bundle, error: &CodeError) -> Diagnostic {
    let policy = error.policy.and_then(|at| bundle.policies.get(usize::from(at)));
    let span = policy.map_or(Span::default(), |policy| policy.span);
    let code = match error.rule {
        verify::Refusal::Bound(_) => codes::TOO_MANY,
        verify::Refusal::Unpaid => codes::UNPAID_WORK,
        _ => codes::NOT_LOWERED,
    };
    Diagnostic::error(code, error.to_string(), span, "in this policy")
}

#[cfg(test)]
mod tests;
