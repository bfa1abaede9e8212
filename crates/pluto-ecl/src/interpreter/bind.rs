//! From a request to the inputs of a policy.
//!
//! Arguments are checked against the types in order, depth first; the first that does not fit
//! decides. Facts are read at once, but what is wrong with one only matters when code uses it.

use pluto_core::policy::{Facts, Fault, Request, Value};

use super::frame::Outside;
use super::world::{dimensions, identity, read_fact};
use super::{ABSENT, Shared};
use crate::code::{Fact, Input, Kind, Policy};
use crate::layout::slots;
use crate::limits::NAME_BYTES_MAX;
use crate::types::{Type, TypeTable};

pub(super) struct Binder<'a> {
    pub(super) shared: &'a Shared,
    pub(super) policy: &'a Policy,
    pub(super) outside: &'a mut Outside,
}

/// Words of an option without a value.
pub(super) fn absent(types: &TypeTable, ty: &Type, out: &mut Vec<i64>) {
    out.extend(slots(types, ty).iter().map(|slot| match slot.kind {
        Kind::Bool | Kind::Number => 0,
        Kind::Text | Kind::Did => ABSENT,
    }));
}

impl Binder<'_> {
    pub(super) fn bind(&mut self, request: &Request, facts: &dyn Facts) -> Result<(), Fault> {
        self.outside.clear();
        self.outside.bound = true;
        self.outside.identities.intern(&request.subject);
        let policy = self.policy;
        if policy.params.len() != request.arguments.len() {
            return Err(Fault::BadRequest);
        }
        if !policy.lists.is_empty() {
            self.outside.lists.resize(policy.lists.len(), (0, 0));
        }
        let mut words = std::mem::take(&mut self.outside.params);
        let pairs = (0_u16..).zip(policy.params.iter().zip(&request.arguments));
        let accepted = pairs.into_iter().try_for_each(|(param, ((_, ty), argument))| {
            self.outside.starts.push(words.len());
            self.argument(param, ty, argument, &mut words)
        });
        self.outside.params = words;
        accepted?;
        self.inputs(facts);
        Ok(())
    }

    /// An argument: records may hold lists here, which lie apart.
    fn argument(
        &mut self,
        param: u16,
        ty: &Type,
        value: &Value,
        out: &mut Vec<i64>,
    ) -> Result<(), Fault> {
        match (ty, value) {
            (Type::List(item, max), Value::List(values)) => {
                if values.len() > usize::from(*max) {
                    return Err(Fault::TooLarge);
                }
                let mut items = std::mem::take(&mut self.outside.items);
                let start = items.len();
                let accepted =
                    values.iter().try_for_each(|value| self.accept(item, value, &mut items));
                self.outside.items = items;
                accepted?;
                let lists = self.outside.lists.iter_mut().zip(&self.policy.lists);
                for (slot, list) in lists {
                    if list.param == param && list.path == self.outside.path {
                        *slot = (start, values.len());
                    }
                }
                out.push(0);
                Ok(())
            }
            (Type::Record(id), Value::Record(fields)) => {
                let shared = self.shared;
                let declared = &shared.module.types.record(*id).ok_or(Fault::Engine)?.fields;
                if declared.len() != fields.len() {
                    return Err(Fault::BadRequest);
                }
                let pairs = (0_u16..).zip(declared.iter().zip(fields));
                for (place, ((name, ty), (given, value))) in pairs {
                    if name != given {
                        return Err(Fault::BadRequest);
                    }
                    self.outside.path.push(place);
                    let accepted = self.argument(param, ty, value, out);
                    self.outside.path.pop();
                    accepted?;
                }
                Ok(())
            }
            _ => self.accept(ty, value, out),
        }
    }

    /// Appends the words of a value that holds no list.
    pub(super) fn accept(
        &mut self,
        ty: &Type,
        value: &Value,
        out: &mut Vec<i64>,
    ) -> Result<(), Fault> {
        let types = &self.shared.module.types;
        let word = match (ty, value) {
            (Type::Bool, Value::Bool(flag)) => i64::from(*flag),
            (Type::Int, Value::Int(number))
            | (Type::Fixed, Value::Fixed(number))
            | (Type::Time, Value::Time(number))
            | (Type::Duration, Value::Duration(number)) => *number,
            (Type::Did, Value::Did(did)) => handle(self.outside.identities.intern(did)),
            (Type::Symbol, Value::Symbol(text)) => self.text(text, NAME_BYTES_MAX)?,
            (Type::Text(max), Value::Text(text)) => self.text(text, usize::from(*max))?,
            (Type::Enum(id), Value::Variant(name)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                handle(place(variants, name)?)
            }
            (Type::Set(id), Value::Set(names)) => {
                let variants = &types.enumeration(*id).ok_or(Fault::Engine)?.variants;
                let mut set = 0_i64;
                for name in names {
                    set |= 1_i64.checked_shl(place(variants, name)? as u32).unwrap_or(0);
                }
                set
            }
            (Type::Trust, Value::Trust(vector)) => {
                out.extend(dimensions(vector).ok_or(Fault::BadRequest)?);
                return Ok(());
            }
            (Type::Option(inner), Value::Option(value)) => {
                out.push(i64::from(value.is_some()));
                match value {
                    Some(value) => self.accept(inner, value, out)?,
                    None => absent(types, inner, out),
                }
                return Ok(());
            }
            (Type::Record(id), Value::Record(fields)) => {
                let declared = &types.record(*id).ok_or(Fault::Engine)?.fields;
                if declared.len() != fields.len() {
                    return Err(Fault::BadRequest);
                }
                for ((name, ty), (given, value)) in declared.iter().zip(fields) {
                    if name != given {
                        return Err(Fault::BadRequest);
                    }
                    self.accept(ty, value, out)?;
                }
                return Ok(());
            }
            _ => return Err(Fault::BadRequest),
        };
        out.push(word);
        Ok(())
    }

    fn text(&mut self, text: &str, bytes_max: usize) -> Result<i64, Fault> {
        if text.len() > bytes_max {
            return Err(Fault::TooLarge);
        }
        let literals = &self.shared.literals;
        if let Some(found) = literals.find(text) {
            return Ok(handle(found));
        }
        let texts = &mut self.outside.texts;
        let place = texts.find(text).unwrap_or_else(|| texts.add(text));
        Ok(handle(literals.len() + place))
    }

    /// Fills the inputs; a fact that cannot be read leaves its fault behind.
    fn inputs(&mut self, facts: &dyn Facts) {
        let mut rest = self.policy.inputs.as_slice();
        while let Some((input, tail)) = rest.split_first() {
            let word = match *input {
                Input::Subject => 0,
                Input::Now => facts.now_ms(),
                Input::Param { param, part } => {
                    let start = self.outside.starts.get(usize::from(param)).copied();
                    let place = start.unwrap_or(usize::MAX).saturating_add(usize::from(part));
                    self.outside.params.get(place).copied().unwrap_or(ABSENT)
                }
                Input::Fact { fact, about, .. } => {
                    rest = self.fact(fact, about, rest, facts);
                    continue;
                }
            };
            self.outside.inputs.push(word);
            rest = tail;
        }
    }

    /// Reads a fact once for all its words that stand side by side; the inputs behind them.
    fn fact<'i>(
        &mut self,
        fact: Fact,
        about: u16,
        inputs: &'i [Input],
        facts: &dyn Facts,
    ) -> &'i [Input] {
        let Outside { inputs: out, faults, faulted, identities, .. } = &mut *self.outside;
        let who = out.get(usize::from(about)).copied().unwrap_or(ABSENT);
        let mut words = [0; 6];
        let read = identity(identities, who)
            .and_then(|who| read_fact(self.shared, facts, fact, who, &mut words));
        let mut rest = inputs;
        while let Some((Input::Fact { fact: other, about: whom, part }, tail)) = rest.split_first()
            && (*other, *whom) == (fact, about)
        {
            if let Err(fault) = read {
                faults.resize(out.len(), None);
                faults.push(Some(fault));
                *faulted = true;
            }
            out.push(words.get(usize::from(*part)).copied().unwrap_or(0));
            rest = tail;
        }
        rest
    }
}

fn handle(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(ABSENT)
}

fn place(variants: &[String], name: &str) -> Result<usize, Fault> {
    variants.iter().position(|variant| variant == name).ok_or(Fault::BadRequest)
}
