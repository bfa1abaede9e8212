//! How stores came to be: defaults and indexes fit the schema, and every version has its migration.
//!
//! A migration is a policy like any other and is verified as one; here is checked that it takes the
//! old record, asks for nothing else, and that the one effect it can have is the new record. Whether
//! it has that effect is seen when it runs.

use pluto_core::policy::EffectKind;

use super::table::holds_list;
use super::{Refusal, Verified};
use crate::code::{History, Input, Migration, Module, Node, StoreRef};
use crate::store::Shape;
use crate::types::{RecordType, Type};

pub(super) fn all(module: &Module) -> Verified<()> {
    for store in &module.stores {
        let record = module.types.record(store.schema).ok_or(Refusal::Range("schema"))?;
        if let Some(history) = &store.history {
            check(module, store, record, history)?;
        }
    }
    Ok(())
}

fn check(
    module: &Module,
    store: &StoreRef,
    record: &RecordType,
    history: &History,
) -> Verified<()> {
    if history.defaults.len() != record.fields.len() {
        return Err(Refusal::Range("default"));
    }
    for ((_, ty), default) in record.fields.iter().zip(&history.defaults) {
        let Some(default) = default else { continue };
        let shape = Shape::of(&module.types, ty).ok_or(Refusal::Bound("schema"))?;
        shape.constant(default).ok_or(Refusal::Type("a default of another type"))?;
    }
    let unknown = |place: &u16| usize::from(*place) >= record.fields.len();
    if history.indexes.len() > record.fields.len() || history.indexes.iter().any(unknown) {
        return Err(Refusal::Range("index"));
    }
    if history.migrations.len() + 1 != usize::from(store.version) {
        return Err(Refusal::Range("migration"));
    }
    for (at, step) in history.migrations.iter().enumerate() {
        let next = history.migrations.get(at + 1).map_or(store.schema, |next| next.old);
        let next = module.types.record(next).ok_or(Refusal::Range("schema"))?;
        migration(module, store, step, next)?;
    }
    Ok(())
}

fn migration(
    module: &Module,
    store: &StoreRef,
    step: &Migration,
    next: &RecordType,
) -> Verified<()> {
    let old = module.types.record(step.old).ok_or(Refusal::Range("schema"))?;
    if old.fields.iter().any(|(_, field)| holds_list(&module.types, field)) {
        return Err(Refusal::Type("a store holds a list"));
    }
    let policy =
        module.policies.get(usize::from(step.policy)).ok_or(Refusal::Range("migration"))?;
    let [(_, Type::Record(taken))] = policy.params.as_slice() else {
        return Err(Refusal::Type("a migration takes one record"));
    };
    let [site] = policy.effects.as_slice() else {
        return Err(Refusal::Type("a migration puts one record"));
    };
    let puts = site.kind == EffectKind::Put && site.name == store.name;
    let values = site.fields.get(1..).unwrap_or_default();
    if *taken != step.old || !puts || values != next.fields {
        return Err(Refusal::Type("a migration between other schemas"));
    }
    let asks = policy.inputs.iter().any(|input| !matches!(input, Input::Param { .. }));
    if asks || reads(&policy.body) {
        return Err(Refusal::Place("a migration that reads more than the old record"));
    }
    Ok(())
}

fn reads(nodes: &[Node]) -> bool {
    // Nesting is bounded by the decoder and again before the code is accepted.
    nodes.iter().any(|node| match node {
        Node::Read { .. } => true,
        Node::If(_, then, otherwise) => reads(then) || reads(otherwise),
        Node::Each { body, .. } => reads(body),
        _ => false,
    })
}
