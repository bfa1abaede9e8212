//! What instructions ask besides registers: lists, texts, facts, effects.

use pluto_core::did::Did;
use pluto_core::policy::{Claim, Facts, Fault};
use pluto_core::trust::{PPM, TrustVector};

use super::flat::Operand;
use super::frame::Outside;
use super::intern::{Identities, Texts};
use super::{ABSENT, Shared, bind};
use crate::code::{Fact, Policy, TextTest};
use crate::hir::ClaimKind;
use crate::limits::EFFECTS_MAX;

pub(super) struct World<'a> {
    pub(super) shared: &'a Shared,
    pub(super) policy: &'a Policy,
    pub(super) facts: &'a dyn Facts,
    pub(super) outside: &'a mut Outside,
}

impl World<'_> {
    #[inline]
    pub(super) fn length(&self, list: u16) -> i64 {
        let (_, count) = self.outside.lists.get(usize::from(list)).copied().unwrap_or_default();
        i64::try_from(count).unwrap_or(0)
    }

    #[inline]
    pub(super) fn item(&self, list: u16, index: i64, part: u16) -> i64 {
        let word = || {
            let (start, _) = *self.outside.lists.get(usize::from(list))?;
            let stride = usize::from(self.policy.lists.get(usize::from(list))?.stride);
            let place = start + usize::try_from(index).ok()? * stride + usize::from(part);
            self.outside.items.get(place).copied()
        };
        word().unwrap_or(ABSENT)
    }

    fn text(&self, handle: i64) -> &str {
        text(&self.shared.literals, &self.outside.texts, handle)
    }

    pub(super) fn text_length(&self, handle: i64) -> i64 {
        i64::try_from(self.text(handle).len()).unwrap_or(i64::MAX)
    }

    pub(super) fn text_test(&self, test: TextTest, a: i64, b: i64) -> bool {
        crate::text::test(test, self.text(a), self.text(b))
    }

    /// The words of a fact.
    #[inline(never)]
    pub(super) fn read(&mut self, fact: Option<Fact>, about: i64) -> Result<&[i64], Fault> {
        let fact = fact.ok_or(Fault::Engine)?;
        self.outside.found.clear();
        if let Fact::Record(store) = fact {
            self.record(store, about)?;
            return Ok(&self.outside.found);
        }
        let who = identity(&self.outside.identities, about)?;
        let mut words = [0; 6];
        let count = read_fact(self.shared, self.facts, fact, who, &mut words)?;
        self.outside.found.extend(words.iter().take(count));
        Ok(&self.outside.found)
    }

    fn record(&mut self, store: u16, key: i64) -> Result<(), Fault> {
        let shared = self.shared;
        let store = shared.module.stores.get(usize::from(store)).ok_or(Fault::Engine)?;
        let found = self.facts.record(&store.name, store.version, self.text(key))?;
        let schema = shared.module.types.record(store.schema).ok_or(Fault::Engine)?;
        let Some(values) = found else {
            self.outside.found.push(0);
            schema.fields.iter().for_each(|(_, ty)| {
                bind::absent(&shared.module.types, ty, &mut self.outside.found);
            });
            return Ok(());
        };
        if values.len() != schema.fields.len() {
            return Err(Fault::Engine);
        }
        let mut words = std::mem::take(&mut self.outside.found);
        words.push(1);
        let mut binder = bind::Binder { shared, policy: self.policy, outside: self.outside };
        let accepted = schema.fields.iter().zip(&values).try_for_each(|((_, ty), value)| {
            binder.accept(ty, value, &mut words).map_err(|_| Fault::Engine)
        });
        self.outside.found = words;
        accepted
    }

    /// Notes an effect; it is made into values if the policy allows.
    pub(super) fn effect(
        &mut self,
        (site, fields): &(u16, Vec<Operand>),
        read: impl Fn(u16) -> i64,
    ) -> Result<(), Fault> {
        if self.outside.effect_count == EFFECTS_MAX {
            return Err(Fault::TooLarge);
        }
        self.outside.effect_count += 1;
        self.outside.effects.push(i64::from(*site));
        let words = fields.iter().map(|field| match *field {
            Operand::Place(place) => read(place),
            Operand::Const(value) => value,
        });
        self.outside.effects.extend(words);
        Ok(())
    }

    pub(super) fn check(&self, input: u16) -> Result<(), Fault> {
        let fault = self.outside.faults.get(usize::from(input)).copied().flatten();
        fault.map_or(Ok(()), Err)
    }
}

/// The text behind a handle; literals first, then those of the frame.
pub(super) fn text<'a>(literals: &'a Texts, texts: &'a Texts, handle: i64) -> &'a str {
    let Ok(handle) = usize::try_from(handle) else { return "" };
    let own = || texts.get(handle.checked_sub(literals.len())?);
    literals.get(handle).or_else(own).unwrap_or_default()
}

/// The identity behind a handle.
pub(super) fn identity(identities: &Identities, handle: i64) -> Result<&Did, Fault> {
    let place = usize::try_from(handle).ok();
    place.and_then(|place| identities.get(place)).ok_or(Fault::Engine)
}

/// Reads a fact about an identity into the front of `words`; how many words it has.
#[inline]
pub(super) fn read_fact(
    shared: &Shared,
    facts: &dyn Facts,
    fact: Fact,
    who: &Did,
    words: &mut [i64; 6],
) -> Result<usize, Fault> {
    let [first, ..] = words;
    match fact {
        Fact::Trust => {
            *words = dimensions(&facts.trust(who)?).ok_or(Fault::Engine)?;
            return Ok(6);
        }
        Fact::Balance => *first = facts.balance(who)?,
        Fact::Known => *first = i64::from(facts.holds(who, Claim::Known)?),
        Fact::Has(kind, literal) => {
            let name = shared.literals.get(usize::from(literal)).ok_or(Fault::Engine)?;
            let claim = match kind {
                ClaimKind::Credential => Claim::Credential(name),
                ClaimKind::Capability => Claim::Capability(name),
                ClaimKind::Role => Claim::Role(name),
            };
            *first = i64::from(facts.holds(who, claim)?);
        }
        Fact::Record(_) => return Err(Fault::Engine),
    }
    Ok(1)
}

/// Six dimensions, if none is above one whole.
pub(super) fn dimensions(vector: &TrustVector) -> Option<[i64; 6]> {
    let fits = vector.0.iter().all(|dimension| *dimension <= PPM);
    fits.then(|| vector.0.map(i64::from))
}
