//! Components from elsewhere: refused, or run twice with one answer.

use std::sync::LazyLock;

use pluto_core::policy::{Claim, Facts, Fault, Gas, Request, Value};
use pluto_core::trust::TrustVector;
use pluto_core::{Did, Namespace};
use pluto_eclvm::PolicyProgram;
use pluto_eclvm::component::ComponentHost;

const LIMIT: Gas = Gas { network: 100, compute: 5_000, storage: 100, realm: 100 };
const SUBJECT: Did = Did { namespace: Namespace::Person, id: [1; 32] };

static HOST: LazyLock<ComponentHost> =
    LazyLock::new(|| ComponentHost::new().expect("the engine can be set up"));

pub(super) fn bytes(bytes: &[u8]) {
    let Ok(policy) = HOST.load(bytes) else { return };
    let arguments = vec![
        Value::List(vec![Value::Record(vec![("amount".into(), Value::Int(5))])]),
        Value::Option(Some(Box::new(Value::Text("note".into())))),
    ];
    let request = Request { subject: SUBJECT, arguments };
    let decision = policy.decide("guard", &request, &Known, LIMIT);
    assert!(decision.gas.fits(LIMIT), "nothing costs more than the limit");
    assert!(decision.allows() || decision.effects.is_empty(), "effects only with allow");
    assert_eq!(policy.decide("guard", &request, &Known, LIMIT), decision);
}

/// Everybody is known and trusted, and there are no stores.
struct Known;

impl Facts for Known {
    fn trust(&self, _: &Did) -> Result<TrustVector, Fault> {
        Ok(TrustVector([800_000; 6]))
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Ok(100)
    }

    fn holds(&self, _: &Did, _: Claim<'_>) -> Result<bool, Fault> {
        Ok(true)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}
