//! Migrations of records, evaluated like any expression, without a host.

use pluto_core::did::{Did, Namespace};
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::trust::TrustVector;

use super::statements::Machine;
use super::trace::Trace;
use super::value::Val;
use crate::hir::{Bundle, Constant, Expr, Migration, Policy, PolicyKind};
use crate::types::{RecordId, Type};

/// A record of version `from` of a store as its present version has it.
///
/// # Errors
/// `NoPolicy` when the bundle has no such store or no way from that version, `Engine` when the record
/// is not of its schema, and whatever the migration itself runs into.
pub fn migrate(
    bundle: &Bundle,
    store: &str,
    from: u16,
    record: &[Value],
) -> Result<Vec<Value>, Fault> {
    let store = bundle.stores.iter().find(|known| known.name == store).ok_or(Fault::NoPolicy)?;
    let mut values = record.to_vec();
    let mut version = from;
    while version != store.version {
        let step = store.migrations.iter().find(|step| step.from == version);
        let step = step.ok_or(Fault::NoPolicy)?;
        version = version.checked_add(1).ok_or(Fault::NoPolicy)?;
        let next = store.migrations.iter().find(|next| next.from == version);
        let schema = next.map_or(store.schema, |next| next.old);
        values = one_step(bundle, step, schema, &values)?;
    }
    Ok(values)
}

fn one_step(
    bundle: &Bundle,
    step: &Migration,
    schema: RecordId,
    record: &[Value],
) -> Result<Vec<Value>, Fault> {
    let types = &bundle.types;
    let old = &types.record(step.old).ok_or(Fault::Engine)?.fields;
    let new = &types.record(schema).ok_or(Fault::Engine)?.fields;
    if old.len() != record.len() || new.len() != step.fields.len() {
        return Err(Fault::Engine);
    }
    let old = old.iter().zip(record).map(|((_, ty), value)| Val::accept(types, ty, value));
    let old = Val::Fields(old.collect::<Result<_, _>>().map_err(|_| Fault::Engine)?);
    let policy = frame(step.locals.clone());
    let mut trace = Trace::off();
    let mut machine = Machine::new(bundle, &policy, NOBODY, &NoHost, Vec::new(), &mut trace);
    machine.bind(0, Some(old))?;
    let fields = step.fields.iter().zip(new);
    fields.map(|(value, (_, ty))| machine.eval(value)?.leave(types, ty)).collect()
}

/// The value of an expression that reads nothing at all.
pub(super) fn constant(expr: &Expr) -> Result<Constant, Fault> {
    let (bundle, policy) = (Bundle::default(), frame(Vec::new()));
    let mut trace = Trace::off();
    let mut machine = Machine::new(&bundle, &policy, NOBODY, &NoHost, Vec::new(), &mut trace);
    Ok(match machine.eval(expr)? {
        Val::Bool(flag) => Constant::Number(i64::from(flag)),
        Val::Number(number) => Constant::Number(number),
        Val::Text(text) => Constant::Text(text),
        _ => return Err(Fault::Engine),
    })
}

const NOBODY: Did = Did { namespace: Namespace::Thing, id: [0; 32] };

/// A policy without statements, to hold locals.
const fn frame(locals: Vec<Type>) -> Policy {
    Policy {
        name: String::new(),
        kind: PolicyKind::Store,
        params: Vec::new(),
        locals,
        rules: Vec::new(),
        effects: Vec::new(),
        body: Vec::new(),
        end_allows: false,
        span: crate::Span { start: 0, end: 0 },
    }
}

/// A migration reads the old record and nothing else; the checker sees to it.
struct NoHost;

impl Facts for NoHost {
    fn trust(&self, _: &Did) -> Result<TrustVector, Fault> {
        Err(Fault::NotSupported)
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Err(Fault::NotSupported)
    }

    fn holds(&self, _: &Did, _: Claim<'_>) -> Result<bool, Fault> {
        Err(Fault::NotSupported)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}
