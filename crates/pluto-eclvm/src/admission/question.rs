//! Which policies an event is put to: the realm's, and that of the store it writes.

use pluto_core::policy::{Fault, Value};
use pluto_core::traits::StateView;
use pluto_core::{Event, EventId};
use pluto_ecl::code::{Module, Policy};
use pluto_ecl::hir::PolicyKind;
use pluto_ecl::types::Type;

use super::{ADMISSION_POLICY, arguments};
use crate::state::{ADMISSION_SLOT, judgement_key, store_judgement_key};
use crate::store_engine::{Change, change, names_store};

/// One question about one event.
pub(super) enum Question {
    /// May it be at all?
    Admission,
    /// May this be done to the store?
    Store(Change),
}

impl Question {
    /// All questions, in order. What is wrong with a change of a store is left to its engine.
    pub(super) fn about(view: &dyn StateView, event: &Event) -> Vec<Self> {
        let store = names_store(event).then(|| change(view, event).ok()).flatten();
        [Self::Admission].into_iter().chain(store.map(Self::Store)).collect()
    }

    pub(super) fn slot(&self) -> &str {
        match self {
            Self::Admission => ADMISSION_SLOT,
            Self::Store(change) => &change.slot,
        }
    }

    pub(super) fn policy(&self) -> &str {
        match self {
            Self::Admission => ADMISSION_POLICY,
            Self::Store(change) => &change.store,
        }
    }

    /// Whether it is put to a bundle: a store needs no policy of its own.
    pub(super) fn is_for(&self, module: &Module) -> bool {
        match self {
            Self::Admission => true,
            Self::Store(change) => guard(module, &change.store).is_some(),
        }
    }

    pub(super) fn key(&self, event: &EventId) -> Vec<u8> {
        match self {
            Self::Admission => judgement_key(event),
            Self::Store(_) => store_judgement_key(event),
        }
    }

    pub(super) fn arguments(
        &self,
        view: &dyn StateView,
        event: &Event,
        module: &Module,
        policy: &Policy,
    ) -> Result<Vec<Value>, Fault> {
        match self {
            Self::Admission => arguments::of_event(view, event, &policy.params),
            Self::Store(change) => of_change(change, module, policy),
        }
    }
}

/// The policy that judges changes of a store: `on store`, and of its name.
fn guard<'m>(module: &'m Module, store: &str) -> Option<&'m Policy> {
    let named = |policy: &&Policy| policy.kind == PolicyKind::Store && policy.name == store;
    module.policies.iter().find(named)
}

/// Whether the policies that judge changes of stores can be asked.
pub(crate) fn check_guards(module: &Module) -> bool {
    let stores = module.stores.iter().filter(|store| store.history.is_some());
    stores.filter_map(|store| Some((store, guard(module, &store.name)?))).all(|(store, policy)| {
        let fields = module.types.record(store.schema).map_or(&[][..], |record| &record.fields);
        policy.params.iter().all(|(name, ty)| match name.as_str() {
            "key" => matches!(ty, Type::Text(_)),
            "change" => *ty == Type::Symbol,
            name => fields.iter().any(|(field, of)| field == name && optional(of, ty)),
        })
    })
}

/// Whether a parameter holds the field where there is one, and none where there is not.
fn optional(field: &Type, param: &Type) -> bool {
    match (field, param) {
        (Type::Option(_), _) => field == param,
        (_, Type::Option(inner)) => **inner == *field,
        _ => false,
    }
}

fn of_change(change: &Change, module: &Module, policy: &Policy) -> Result<Vec<Value>, Fault> {
    let store = module.stores.iter().find(|store| store.name == change.store);
    let record = store.and_then(|store| module.types.record(store.schema));
    let fields = &record.ok_or(Fault::NoPolicy)?.fields;
    let argument = |name: &str| match name {
        "key" => Ok(Value::Text(change.key.clone())),
        "change" => {
            let word = if change.fields.is_some() { "write" } else { "remove" };
            Ok(Value::Symbol(word.to_owned()))
        }
        name => {
            let at = fields.iter().position(|(field, _)| field == name).ok_or(Fault::BadRequest)?;
            let value = change.fields.as_ref().and_then(|values| values.get(at)).cloned();
            Ok(match value {
                Some(option @ Value::Option(_)) => option,
                value => Value::Option(value.map(Box::new)),
            })
        }
    };
    policy.params.iter().map(|(name, _)| argument(name)).collect()
}
