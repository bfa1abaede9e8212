//! Brings a record of any version to the one a bundle is at, by the verified code of its migrations.

use pluto_core::did::{Did, Namespace};
use pluto_core::policy::{Fault, Gas, Outcome, Request, Value};

use crate::interpreter::{Frame, NoFacts, Program};
use crate::limits::GAS_MAX;

const NOBODY: Did = Did { namespace: Namespace::Thing, id: [0; 32] };
/// Enough for any policy: whoever reads the record has paid for the dearest way.
const LIMIT: Gas = Gas { network: GAS_MAX, compute: GAS_MAX, storage: GAS_MAX, realm: GAS_MAX };

/// The fields of a whole record of `version`, as the present version of the store has them.
///
/// # Errors
/// `NotSupported` when the bundle has no such store or no way from that version, `BadRequest` when the
/// fields are not those of it, and whatever a migration itself runs into.
pub fn newest(
    program: &Program,
    store: &str,
    mut version: u16,
    mut values: Vec<Value>,
) -> Result<Vec<Value>, Fault> {
    let module = program.module();
    let known = module.stores.iter().find(|known| known.name == store);
    let known = known.ok_or(Fault::NotSupported)?;
    let history = known.history.as_ref().ok_or(Fault::NotSupported)?;
    let mut frame = Frame::default();
    while version != known.version {
        let step = usize::from(version).checked_sub(1).and_then(|at| history.migrations.get(at));
        let step = step.ok_or(Fault::NotSupported)?;
        let old = &module.types.record(step.old).ok_or(Fault::Engine)?.fields;
        if old.len() != values.len() {
            return Err(Fault::BadRequest);
        }
        let old = old.iter().map(|(name, _)| name.clone()).zip(values).collect();
        let request = Request { subject: NOBODY, arguments: vec![Value::Record(old)] };
        let policy = usize::from(step.policy);
        let decision = program.decide(policy, &request, &NoFacts, LIMIT, &mut frame);
        let mut effects = match decision.outcome {
            Outcome::Allow => decision.effects.into_iter(),
            Outcome::Indeterminate(fault) => return Err(fault),
            Outcome::Deny | Outcome::Escalate { .. } => return Err(Fault::Engine),
        };
        let (Some(put), None) = (effects.next(), effects.next()) else {
            return Err(Fault::Engine);
        };
        // The first field of a put is its key.
        values = put.fields.into_iter().skip(1).map(|(_, value)| value).collect();
        version = version.checked_add(1).ok_or(Fault::Engine)?;
    }
    Ok(values)
}
