//! What installing a bundle does to the stores of its slot.

use pluto_core::state::read;
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Canonical, Component};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::code::Module;
use pluto_ecl::store::{Declared, Refused, Schema, Why, evolve};

use super::{Place, StoreState, schema_key, store_key};
use crate::state::{SlotRecord, artifact_key, slot_key};

/// What becomes of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evolution {
    /// The store.
    pub store: String,
    /// The schema it had, if the realm knows it.
    pub before: Option<Schema>,
    /// The schema it will have.
    pub after: Schema,
}

/// What installing a bundle in a slot would do to its stores.
///
/// # Errors
/// The first store that may not follow what the realm has, with what to write instead.
pub fn evolution(
    view: &dyn StateView,
    slot: &str,
    module: &Module,
) -> Result<Vec<Evolution>, Refused> {
    let too_large = |store| Refused { store, why: Why::TooLarge };
    let declared = Declared::all(module).map_err(too_large)?;
    let steps = declared.iter().map(|declared| {
        let place = Place { slot, store: &declared.name };
        let schema = |version| place.schema(view, version);
        let before = place.state(view).and_then(|state| schema(state.version));
        let after = evolve(declared, before.as_ref(), &schema)?;
        Ok(Evolution { store: declared.name.clone(), before, after })
    });
    steps.collect()
}

/// Writes it; stores of the bundle that was there and that the new one lacks are closed.
pub(crate) fn install(
    view: &dyn StateView,
    slot: &str,
    module: Option<&Module>,
    out: &mut Effects,
) -> Result<(), Refused> {
    let steps = module.map_or(Ok(Vec::new()), |module| evolution(view, slot, module))?;
    for Evolution { store, before, after } in &steps {
        let place = Place { slot, store };
        if before.as_ref() != Some(after) {
            out.put(Component::KvStore, schema_key(place, after.version), after.encode());
        }
        let state = StoreState { version: after.version, declared: true };
        out.put(Component::KvStore, store_key(place), state.encode());
    }
    for store in stores_of(view, slot) {
        let place = Place { slot, store: &store };
        let gone = steps.iter().all(|step| step.store != store);
        if let Some(state) = place.state(view).filter(|_| gone) {
            let state = StoreState { declared: false, ..state };
            out.put(Component::KvStore, store_key(place), state.encode());
        }
    }
    Ok(())
}

/// The stores of the bundle in a slot.
fn stores_of(view: &dyn StateView, slot: &str) -> Vec<String> {
    let record: Option<SlotRecord> = read(view, Component::EclPolicy, &slot_key(slot));
    let bytes =
        record.and_then(|record| view.get(Component::EclPolicy, &artifact_key(&record.artifact)));
    let artifact = bytes.and_then(|bytes| Artifact::from_bytes(&bytes).ok());
    let stores = artifact.map(|artifact| artifact.module.stores).unwrap_or_default();
    stores.into_iter().map(|store| store.name).collect()
}
