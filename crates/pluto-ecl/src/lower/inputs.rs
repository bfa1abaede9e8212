//! Parameters, and facts about identities.

use super::Lowered;
use super::build::Builder;
use super::value::{Source, Value, Word};
use crate::code::{Fact, Input, Kind, List, Node, Reg};
use crate::layout::{fact_kinds, kinds};
use crate::types::Type;

impl Builder<'_> {
    /// The words of a parameter. Lists inside get their numbers.
    pub(super) fn param(&mut self, param: u16) -> Lowered<Value> {
        let Some((_, ty)) = self.policy.params.get(usize::from(param)) else {
            return Err(self.broken("no such parameter"));
        };
        let mut words = Vec::new();
        self.param_words(param, ty, &mut Vec::new(), &mut words)?;
        Ok(words)
    }

    fn param_words(
        &mut self,
        param: u16,
        ty: &Type,
        path: &mut Vec<u16>,
        words: &mut Value,
    ) -> Lowered<()> {
        match ty {
            Type::List(item, max) => {
                let list = self.list(param, path, item, *max)?;
                words.push(Word { source: Source::List(list), kind: Kind::Number });
            }
            Type::Record(id) => {
                let fields = self.bundle.types.record(*id).map_or(&[][..], |found| &found.fields);
                for (place, (_, field)) in (0_u16..).zip(fields) {
                    path.push(place);
                    self.param_words(param, field, path, words)?;
                    path.pop();
                }
            }
            _ => {
                for kind in kinds(&self.bundle.types, ty) {
                    let part = u16::try_from(words.len()).map_err(|_| self.broken("parts"))?;
                    words.push(Word { source: Source::Param(param, part), kind });
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, param: u16, path: &[u16], item: &Type, max: u16) -> Lowered<u16> {
        let known = self.lists.iter().position(|list| list.param == param && list.path == path);
        let place = known.unwrap_or(self.lists.len());
        if known.is_none() {
            let stride = u16::try_from(self.bundle.types.width(item))
                .map_err(|_| self.broken("an item is too wide"))?;
            self.lists.push(List { param, path: path.to_vec(), item: item.clone(), stride, max });
        }
        u16::try_from(place).map_err(|_| self.broken("lists"))
    }

    /// A fact about an identity: inputs where the identity is one, otherwise read here. Its first
    /// word is loaded at once: that is where the fact faults, whatever becomes of its words.
    pub(super) fn fact(&mut self, fact: Fact, about: Word) -> Lowered<Value> {
        let kinds = fact_kinds(fact);
        let input = match about.source {
            Source::Subject => Some(Input::Subject),
            Source::Param(param, part) => Some(Input::Param { param, part }),
            _ => None,
        };
        let Some(input) = input else {
            let about = self.load(about)?;
            let dst = self.registers(kinds)?;
            let words = dst.iter().zip(kinds);
            let value = words.map(|(reg, kind)| Word { source: Source::Reg(*reg), kind: *kind });
            let value = value.collect();
            let dst = self.first(&dst)?;
            self.push(Node::Read { dst, fact, about })?;
            return Ok(value);
        };
        let about = self.input(input)?;
        let mut value = Value::new();
        for (part, kind) in (0_u16..).zip(kinds) {
            let slot = self.input(Input::Fact { fact, about, part })?;
            value.push(Word { source: Source::Input(slot), kind: *kind });
        }
        if let Some(first) = value.first() {
            self.load(*first)?;
        }
        Ok(value)
    }

    pub(super) fn first(&self, registers: &[Reg]) -> Lowered<Reg> {
        registers.first().copied().ok_or_else(|| self.broken("a value without words"))
    }
}
