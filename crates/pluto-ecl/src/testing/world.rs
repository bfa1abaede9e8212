//! The world of one test.

use std::collections::BTreeMap;

use pluto_core::did::{Did, Namespace};
use pluto_core::policy::{Claim, Facts, Fault, Request, Value};
use pluto_core::trust::TrustVector;

use crate::hir::{Bundle, ClaimKind, Test, TestValue};

pluto_core::domains! {
    IDENTITY = "pluto ecl test identity v1";
}

/// The identity a name stands for, in every test the same.
#[must_use]
pub fn identity(name: &str) -> Did {
    Did { namespace: Namespace::Person, id: IDENTITY.hash(name.as_bytes()).0 }
}

/// Facts as a test gives them.
#[derive(Clone, Debug)]
pub struct World {
    identities: Vec<Did>,
    /// Trust and balance of those who exist.
    known: BTreeMap<Did, (TrustVector, i64)>,
    claims: Vec<(Did, ClaimKind, String)>,
    /// Stores by name, with their version.
    stores: BTreeMap<String, u16>,
    records: BTreeMap<(String, String), Vec<Value>>,
    now_ms: i64,
}

impl World {
    /// The world of `test`.
    #[must_use]
    pub fn of(bundle: &Bundle, test: &Test) -> Self {
        let identities: Vec<Did> = test.identities.iter().map(|name| identity(name)).collect();
        let who = |number: u16| identities.get(usize::from(number)).copied();
        let mut known: BTreeMap<Did, (TrustVector, i64)> = test
            .known
            .iter()
            .filter_map(|number| Some((who(*number)?, (TrustVector::NEWCOMER, 0))))
            .collect();
        for (number, trust) in &test.trust {
            if let Some(entry) = who(*number).and_then(|did| known.get_mut(&did)) {
                entry.0 = TrustVector(*trust);
            }
        }
        for (number, balance) in &test.balance {
            if let Some(entry) = who(*number).and_then(|did| known.get_mut(&did)) {
                entry.1 = *balance;
            }
        }
        let claims = test
            .claims
            .iter()
            .filter_map(|(number, kind, name)| Some((who(*number)?, *kind, name.clone())))
            .collect();
        let stores =
            bundle.stores.iter().map(|store| (store.name.clone(), store.version)).collect();
        let records = test
            .records
            .iter()
            .filter_map(|(store, key, value)| {
                let store = bundle.stores.get(usize::from(*store))?;
                let Value::Record(fields) = value_of(value, &identities) else { return None };
                let fields = fields.into_iter().map(|(_, value)| value).collect();
                Some(((store.name.clone(), key.clone()), fields))
            })
            .collect();
        Self { identities, known, claims, stores, records, now_ms: test.now_ms }
    }

    /// The question of `test`.
    #[must_use]
    pub fn request(&self, test: &Test) -> Request {
        let subject = self.identities.first().copied().unwrap_or_else(|| identity("subject"));
        let arguments = test.arguments.iter().map(|value| value_of(value, &self.identities));
        Request { subject, arguments: arguments.collect() }
    }
}

fn value_of(value: &TestValue, identities: &[Did]) -> Value {
    let inside = |value: &TestValue| value_of(value, identities);
    match value {
        TestValue::Identity(number) => {
            let did = identities.get(usize::from(*number)).copied();
            Value::Did(did.unwrap_or_else(|| identity("nobody")))
        }
        TestValue::Scalar(value) => value.clone(),
        TestValue::Record(fields) => Value::Record(
            fields.iter().map(|(name, field)| (name.clone(), inside(field))).collect(),
        ),
        TestValue::List(items) => Value::List(items.iter().map(inside).collect()),
        TestValue::Option(value) => {
            Value::Option(value.as_deref().map(|value| Box::new(inside(value))))
        }
    }
}

impl Facts for World {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        self.known.get(who).map(|(trust, _)| *trust).ok_or(Fault::UnknownEntity)
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        self.known.get(who).map(|(_, balance)| *balance).ok_or(Fault::UnknownEntity)
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        let (kind, name) = match claim {
            Claim::Known => return Ok(self.known.contains_key(who)),
            Claim::Credential(name) => (ClaimKind::Credential, name),
            Claim::Capability(name) => (ClaimKind::Capability, name),
            Claim::Role(name) => (ClaimKind::Role, name),
        };
        Ok(self.claims.iter().any(|(did, has, of)| did == who && *has == kind && of == name))
    }

    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        if self.stores.get(store) != Some(&version) {
            return Err(Fault::NotSupported);
        }
        Ok(self.records.get(&(store.to_owned(), key.to_owned())).cloned())
    }

    fn now_ms(&self) -> i64 {
        self.now_ms
    }
}
