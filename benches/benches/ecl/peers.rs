//! The same policy for Regorus and Cedar, in what each of them is fastest with.
//!
//! Regorus: its bytecode machine, kept warm, the facts as data, requests built beforehand. Cedar: facts
//! as attributes of entities, requests built beforehand; having no `let`, it computes the score twice.
//! Both look subjects up by their text, and both tell more than yes or no.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::workload::{AMOUNT_PER_SCORE, DIMENSION_MIN, SCORE_MIN, Subject, WEIGHTS};

const DIMENSIONS: [&str; 6] = ["r", "i", "c", "p", "v", "omega"];

/// `20 * t.r + …`
fn score(of: &str) -> String {
    let terms =
        WEIGHTS.iter().zip(DIMENSIONS).map(|(weight, name)| format!("{weight} * {of}.{name}"));
    terms.collect::<Vec<_>>().join(" + ")
}

/// Regorus with the policy and all facts loaded.
pub(crate) struct Regorus {
    vm: RegoVM,
    requests: Vec<Value>,
}

impl Regorus {
    /// Compiles the policy and loads the facts.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let rule = "data.pluto.allow";
        let score = score("t");
        let policy = format!(
            "package pluto\n\
             default allow := false\n\
             allow if {{\n\
               t := data.trust[input.subject]\n\
               score := {score}\n\
               score >= {SCORE_MIN}\n\
               t.r >= {DIMENSION_MIN}\n\
               t.i >= {DIMENSION_MIN}\n\
               t.omega >= {DIMENSION_MIN}\n\
               score * {AMOUNT_PER_SCORE} >= input.amount\n\
               data.credentials[input.subject].kyc\n\
             }}\n"
        );
        let data = Value::from_json_str(&facts(subjects)).unwrap();
        let mut engine = Engine::new();
        engine.add_policy("transfer.rego".to_owned(), policy).unwrap();
        engine.add_data(data.clone()).unwrap();
        let compiled = engine.compile_with_entrypoint(&rule.into()).unwrap();
        let mut vm = RegoVM::new();
        vm.load_program(Compiler::compile_from_policy(&compiled, &[rule]).unwrap());
        vm.set_data(data).unwrap();
        let request = |one: &Subject| {
            let json = format!(r#"{{"subject": "{}", "amount": {}}}"#, one.text, one.amount);
            Value::from_json_str(&json).unwrap()
        };
        Self { vm, requests: subjects.iter().map(request).collect() }
    }

    /// Answers request `at`.
    pub(crate) fn decide(&mut self, at: usize) -> bool {
        self.vm.set_input(self.requests[at].clone());
        matches!(self.vm.execute().unwrap(), Value::Bool(true))
    }
}

/// Trust and credentials as JSON, by identity.
fn facts(subjects: &[Subject]) -> String {
    let (mut trust, mut credentials) = (Vec::new(), Vec::new());
    for one in subjects {
        let values = one.trust_words();
        let fields =
            DIMENSIONS.iter().zip(values).map(|(name, value)| format!(r#""{name}": {value}"#));
        let fields = fields.collect::<Vec<_>>().join(", ");
        trust.push(format!(r#""{}": {{{fields}}}"#, one.text));
        let held = one.credentials().into_iter().map(|schema| format!(r#""{schema}": true"#));
        let held = held.collect::<Vec<_>>().join(", ");
        credentials.push(format!(r#""{}": {{{held}}}"#, one.text));
    }
    let mut out = String::new();
    let (trust, credentials) = (trust.join(","), credentials.join(","));
    write!(out, r#"{{"trust": {{{trust}}}, "credentials": {{{credentials}}}}}"#).unwrap();
    out
}

/// Cedar with the policy, all entities and all requests.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    /// Parses the policy and builds entities and requests.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let score = score("principal");
        let policy = format!(
            "permit (principal, action == Action::\"transfer\", resource) when {{\n\
               {score} >= {SCORE_MIN}\n\
               && principal.r >= {DIMENSION_MIN}\n\
               && principal.i >= {DIMENSION_MIN}\n\
               && principal.omega >= {DIMENSION_MIN}\n\
               && ({score}) * {AMOUNT_PER_SCORE} >= context.amount\n\
               && principal.credentials.contains(\"kyc\")\n\
             }};"
        );
        let entities = subjects.iter().map(|one| {
            Entity::new(uid("Subject", &one.text), attributes(one), HashSet::new()).unwrap()
        });
        let request = |one: &Subject| {
            let amount = RestrictedExpression::new_long(one.amount);
            let context = Context::from_pairs([("amount".to_owned(), amount)]).unwrap();
            let principal = uid("Subject", &one.text);
            let (action, realm) = (uid("Action", "transfer"), uid("Realm", "market"));
            Request::new(principal, action, realm, context, None).unwrap()
        };
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(&policy).unwrap(),
            entities: Entities::from_entities(entities, None).unwrap(),
            requests: subjects.iter().map(request).collect(),
        }
    }

    /// Answers request `at`.
    pub(crate) fn decide(&self, at: usize) -> bool {
        let request = &self.requests[at];
        let answer = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        answer.decision() == Decision::Allow
    }
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).unwrap(), EntityId::new(id))
}

fn attributes(one: &Subject) -> HashMap<String, RestrictedExpression> {
    let held = one
        .credentials()
        .into_iter()
        .map(|schema| RestrictedExpression::new_string(schema.to_owned()));
    let held = RestrictedExpression::new_set(held);
    let words = DIMENSIONS.iter().zip(one.trust_words());
    words
        .map(|(name, value)| ((*name).to_owned(), RestrictedExpression::new_long(value)))
        .chain([("credentials".to_owned(), held)])
        .collect()
}
