//! The one authoriser of the HTTP face: an ECL policy named `door`, asked about every request.

use std::sync::Arc;

use pluto_api::auth::{Authoriser, Need};
use pluto_api::principal::{Principal, Role};
use pluto_core::policy::{Claim, Facts, Fault, Gas, Outcome, Request, Value};
use pluto_core::trust::TrustVector;
use pluto_core::{Did, Namespace};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::check::EDITION;
use pluto_ecl::compile::compile;
use pluto_ecl::limits::SOURCE_BYTES_MAX;
use pluto_ecl::types::Type;
use pluto_eclvm::{ExecutionMode, Program, Vm};
use pluto_error::Result;

use crate::error::NodeError;

/// The policy of this build; its tests stand in it.
pub const DOOR: &str = include_str!("door.ecl");
const NAME: &str = "door";

/// A policy that is asked.
pub struct DoorPolicy {
    program: Arc<Program>,
    index: usize,
    params: Vec<(String, Type)>,
}

/// The parameters that a policy may declare.
const KNOWN: [&str; 7] = ["who", "holds", "needs", "scopes", "scope", "route", "mutates"];

impl DoorPolicy {
    /// Compiles a source.
    ///
    /// # Errors
    /// `ECL-0001` when it does not compile, `NOD-0007` when it has no policy `door`, or one with a
    /// parameter that nobody can fill.
    pub fn compile(source: &str) -> Result<Self> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(NodeError::SourceTooLarge("the policy of the HTTP face".to_owned()).into());
        }
        let compiled = compile(source);
        let Some((_, module)) = compiled.result else {
            let first = compiled.diagnostics.first();
            let first = first.map_or_else(String::new, |found| found.message.clone());
            let said = format!("the policy of the HTTP face does not compile: {first}");
            return Err(NodeError::SourceRefused(said).into());
        };
        let artifact = Artifact { edition: EDITION, source: source.to_owned(), module, wasm: None };
        let program = Vm::new(ExecutionMode::Legacy, None)?.load_program(&artifact.to_bytes()?)?;
        let unfit = |why: String| {
            NodeError::BadArgument(format!("the policy of the HTTP face: expected {why}"))
        };
        let index = program.code().find(NAME);
        let index = index.ok_or_else(|| unfit("a policy named `door`".to_owned()))?;
        let policy = program.policy(NAME);
        let params = policy.map(|policy| policy.params.clone()).unwrap_or_default();
        if let Some((name, _)) = params.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            let known = KNOWN.join(", ");
            return Err(unfit(format!("parameters out of {known}, found `{name}`")).into());
        }
        let policy = Self { program, index, params };
        // Whoever has everything must be let in somewhere, or parameters have types nobody can give.
        let (who, need) = probe();
        match policy.outcome(&who, &need) {
            Outcome::Indeterminate(Fault::BadRequest) => {
                Err(unfit("parameters of the types of the policy that is built in".into()).into())
            }
            _ => Ok(policy),
        }
    }

    fn outcome(&self, principal: &Principal, need: &Need) -> Outcome {
        let arguments = self.params.iter().map(|(name, ty)| argument(name, ty, principal, need));
        let Some(arguments) = arguments.collect() else {
            return Outcome::Indeterminate(Fault::BadRequest);
        };
        let request = Request { subject: subject(principal), arguments };
        self.program.ask(self.index, &request, &Nothing, Gas::MAX).outcome
    }
}

impl Authoriser for DoorPolicy {
    fn allows(&self, principal: &Principal, need: &Need) -> bool {
        matches!(self.outcome(principal, need), Outcome::Allow)
    }
}

fn probe() -> (Principal, Need) {
    let who = Principal { name: "probe".into(), role: Role::Admin, scopes: Default::default() };
    let scope = Some("probe:probe");
    let need = Need {
        route: "GET /".into(),
        role: Some(Role::Reader),
        scope,
        mutates: false,
        body_bytes_max: 0,
    };
    (who, need)
}

/// The value of a parameter; none where the policy declares it in a type that it cannot have.
fn argument(name: &str, ty: &Type, principal: &Principal, need: &Need) -> Option<Value> {
    let rank = |role: Role| Value::Variant(role.as_str().to_owned());
    let text = |text: &str| Value::Text(text.to_owned());
    let value = match (name, ty) {
        ("who", Type::Text(_)) => text(&principal.name),
        ("route", Type::Text(_)) => text(&need.route),
        ("holds", Type::Enum(_)) => rank(principal.role),
        ("needs", Type::Enum(_)) => rank(need.role.unwrap_or(Role::Reader)),
        ("mutates", Type::Bool) => Value::Bool(need.mutates),
        ("scope", Type::Option(inner)) if matches!(**inner, Type::Text(_)) => {
            Value::Option(need.scope.map(|scope| Box::new(text(scope))))
        }
        ("scopes", Type::List(inner, _)) if matches!(**inner, Type::Text(_)) => {
            Value::List(principal.scopes.iter().map(|scope| text(scope)).collect())
        }
        _ => return None,
    };
    Some(value)
}

/// The DID of a caller, or for one without a DID an id of its name that no inception has.
fn subject(principal: &Principal) -> Did {
    principal.name.parse().unwrap_or_else(|_| Did {
        namespace: Namespace::Thing,
        id: blake3::derive_key("pluto http caller v1", principal.name.as_bytes()),
    })
}

/// A host without state: who may ask over HTTP is no question to a realm.
struct Nothing;

impl Facts for Nothing {
    fn trust(&self, _: &Did) -> Result<TrustVector, Fault> {
        Err(Fault::NotSupported)
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Err(Fault::NotSupported)
    }

    fn holds(&self, _: &Did, _: Claim<'_>) -> Result<bool, Fault> {
        Err(Fault::NotSupported)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

#[cfg(test)]
mod tests;
