//! Everything but code: types, stores, parameters, inputs, lists, rules and effects.

use std::collections::BTreeSet;

use pluto_core::policy::EffectKind;

use super::{Refusal, Verified};
use crate::code::{Fact, Input, Kind, List, Module, Policy};
use crate::hir::PolicyKind;
use crate::layout::{fact_kinds, slots};
use crate::limits::{
    FIELDS_MAX, GAS_MAX, INPUTS_MAX, ITEMS_MAX, LIST_LENGTH_MAX, NAME_BYTES_MAX, PARAMETERS_MAX,
    REGISTERS_MAX, RULES_MAX, TEXT_BYTES_MAX, VARIANTS_MAX,
};
use crate::types::{Type, TypeTable};

/// Records of a module: stores have one for each version.
const RECORDS_MAX: usize = 4 * ITEMS_MAX;

pub(super) fn shared(module: &Module) -> Verified<()> {
    at_most(module.policies.len(), ITEMS_MAX, "policies")?;
    at_most(module.stores.len(), ITEMS_MAX, "stores")?;
    at_most(module.literals.len(), usize::from(u16::MAX), "literals")?;
    let mut seen = BTreeSet::new();
    for literal in &module.literals {
        at_most(literal.len(), usize::from(TEXT_BYTES_MAX), "literal")?;
        // Texts are equal when their handles are: one text has one.
        if !seen.insert(literal) {
            return Err(Refusal::Place("a literal stands twice"));
        }
    }
    type_table(&module.types)?;
    for store in &module.stores {
        name(&store.name)?;
        let record = module.types.record(store.schema).ok_or(Refusal::Range("schema"))?;
        if record.fields.iter().any(|(_, field)| holds_list(&module.types, field)) {
            return Err(Refusal::Type("a store holds a list"));
        }
    }
    Ok(())
}

fn type_table(types: &TypeTable) -> Verified<()> {
    at_most(types.enums.len(), ITEMS_MAX, "enums")?;
    for found in &types.enums {
        name(&found.name)?;
        at_most(found.variants.len(), VARIANTS_MAX, "variants")?;
        found.variants.iter().try_for_each(|variant| name(variant))?;
    }
    at_most(types.records.len(), RECORDS_MAX, "records")?;
    // Sizes of records seen so far: a record refers only to those, so no type is walked twice.
    let mut sizes = Vec::new();
    for record in &types.records {
        name(&record.name)?;
        at_most(record.fields.len(), FIELDS_MAX, "fields")?;
        let mut size = 1;
        for (field, ty) in &record.fields {
            name(field)?;
            size += check_type(types, ty, &sizes)?;
        }
        at_most(size, REGISTERS_MAX, "words of a record")?;
        sizes.push(size);
    }
    Ok(())
}

/// How many types it consists of; an upper bound of its width.
fn check_type(types: &TypeTable, ty: &Type, records: &[usize]) -> Verified<usize> {
    let known = |id: u16| usize::from(id) < types.enums.len();
    match ty {
        Type::Enum(id) | Type::Set(id) if !known(id.0) => Err(Refusal::Range("enum")),
        Type::Text(max) if *max > TEXT_BYTES_MAX => Err(Refusal::Bound("text")),
        Type::Record(id) => {
            records.get(usize::from(id.0)).copied().ok_or(Refusal::Type("a record of a later one"))
        }
        Type::Option(inner) => match **inner {
            Type::Option(_) | Type::List(..) => {
                Err(Refusal::Type("an option of an option or list"))
            }
            _ if holds_list(types, inner) => Err(Refusal::Type("an option holds a list")),
            _ => Ok(1 + check_type(types, inner, records)?),
        },
        Type::List(inner, max) => {
            let flat = !matches!(**inner, Type::List(..)) && !holds_list(types, inner);
            if !flat || *max > LIST_LENGTH_MAX {
                return Err(Refusal::Type("a list of lists, or above its bound"));
            }
            check_type(types, inner, records)?;
            Ok(1)
        }
        Type::Trust => Ok(6),
        _ => Ok(1),
    }
}

/// Only asked of types whose records were checked, so it ends.
pub(super) fn holds_list(types: &TypeTable, ty: &Type) -> bool {
    match ty {
        Type::List(..) => true,
        Type::Record(id) => {
            let fields = types.record(*id).map_or(&[][..], |record| &record.fields);
            fields.iter().any(|(_, field)| holds_list(types, field))
        }
        _ => false,
    }
}

pub(super) fn policy(module: &Module, policy: &Policy) -> Verified<()> {
    name(&policy.name)?;
    at_most(policy.params.len(), PARAMETERS_MAX, "parameters")?;
    let sizes: Vec<usize> = module.types.records.iter().map(|_| 1).collect();
    for (param, ty) in &policy.params {
        name(param)?;
        check_type(&module.types, ty, &sizes)?;
    }
    at_most(policy.rules.len(), RULES_MAX, "rules")?;
    at_most(policy.registers.len(), REGISTERS_MAX, "registers")?;
    at_most(policy.inputs.len(), INPUTS_MAX, "inputs")?;
    let gas = policy.bound;
    let highest = gas.network.max(gas.compute).max(gas.storage).max(gas.realm);
    at_most(highest as usize, GAS_MAX as usize, "gas")?;
    policy.inputs.iter().try_for_each(|input| check_input(module, policy, input))?;
    policy.lists.iter().try_for_each(|list| check_list(module, policy, list))?;
    effects(module, policy)
}

fn check_input(module: &Module, policy: &Policy, input: &Input) -> Verified<()> {
    match input {
        Input::Subject | Input::Now => Ok(()),
        Input::Param { .. } => input_slot(module, policy, input).map(|_| ()),
        Input::Fact { fact, about, part } => {
            let about = policy.inputs.get(usize::from(*about)).ok_or(Refusal::Range("input"))?;
            match about {
                Input::Subject => {}
                Input::Param { .. } => {
                    if input_slot(module, policy, about)?.0 != Kind::Did {
                        return Err(Refusal::Type("a fact about no identity"));
                    }
                }
                Input::Now | Input::Fact { .. } => {
                    return Err(Refusal::Type("a fact about no identity"));
                }
            }
            check_fact(module, *fact)?;
            if usize::from(*part) >= fact_kinds(*fact).len() {
                return Err(Refusal::Range("part of a fact"));
            }
            Ok(())
        }
    }
}

pub(super) fn check_fact(module: &Module, fact: Fact) -> Verified<()> {
    match fact {
        Fact::Has(_, literal) if usize::from(literal) >= module.literals.len() => {
            Err(Refusal::Range("literal"))
        }
        Fact::Record(store) if usize::from(store) >= module.stores.len() => {
            Err(Refusal::Range("store"))
        }
        _ => Ok(()),
    }
}

/// What an input holds, and its most bytes if it is a text.
pub(super) fn input_slot(module: &Module, policy: &Policy, input: &Input) -> Verified<(Kind, u16)> {
    match input {
        Input::Subject => Ok((Kind::Did, 0)),
        Input::Now => Ok((Kind::Number, 0)),
        Input::Fact { fact, part, .. } => {
            let kind = fact_kinds(*fact).get(usize::from(*part)).copied();
            kind.map(|kind| (kind, 0)).ok_or(Refusal::Range("part of a fact"))
        }
        Input::Param { param, part } => {
            let (_, ty) =
                policy.params.get(usize::from(*param)).ok_or(Refusal::Range("parameter"))?;
            let slots = slots(&module.types, ty);
            match slots.get(usize::from(*part)) {
                Some(slot) if !slot.list => Ok((slot.kind, slot.text_bytes_max)),
                _ => Err(Refusal::Range("part of a parameter")),
            }
        }
    }
}

fn check_list(module: &Module, policy: &Policy, list: &List) -> Verified<()> {
    at_most(list.path.len(), PARAMETERS_MAX, "path of a list")?;
    let param = policy.params.get(usize::from(list.param));
    let mut ty = &param.ok_or(Refusal::Range("parameter"))?.1;
    for place in &list.path {
        let Type::Record(id) = ty else { return Err(Refusal::Range("field")) };
        let fields = module.types.record(*id).map_or(&[][..], |record| &record.fields);
        ty = &fields.get(usize::from(*place)).ok_or(Refusal::Range("field"))?.1;
    }
    match ty {
        Type::List(item, max)
            if **item == list.item
                && *max == list.max
                && module.types.width(item) == usize::from(list.stride) =>
        {
            Ok(())
        }
        _ => Err(Refusal::Type("a list unlike its parameter")),
    }
}

fn effects(module: &Module, policy: &Policy) -> Verified<()> {
    at_most(policy.effects.len(), RULES_MAX, "effects")?;
    let writes =
        matches!(policy.kind, PolicyKind::Store | PolicyKind::DataLogic | PolicyKind::Custom);
    let sizes: Vec<usize> = module.types.records.iter().map(|_| 1).collect();
    for site in &policy.effects {
        at_most(site.name.len(), NAME_BYTES_MAX, "name")?;
        at_most(site.fields.len(), FIELDS_MAX + 1, "fields")?;
        let mut width = 0;
        for (field, ty) in &site.fields {
            name(field)?;
            check_type(&module.types, ty, &sizes)?;
            if holds_list(&module.types, ty) {
                return Err(Refusal::Type("an effect holds a list"));
            }
            width += module.types.width(ty);
        }
        at_most(width, REGISTERS_MAX, "words of an effect")?;
        if !matches!(site.kind, EffectKind::Put | EffectKind::Delete) {
            continue;
        }
        if !writes {
            return Err(Refusal::Place("a write in a policy that may not write"));
        }
        if !matches!(site.fields.first(), Some((_, Type::Text(_)))) {
            return Err(Refusal::Type("a write without a key"));
        }
        if !module.stores.iter().any(|store| store.name == site.name) {
            return Err(Refusal::Range("store"));
        }
    }
    Ok(())
}

fn name(text: &str) -> Verified<()> {
    at_most(text.len(), NAME_BYTES_MAX, "name")
}

pub(super) const fn at_most(found: usize, max: usize, what: &'static str) -> Verified<()> {
    if found <= max { Ok(()) } else { Err(Refusal::Bound(what)) }
}
