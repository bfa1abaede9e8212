//! Random requests, facts and limits.

use pluto_core::did::{Did, Namespace};
use pluto_core::policy::{Claim, Facts, Fault, Gas, Request, Value};
use pluto_core::trust::{PPM, TrustVector};
use pluto_ecl::hir::{Bundle, Policy};
use pluto_ecl::types::{Type, TypeTable};

use super::Choices;
use super::expressions::{SYMBOLS, TEXTS, number};
use super::types::PROFILE;

const PEOPLE: u8 = 6;

fn person(number: u8) -> Did {
    Did { namespace: Namespace::Person, id: [number; 32] }
}

fn vector(choices: &mut Choices<'_>) -> TrustVector {
    TrustVector([(); 6].map(|()| match choices.below(4) {
        0 => 0,
        1 => PPM,
        _ => choices.below(PPM as usize + 1) as u32,
    }))
}

/// A question to the first policy of the bundle; once in a while one that does not fit it.
#[must_use]
pub fn request(choices: &mut Choices<'_>, bundle: &Bundle) -> Request {
    let params = bundle.policies.first().map_or(&[][..], |policy: &Policy| &policy.params);
    request_for(choices, &bundle.types, params)
}

/// A question to a policy with these parameters.
#[must_use]
pub fn request_for(
    choices: &mut Choices<'_>,
    types: &TypeTable,
    params: &[(String, Type)],
) -> Request {
    let mut arguments = Vec::new();
    for (_, ty) in params {
        arguments.push(value(choices, types, ty));
    }
    if choices.one_in(50) {
        arguments.pop();
    }
    let subject = person(choices.below(usize::from(PEOPLE)) as u8);
    Request { subject, arguments }
}

fn value(choices: &mut Choices<'_>, types: &TypeTable, ty: &Type) -> Value {
    if choices.one_in(2_000) {
        return wrong(choices, ty);
    }
    let variants = |id| &types.enumeration(id).expect("an enum of the table").variants;
    match ty {
        Type::Bool => Value::Bool(choices.one_in(2)),
        Type::Int => Value::Int(small_or(choices)),
        Type::Fixed => Value::Fixed(small_or(choices)),
        Type::Time => Value::Time(small_or(choices)),
        Type::Duration => Value::Duration(small_or(choices)),
        Type::Did => Value::Did(person(choices.below(usize::from(PEOPLE)) as u8)),
        Type::Symbol => Value::Symbol((*choices.pick(SYMBOLS)).into()),
        Type::Text(max) => {
            let fits: Vec<_> =
                TEXTS.iter().filter(|text| text.len() <= usize::from(*max)).collect();
            Value::Text((**choices.pick(&fits)).into())
        }
        Type::Trust => Value::Trust(vector(choices)),
        Type::Enum(id) | Type::Set(id) if variants(*id).is_empty() => wrong(choices, ty),
        Type::Enum(id) => Value::Variant(choices.pick(variants(*id)).clone()),
        Type::Set(id) => {
            let count = choices.below(4);
            Value::Set((0..count).map(|_| choices.pick(variants(*id)).clone()).collect())
        }
        Type::Record(id) => {
            let fields = &types.record(*id).expect("a record of the table").fields;
            let mut out = Vec::new();
            for (name, ty) in fields {
                out.push((name.clone(), value(choices, types, ty)));
            }
            Value::Record(out)
        }
        Type::Option(inner) => {
            let some = !choices.one_in(3);
            Value::Option(some.then(|| Box::new(value(choices, types, inner))))
        }
        Type::List(item, max) => {
            let count = choices.below(usize::from(*max).min(12) + 1);
            Value::List((0..count).map(|_| value(choices, types, item)).collect())
        }
    }
}

fn small_or(choices: &mut Choices<'_>) -> i64 {
    if choices.one_in(2) { choices.below(12) as i64 - 3 } else { number(choices) }
}

fn wrong(choices: &mut Choices<'_>, ty: &Type) -> Value {
    match (ty, choices.below(2)) {
        (Type::Text(_), 0) => Value::Text("x".repeat(5000)),
        (Type::Symbol, 0) => Value::Symbol("x".repeat(65)),
        (Type::Trust, 0) => Value::Trust(TrustVector([PPM + 1; 6])),
        (Type::Enum(_), 0) => Value::Variant("mauve".into()),
        (Type::Set(_), 0) => Value::Set(vec!["mauve".into()]),
        (Type::List(..), 0) => Value::List(vec![Value::Int(1); 1025]),
        (Type::Record(_), 0) => Value::Record(vec![("unheard".into(), Value::Int(1))]),
        (Type::Int, _) => Value::Fixed(1),
        _ => Value::Int(1),
    }
}

/// A limit: ample, the bound, a bit less, or little.
#[must_use]
pub fn limit(choices: &mut Choices<'_>, bound: Gas) -> Gas {
    match choices.below(6) {
        0 => bound,
        1 => Gas { compute: bound.compute.saturating_sub(1), ..bound },
        2 => Gas {
            network: choices.below(bound.network as usize + 2) as u32,
            compute: choices.below(bound.compute as usize + 2) as u32,
            ..Gas::MAX
        },
        3 => Gas {
            storage: choices.below(bound.storage as usize + 2) as u32,
            realm: choices.below(bound.realm as usize + 2) as u32,
            ..Gas::MAX
        },
        _ => Gas::MAX,
    }
}

/// Facts that are a function of a seed: some people are strangers, some claims are not supported.
#[derive(Clone, Copy, Debug)]
pub struct RandomFacts {
    seed: u64,
    strangers: bool,
}

impl RandomFacts {
    /// Facts drawn from the choices.
    #[must_use]
    pub fn new(choices: &mut Choices<'_>) -> Self {
        Self { seed: choices.word(), strangers: choices.one_in(3) }
    }

    fn about(&self, who: &Did, what: &str) -> Choices<'static> {
        let start = self.seed ^ u64::from(who.id[0]);
        let mix = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Choices::from_seed(what.bytes().fold(start, mix))
    }

    fn refused(&self, choices: &mut Choices<'_>, fault: Fault) -> Result<(), Fault> {
        if self.strangers && choices.one_in(4) { Err(fault) } else { Ok(()) }
    }
}

impl Facts for RandomFacts {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        let mut choices = self.about(who, "trust");
        self.refused(&mut choices, Fault::UnknownEntity)?;
        if self.strangers && choices.one_in(20) {
            return Ok(TrustVector([PPM, 0, PPM + 1, 0, 0, 0]));
        }
        Ok(vector(&mut choices))
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        let mut choices = self.about(who, "balance");
        self.refused(&mut choices, Fault::UnknownEntity)?;
        Ok(small_or(&mut choices))
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        let mut choices = match claim {
            Claim::Known => self.about(who, "known"),
            Claim::Credential(name) => self.about(who, &format!("credential {name}")),
            Claim::Capability(name) => self.about(who, &format!("capability {name}")),
            Claim::Role(name) => self.about(who, &format!("role {name}")),
        };
        self.refused(&mut choices, Fault::NotSupported)?;
        Ok(choices.one_in(2))
    }

    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        let mut choices = self.about(&person(0), &format!("{store} {version} {key}"));
        self.refused(&mut choices, Fault::NotSupported)?;
        if choices.one_in(3) {
            return Ok(None);
        }
        let (types, _) = super::types::fixed();
        let mut fields = Vec::new();
        for (_, ty) in &types.record(PROFILE).expect("the schema").fields {
            fields.push(value(&mut choices, &types, ty));
        }
        if choices.one_in(20) {
            fields.pop();
        }
        Ok(Some(fields))
    }

    fn now_ms(&self) -> i64 {
        number(&mut Choices::from_seed(self.seed))
    }
}
